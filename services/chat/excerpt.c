/* Words of the question are looked for in each unit, and the best units are joined in order. */
#include "chat/excerpt.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "chat/units.h"
#include "text/language.h"
#include "text/word.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum {
    MAX_WORDS = 64,  /* of a question; one bit each */
    MAX_PICKED = 3,  /* units of an excerpt */
    MAX_BYTES = 600, /* of them, after the first */
    MAX_UNIT = 480,  /* of one sentence */
    MAX_CODE = 1200, /* of one code block */
};

/* A word of the question as it is compared: by its stem, or loosely without accents. */
struct key {
    char stem[CS_WORD_WHOLE_MAX], plain[CS_WORD_WHOLE_MAX];
    size_t stem_len, plain_len;
};

/* What the words of the question find in the units of a passage. */
struct search {
    struct cs_stemmer stemmer;
    enum cs_language language; /* of the passage */
    enum cs_language asked;    /* of the question */
    bool with_stops;           /* the question has no other words */
    struct key keys[MAX_WORDS];
    size_t n_keys;
    bool
        begins[128]; /* the ASCII characters that keys begin with; a stem begins as its word does */
    float weights[MAX_WORDS];
    uint64_t exact[MAX_UNITS], loose[MAX_UNITS]; /* a bit for each word, by unit */
    size_t unit;
};

static void key_of(struct search *s, const struct cs_word *w, struct key *ret)
{
    char plain[2 * CS_WORD_WHOLE_MAX];
    size_t n = cs_word_plain(w->text, w->len, plain);
    const char *stem = cs_stemmer_stem(&s->stemmer, s->language, w->text, w->len, &ret->stem_len);

    ret->stem_len = cs_utf8_cut(stem, ret->stem_len, CS_WORD_WHOLE_MAX);
    memcpy(ret->stem, stem, ret->stem_len);
    stem = n ? plain : w->text;
    n = n ? n : w->len;
    stem = cs_stemmer_stem(&s->stemmer, s->language, stem, n, &ret->plain_len);
    ret->plain_len = cs_utf8_cut(stem, ret->plain_len, CS_WORD_WHOLE_MAX);
    memcpy(ret->plain, stem, ret->plain_len);
}

static bool bytes_equal(const char *a, size_t n_a, const char *b, size_t n_b)
{
    return n_a == n_b && memcmp(a, b, n_a) == 0;
}

/* Words that are not looked for while the question has others: pairs of hiragana are endings mostly. */
static bool says_nothing(const struct search *s, const struct cs_word *w)
{
    uint32_t c;
    size_t n;

    if (w->kind != CS_WORD_PAIR)
        return cs_language_stops(w->text, w->len) >> s->asked & 1;
    for (size_t i = 0; i < w->len && (n = cs_utf8_next(w->text + i, w->len - i, &c)) > 0; i += n)
        if (c < 0x3040 || c >= 0x30a0)
            return false;
    return true;
}

static void question_word(void *state, const struct cs_word *w)
{
    struct search *s = state;
    struct key *key = &s->keys[s->n_keys];

    if (s->n_keys == MAX_WORDS || (!s->with_stops && says_nothing(s, w)))
        return;
    key_of(s, w, key);
    for (size_t i = 0; i < s->n_keys; i++)
        if (bytes_equal(s->keys[i].stem, s->keys[i].stem_len, key->stem, key->stem_len))
            return;
    if ((unsigned char)key->stem[0] < 128)
        s->begins[(unsigned char)key->stem[0]] = true;
    if ((unsigned char)key->plain[0] < 128)
        s->begins[(unsigned char)key->plain[0]] = true;
    s->n_keys++;
}

static void unit_word(void *state, const struct cs_word *w)
{
    struct search *s = state;
    struct key key;

    if ((unsigned char)w->text[0] < 128 && !s->begins[(unsigned char)w->text[0]])
        return; /* most words are none of the question's */
    key_of(s, w, &key);
    for (size_t i = 0; i < s->n_keys; i++) {
        const struct key *k = &s->keys[i];
        if (bytes_equal(k->stem, k->stem_len, key.stem, key.stem_len))
            s->exact[s->unit] |= UINT64_C(1) << i;
        else if (bytes_equal(k->plain, k->plain_len, key.plain, key.plain_len))
            s->loose[s->unit] |= UINT64_C(1) << i;
    }
}

/*
 * A word counts without its accents where the passage does not have it with them. It weighs more the fewer units
 * have it: the one that answers has words of its own.
 */
static void search_weigh(struct search *s, size_t n)
{
    for (size_t i = 0; i < s->n_keys; i++) {
        uint64_t bit = UINT64_C(1) << i;
        size_t have = 0;

        for (size_t u = 0; u < n; u++)
            have += (s->exact[u] & bit) != 0;
        for (size_t u = 0; u < n && have == 0; u++)
            s->exact[u] |= s->loose[u] & bit;
        for (size_t u = 0; u < n && have == 0; u++)
            have += (s->exact[u] & bit) != 0;
        s->weights[i] = logf(1 + 2 * (float)n / (float)(have ? have : 1));
    }
}

static void search_passage(struct search *s, const char *question, const char *passage,
                           const struct unit *units, size_t n)
{
    size_t len = strlen(question);

    s->language = cs_language_of(passage, strlen(passage));
    s->asked = cs_language_of_question(question, len, 1U << s->language);
    cs_words(question, len, question_word, s);
    if (s->n_keys == 0) {
        s->with_stops = true;
        cs_words(question, len, question_word, s);
    }
    for (s->unit = 0; s->unit < n; s->unit++)
        cs_words(units[s->unit].at, units[s->unit].len, unit_word, s);
    search_weigh(s, n);
    cs_stemmer_free(&s->stemmer);
}

static float words_weight(const struct search *s, uint64_t words)
{
    float sum = 0;

    for (; words; words &= words - 1)
        sum += s->weights[__builtin_ctzll(words)];
    return sum;
}

/*
 * The unit that adds most to `have`, earliest first; n when none is worth it: it must add a word,
 * or weigh as much as the first one picked.
 */
static size_t excerpt_best(const struct search *s, const bool *picked, size_t n, uint64_t have,
                           float first)
{
    size_t at = n;
    float most = 0;

    for (size_t i = 0; i < n; i++) {
        float all = words_weight(s, s->exact[i]), fresh = words_weight(s, s->exact[i] & ~have);
        /* what is new counts more than what is only said again */
        float score = 4 * fresh + all;
        if (!picked[i] && (fresh > 0 || all >= first) && score > most) {
            most = score;
            at = i;
        }
    }
    return at;
}

/* "To start, run:" is nothing without what follows */
static void excerpt_pick(const struct unit *units, size_t n, size_t i, bool *picked, size_t *bytes)
{
    picked[i] = true;
    *bytes += units[i].len;
    if (i + 1 < n && units[i].at[units[i].len - 1] == ':')
        picked[i + 1] = true;
}

static uint64_t excerpt_choose(const struct unit *units, size_t n, const struct search *s,
                               bool *picked)
{
    uint64_t have = 0;
    size_t bytes = 0;
    float first = INFINITY;

    for (int k = 0; k < MAX_PICKED; k++) {
        size_t i = excerpt_best(s, picked, n, have, first);
        if (i == n || (k > 0 && bytes + units[i].len > MAX_BYTES))
            break;
        if (k == 0)
            first = words_weight(s, s->exact[i]);
        have |= s->exact[i];
        excerpt_pick(units, n, i, picked, &bytes);
    }
    if (!have && n > 0)
        excerpt_pick(units, n, 0, picked, &bytes);
    return have;
}

/* the sentence in one line; at most MAX_UNIT bytes */
static void put_sentence(struct cs_buf *out, const struct unit *u)
{
    size_t len = u->len;
    bool blank = false;

    if (len > MAX_UNIT) {
        size_t space = len = cs_char_cut(u->at, len, MAX_UNIT);
        while (space > MAX_UNIT / 2 && !isspace((unsigned char)u->at[space]))
            space--;
        len = space > MAX_UNIT / 2 ? space : len;
    }
    for (size_t i = 0; i < len; i++) {
        if (isspace((unsigned char)u->at[i])) {
            blank = true;
            continue;
        }
        if (blank)
            cs_buf_adds(out, " ");
        cs_buf_add(out, u->at + i, 1);
        blank = false;
    }
    if (len < u->len)
        cs_buf_adds(out, " …");
}

/* a block as it stands; one that is too long or not closed is closed */
static void put_code(struct cs_buf *out, const struct unit *u)
{
    size_t len = u->len;

    if (len > MAX_CODE) {
        len = cs_char_cut(u->at, len, MAX_CODE);
        while (len > 3 && u->at[len - 1] != '\n')
            len--;
    }
    while (len > 0 && u->at[len - 1] == '\n')
        len--;
    cs_buf_add(out, u->at, len);
    if (len < 6 || strncmp(u->at + len - 3, u->at, 3) != 0)
        cs_buf_addf(out, "\n%.3s", u->at);
}

static char *excerpt_join(struct cs_arena *a, const struct unit *units, size_t n,
                          const bool *picked)
{
    CS_BUF_AUTO struct cs_buf out = {0};
    size_t last = n;

    for (size_t i = 0; i < n; i++) {
        if (!picked[i])
            continue;
        if (last < n) {
            const struct unit *u = &units[i];
            bool adjacent = last + 1 == i, block = u->kind != UNIT_SENTENCE;
            bool line = block || units[last].kind == UNIT_CODE || (adjacent && u->opens);
            cs_buf_adds(&out, line ? "\n" : adjacent ? " " : " … ");
        }
        if (units[i].kind == UNIT_CODE)
            put_code(&out, &units[i]);
        else
            put_sentence(&out, &units[i]);
        last = i;
    }
    return cs_strndup(a, out.data ? out.data : "", out.len);
}

char *excerpt(struct cs_arena *a, const char *question, const char *passage, int *ret_matches)
{
    struct unit *units = CS_NEW(a, struct unit, MAX_UNITS);
    struct search *s = CS_NEW(a, struct search, 1);
    bool picked[MAX_UNITS] = {0};
    size_t n = units_of(passage, units);

    search_passage(s, question, passage, units, n);
    *ret_matches = __builtin_popcountll(excerpt_choose(units, n, s, picked));
    return excerpt_join(a, units, n, picked);
}

/* Words of the question are counted in each unit, and the best units are joined in order. */
#include "chat/excerpt.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "chat/units.h"

#include <ctype.h>
#include <stdint.h>
#include <strings.h>

enum {
    MAX_WORDS = 64,  /* of a question; one bit each */
    MAX_PICKED = 3,  /* units of an excerpt */
    MAX_BYTES = 600, /* of them, after the first */
    MAX_UNIT = 480,  /* of one sentence */
    MAX_CODE = 1200, /* of one code block */
    MAX_SUFFIX = 3,  /* install, installing */
    MIN_STEM = 4,
};

struct word {
    const char *at;
    size_t len;
};

static const char *const common[] = {
    "a",    "an",   "and",   "are",  "as",   "at",   "be",   "by",    "can",   "do",
    "does", "for",  "from",  "has",  "have", "how",  "i",    "if",    "in",    "is",
    "it",   "its",  "me",    "my",   "not",  "of",   "on",   "or",    "so",    "that",
    "the",  "then", "there", "this", "to",   "was",  "what", "when",  "where", "which",
    "who",  "why",  "will",  "with", "you",  "your", "tell", "about",
};

static bool is_common(const struct word *w)
{
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        if (strlen(common[i]) == w->len && strncasecmp(common[i], w->at, w->len) == 0)
            return true;
    }
    return false;
}

/* the next run of letters and digits from *s, within end; false when there is none */
static bool next_word(const char **s, const char *end, struct word *ret)
{
    const char *p = *s;

    while (p < end && !isalnum((unsigned char)*p) && (unsigned char)*p < 0x80)
        p++;
    ret->at = p;
    while (p < end && (isalnum((unsigned char)*p) || (unsigned char)*p >= 0x80))
        p++;
    ret->len = (size_t)(p - ret->at);
    *s = p;
    return ret->len > 0;
}

/* the same word, or one is the other with a short ending */
static bool words_alike(const struct word *a, const struct word *b)
{
    size_t min = a->len < b->len ? a->len : b->len, max = a->len < b->len ? b->len : a->len;
    size_t same = 0;

    while (same < min && tolower((unsigned char)a->at[same]) == tolower((unsigned char)b->at[same]))
        same++;
    return same == max || (same >= MIN_STEM && same + 1 >= min && max - same <= MAX_SUFFIX);
}

/* which words of the question the unit has */
static uint64_t unit_matches(const struct unit *u, const struct word *words, size_t n)
{
    const char *s = u->at, *end = u->at + u->len;
    struct word w;
    uint64_t found = 0;

    while (next_word(&s, end, &w)) {
        for (size_t i = 0; i < n; i++) {
            if (words_alike(&w, &words[i]))
                found |= UINT64_C(1) << i;
        }
    }
    return found;
}

/*
 * The unit that adds most to `have`, earliest first; n when none is worth it: it must add a word,
 * or have as many as the first one picked.
 */
static size_t excerpt_best(const uint64_t *found, const bool *picked, size_t n, uint64_t have,
                           int first)
{
    size_t at = n;
    int most = 0;

    for (size_t i = 0; i < n; i++) {
        int all = __builtin_popcountll(found[i]), fresh = __builtin_popcountll(found[i] & ~have);
        /* what is new counts more than what is only said again */
        int score = 4 * fresh + all;
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

static uint64_t excerpt_choose(const struct unit *units, size_t n, const uint64_t *found,
                               bool *picked)
{
    uint64_t have = 0;
    size_t bytes = 0;
    int first = MAX_WORDS + 1;

    for (int k = 0; k < MAX_PICKED; k++) {
        size_t i = excerpt_best(found, picked, n, have, first);
        if (i == n || (k > 0 && bytes + units[i].len > MAX_BYTES))
            break;
        if (k == 0)
            first = __builtin_popcountll(found[i]);
        have |= found[i];
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
        len = cs_utf8_cut(u->at, len, MAX_UNIT);
        while (len > MAX_UNIT / 2 && !isspace((unsigned char)u->at[len]))
            len--;
        len = cs_utf8_cut(u->at, u->len, len);
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
        len = cs_utf8_cut(u->at, len, MAX_CODE);
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
    struct unit units[MAX_UNITS];
    struct word words[MAX_WORDS];
    uint64_t found[MAX_UNITS] = {0};
    bool picked[MAX_UNITS] = {0};
    size_t n = units_of(passage, units), n_words = 0;
    const char *s = question, *end = s + strlen(s);

    while (n_words < MAX_WORDS && next_word(&s, end, &words[n_words]))
        n_words += is_common(&words[n_words]) ? 0 : 1;
    for (size_t i = 0; i < n; i++)
        found[i] = unit_matches(&units[i], words, n_words);
    *ret_matches = __builtin_popcountll(excerpt_choose(units, n, found, picked));
    return excerpt_join(a, units, n, picked);
}

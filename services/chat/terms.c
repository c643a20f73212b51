/* The question is taken apart once for each language; what a word of the passages matches is kept in a small table. */
#include "chat/terms.h"

#include "base/utf8.h"
#include "text/language.h"
#include "text/word.h"

#include <string.h>

enum { SEEN_SLOTS = 256, SEEN_BYTES = 15 };

/* A word as it is compared: by its stem, or loosely without accents. */
struct term {
    const char *stem, *plain;
    size_t stem_len, plain_len;
};

/* A word of a passage, and what it matches. Texts say the same words again and again. */
struct seen {
    struct terms_found found;
    unsigned char len; /* 0: none */
    char text[SEEN_BYTES];
};

struct terms {
    struct cs_arena *arena;
    const char *question;
    struct cs_stemmer stemmer;
    enum cs_language language; /* of the passage; CS_LANGUAGES: no passage yet */
    enum cs_language asked;    /* of the question */
    bool with_stops;           /* the question has no other words */
    struct term at[TERMS_MAX];
    size_t n;
    bool begins
        [128]; /* the ASCII characters that terms begin with; a stem begins as its word does */
    struct seen seen[SEEN_SLOTS];
    struct terms_found found; /* by the search that goes on */
};

/* The two forms of a word, alive until the next call. */
static void term_of(struct terms *t, const struct cs_word *w, char stem[CS_WORD_WHOLE_MAX],
                    char plain[CS_WORD_WHOLE_MAX], struct term *ret)
{
    char bare[2 * CS_WORD_WHOLE_MAX];
    size_t n = cs_word_plain(w->text, w->len, bare);
    const char *s = cs_stemmer_stem(&t->stemmer, t->language, w->text, w->len, &ret->stem_len);

    ret->stem_len = cs_utf8_cut(s, ret->stem_len, CS_WORD_WHOLE_MAX);
    ret->stem = memcpy(stem, s, ret->stem_len);
    ret->plain = ret->stem;
    ret->plain_len = ret->stem_len;
    if (n == 0)
        return;
    s = cs_stemmer_stem(&t->stemmer, t->language, bare, n, &ret->plain_len);
    ret->plain_len = cs_utf8_cut(s, ret->plain_len, CS_WORD_WHOLE_MAX);
    ret->plain = memcpy(plain, s, ret->plain_len);
}

static bool bytes_equal(const char *a, size_t n_a, const char *b, size_t n_b)
{
    return n_a == n_b && memcmp(a, b, n_a) == 0;
}

/* ---- the question ---- */

/* Words that are not looked for while the question has others: pairs of hiragana are endings mostly. */
static bool word_says_nothing(const struct terms *t, const struct cs_word *w)
{
    uint32_t c;
    size_t n;

    if (w->kind != CS_WORD_PAIR)
        return cs_language_stops(w->text, w->len) >> t->asked & 1;
    for (size_t i = 0; i < w->len && (n = cs_utf8_next(w->text + i, w->len - i, &c)) > 0; i += n)
        if (c < 0x3040 || c >= 0x30a0)
            return false;
    return true;
}

static void terms_add(void *state, const struct cs_word *w)
{
    struct terms *t = state;
    char stem[CS_WORD_WHOLE_MAX], plain[CS_WORD_WHOLE_MAX];
    struct term *term = &t->at[t->n];

    if (t->n == TERMS_MAX || (!t->with_stops && word_says_nothing(t, w)))
        return;
    term_of(t, w, stem, plain, term);
    for (size_t i = 0; i < t->n; i++)
        if (bytes_equal(t->at[i].stem, t->at[i].stem_len, stem, term->stem_len))
            return;
    if ((unsigned char)*term->stem < 128)
        t->begins[(unsigned char)*term->stem] = true;
    if ((unsigned char)*term->plain < 128)
        t->begins[(unsigned char)*term->plain] = true;
    term->stem = cs_memdup(t->arena, term->stem, term->stem_len);
    term->plain = cs_memdup(t->arena, term->plain, term->plain_len);
    t->n++;
}

struct terms *terms_new(struct cs_arena *a, const char *question)
{
    struct terms *t = CS_NEW(a, struct terms, 1);

    t->arena = a;
    t->question = question;
    t->language = CS_LANGUAGES;
    return t;
}

void terms_free(struct terms *t)
{
    cs_stemmer_free(&t->stemmer);
}

size_t terms_prepare(struct terms *t, const char *passage)
{
    enum cs_language language = cs_language_of(passage, strlen(passage));
    size_t len = strlen(t->question);

    if (language == t->language)
        return t->n;
    t->language = language;
    t->asked = cs_language_of_question(t->question, len, 1U << language);
    t->n = 0;
    t->with_stops = false;
    memset(t->begins, 0, sizeof(t->begins));
    memset(t->seen, 0, sizeof(t->seen));
    cs_words(t->question, len, terms_add, t);
    if (t->n == 0) {
        t->with_stops = true;
        cs_words(t->question, len, terms_add, t);
    }
    return t->n;
}

/* ---- a text ---- */

static struct terms_found word_match(struct terms *t, const struct cs_word *w)
{
    struct terms_found found = {0};
    char stem[CS_WORD_WHOLE_MAX], plain[CS_WORD_WHOLE_MAX];
    struct term word;

    term_of(t, w, stem, plain, &word);
    for (size_t i = 0; i < t->n; i++) {
        const struct term *term = &t->at[i];
        if (bytes_equal(term->stem, term->stem_len, word.stem, word.stem_len))
            found.exact |= UINT64_C(1) << i;
        else if (bytes_equal(term->plain, term->plain_len, word.plain, word.plain_len))
            found.loose |= UINT64_C(1) << i;
    }
    return found;
}

/* The place of a word in the table; NULL: it is too long for it. */
static struct seen *seen_slot(struct terms *t, const struct cs_word *w)
{
    uint32_t h = 0;

    if (w->len > SEEN_BYTES)
        return NULL;
    for (size_t i = 0; i < w->len; i++)
        h = (h ^ (unsigned char)w->text[i]) * 0x01000193U;
    return &t->seen[(h ^ h >> 15) % SEEN_SLOTS];
}

static void text_word(void *state, const struct cs_word *w)
{
    struct terms *t = state;
    struct terms_found found;

    if ((unsigned char)*w->text < 128 && !t->begins[(unsigned char)*w->text])
        return; /* most words are none of the question's */
    struct seen *seen = seen_slot(t, w);
    if (seen && bytes_equal(seen->text, seen->len, w->text, w->len)) {
        found = seen->found;
    } else {
        found = word_match(t, w);
        if (seen) {
            seen->found = found;
            seen->len = (unsigned char)w->len;
            memcpy(seen->text, w->text, w->len);
        }
    }
    t->found.exact |= found.exact;
    t->found.loose |= found.loose;
}

struct terms_found terms_find(struct terms *t, const char *text, size_t len)
{
    t->found = (struct terms_found){0};
    cs_words(text, len, text_word, t);
    return t->found;
}

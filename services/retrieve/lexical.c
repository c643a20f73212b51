/* The index of a collection's words while it is filled, and the ranking by it. */
#include "retrieve/lexical_index.h"

#include "base/grow.h"

struct lexical *lexical_new(void)
{
    struct lexical *l = zeroed(1, sizeof(*l));

    l->index = bm25_new();
    return l;
}

void lexical_free(struct lexical *l)
{
    if (!l)
        return;
    bm25_free(l->index);
    spell_free(&l->spell);
    cs_stemmer_free(&l->stems.stemmer);
    free(l->accents);
    free(l->known);
    free(l);
}

void lexical_next_row(struct lexical *l, enum cs_language language)
{
    bm25_next_row(l->index);
    l->n_rows++;
    l->language = language;
    l->languages |= 1U << language;
}

bool lexical_is_stop(enum cs_language language, const char *word, size_t len)
{
    return cs_language_stops(word, len) >> language & 1;
}

const char *lexical_stem(struct lexical_stems *s, enum cs_language language, const char *word,
                         size_t len, size_t *ret_len)
{
    if (!lexical_is_stop(language, word, len))
        return cs_stemmer_stem(&s->stemmer, language, word, len, ret_len);
    s->stop[0] = LEXICAL_STOP_MARK;
    memcpy(s->stop + 1, word, len);
    *ret_len = len + 1;
    return s->stop;
}

static void accent_add(struct lexical *l, const char *plain, size_t len, uint32_t term)
{
    size_t stem_len;
    const char *stem = lexical_stem(&l->stems, l->language, plain, len, &stem_len);
    uint32_t key = bm25_term(l->index, stem, stem_len);

    if (key == term)
        return;
    l->accents = grow(l->accents, &l->cap_accents, (size_t)l->n_accents + 1, sizeof(*l->accents));
    l->accents[l->n_accents++] = (struct lexical_accent){.plain = key, .term = term};
}

/* The word is also found without its accents, in German also with the letters that stand for them. */
static void accents_of_word(struct lexical *l, const char *word, size_t len, uint32_t term)
{
    char plain[2 * CS_WORD_WHOLE_MAX];
    size_t n = cs_word_plain(word, len, plain);

    if (n > 0)
        accent_add(l, plain, n, term);
    if (l->language == CS_LANGUAGE_DE && (n = lexical_umlauts(word, len, plain)) > 0)
        accent_add(l, plain, n, term);
}

/* The term that stands for a word in the language of the row. */
static uint32_t term_of_word(struct lexical *l, const char *word, size_t len, bool *ret_stops)
{
    uint32_t number = spell_add(&l->spell, word, len);
    size_t stem_len;

    if (number == l->n_known) {
        l->known = grow(l->known, &l->cap_known, (size_t)number + 1, sizeof(*l->known));
        l->known[number].language = -1;
        l->n_known++;
    }
    struct known_word *known = &l->known[number];
    if (known->language != (int)l->language) {
        known->language = (int)l->language;
        known->stops = lexical_is_stop(l->language, word, len);
        const char *stem = lexical_stem(&l->stems, l->language, word, len, &stem_len);
        known->term = bm25_term(l->index, stem, stem_len);
        accents_of_word(l, word, len, known->term);
    }
    *ret_stops = known->stops;
    return known->term;
}

static void hash_word(uint64_t *hash, const struct cs_word *w)
{
    uint64_t h = *hash ? *hash : 14695981039346656037u;

    for (size_t i = 0; i < w->len; i++)
        h = (h ^ (unsigned char)w->text[i]) * 1099511628211u;
    *hash = (h ^ 0xff) * 1099511628211u; /* no byte of UTF-8: between words */
}

static void lexical_add_word(void *state, const struct cs_word *w)
{
    struct lexical *l = state;
    bool stops = false;
    size_t len;
    uint32_t term;

    hash_word(&l->hash, w);
    switch (w->kind) {
    case CS_WORD:
    case CS_WORD_PART: term = term_of_word(l, w->text, w->len, &stops); break;
    case CS_WORD_WHOLE: {
        const char *stem = lexical_stem(&l->stems, l->language, w->text, w->len, &len);
        term = bm25_term(l->index, stem, len);
        accents_of_word(l, w->text, w->len, term);
        break;
    }
    case CS_WORD_LONE: return; /* its pairs have it */
    default: term = bm25_term(l->index, w->text, w->len);
    }
    /* stop words and identifiers, whose parts count, make no row longer */
    bm25_add(l->index, term, l->times, stops || w->kind == CS_WORD_WHOLE ? 0 : l->times);
}

uint64_t lexical_add(struct lexical *l, const char *text, uint32_t times)
{
    l->times = times;
    l->hash = 0;
    cs_words(text, strlen(text), lexical_add_word, l);
    return l->hash;
}

static int accent_order(const void *a, const void *b)
{
    const struct lexical_accent *x = a, *y = b;

    if (x->plain != y->plain)
        return x->plain < y->plain ? -1 : 1;
    return x->term < y->term ? -1 : x->term > y->term;
}

static void accents_seal(struct lexical *l)
{
    uint32_t n = 0;

    if (l->n_accents == 0)
        return;
    qsort(l->accents, l->n_accents, sizeof(*l->accents), accent_order);
    for (uint32_t i = 0; i < l->n_accents; i++)
        if (n == 0 || accent_order(&l->accents[n - 1], &l->accents[i]) != 0)
            l->accents[n++] = l->accents[i];
    l->n_accents = n;
    l->accents = trimmed(l->accents, &l->cap_accents, n, sizeof(*l->accents));
}

void lexical_seal(struct lexical *l)
{
    bm25_seal(l->index);
    spell_seal(&l->spell);
    accents_seal(l);
    cs_stemmer_free(&l->stems.stemmer);
    free(l->known);
    l->known = NULL;
}

size_t lexical_bytes(const struct lexical *l)
{
    return sizeof(*l) + bm25_bytes(l->index) + spell_bytes(&l->spell) +
           l->n_accents * sizeof(*l->accents);
}

void lexical_top(const struct lexical *l, const struct lexical_query *q, struct topk *top)
{
    bm25_top(l->index, q->terms, q->n_terms, top);
}

void lexical_parts(const struct lexical *l, const struct bm25_query_term *term,
                   const uint32_t *rows, size_t n, float *ret)
{
    bm25_parts(l->index, term, rows, n, ret);
}

/* Tokens become terms of the index on the way in, and groups of terms on the way out. */
#include "retrieve/lexical.h"

#include "retrieve/bm25.h"
#include "base/grow.h"
#include "retrieve/spell.h"
#include "retrieve/tokenize.h"

#include <string.h>

enum {
    SMALL_COLLECTION = 1000
}; /* rows; in larger ones a word said once is often misspelt itself */

/* what the word before came to: most words of a text are repeated, stemming is the dear part */
struct known_word {
    uint32_t term; /* LEXICON_NONE: a stop word */
    int language;  /* -1: none yet */
};

struct lexical {
    struct bm25 *index;
    struct spell spell;
    uint32_t n_rows, languages;
    /* while filling */
    enum language language;
    uint32_t times;
    struct stemmer stemmer;
    struct known_word *known;
    uint32_t n_known, cap_known;
};

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
    stemmer_free(&l->stemmer);
    free(l->known);
    free(l);
}

void lexical_next_row(struct lexical *l, enum language language)
{
    bm25_next_row(l->index);
    l->n_rows++;
    l->language = language;
    l->languages |= 1U << language;
}

/* the term that stands for a word in the language of the row; LEXICON_NONE: none does */
static uint32_t term_of_word(struct lexical *l, const char *word, size_t len)
{
    uint32_t number = spell_add(&l->spell, word, len);

    if (number == l->n_known) {
        l->known = grow(l->known, &l->cap_known, (size_t)number + 1, sizeof(*l->known));
        l->known[number].language = -1;
        l->n_known++;
    }
    struct known_word *known = &l->known[number];
    if (known->language == (int)l->language)
        return known->term;
    known->language = (int)l->language;
    known->term = LEXICON_NONE;
    if (!(language_stops(word, len) >> l->language & 1)) {
        size_t stem_len;
        const char *stem = stemmer_stem(&l->stemmer, l->language, word, len, &stem_len);
        known->term = bm25_term(l->index, stem, stem_len);
    }
    return known->term;
}

static void add_token(void *state, const struct token *token)
{
    struct lexical *l = state;
    uint32_t term;

    if (token->kind == TOKEN_WORD || token->kind == TOKEN_PART)
        term = term_of_word(l, token->text, token->len);
    else
        term = bm25_term(l->index, token->text, token->len);
    if (term != LEXICON_NONE)
        bm25_add(l->index, term, l->times);
}

void lexical_add(struct lexical *l, const char *text, uint32_t times)
{
    l->times = times;
    tokenize(text, strlen(text), add_token, l);
}

void lexical_seal(struct lexical *l)
{
    bm25_seal(l->index);
    spell_seal(&l->spell);
    stemmer_free(&l->stemmer);
    free(l->known);
    l->known = NULL;
}

size_t lexical_bytes(const struct lexical *l)
{
    return sizeof(*l) + bm25_bytes(l->index) + spell_bytes(&l->spell);
}

/* ---- questions ---- */

struct parse {
    const struct lexical *l;
    const char *query;
    struct lexical_query *ret;
    struct stemmer stemmer;
    struct cs_buf corrected;
    size_t copied; /* bytes of query that corrected stands for */
    int corrections, tried;
    uint32_t budget; /* of spelling */
};

static bool add_term(struct parse *p, const char *term, size_t len)
{
    struct lexical_query *q = p->ret;
    uint32_t number = bm25_find(p->l->index, term, len);

    if (number == LEXICON_NONE)
        return false;
    for (size_t i = 0; i < q->n_terms; i++) {
        if (q->terms[i] == number)
            return true;
    }
    if (q->n_terms < LEXICAL_MAX_TERMS)
        q->terms[q->n_terms++] = number;
    return true;
}

/* true if the collection knows the word, or it says nothing */
static bool add_word(struct parse *p, const char *word, size_t len)
{
    uint32_t stops = language_stops(word, len);
    bool known = false;

    for (int l = 0; l < LANGUAGES; l++) {
        if (!(p->l->languages >> l & 1))
            continue;
        size_t stem_len;
        const char *stem = stemmer_stem(&p->stemmer, (enum language)l, word, len, &stem_len);
        if (stops >> l & 1 || add_term(p, stem, stem_len))
            known = true;
    }
    return known;
}

static void correct_word(struct parse *p, const struct token *token)
{
    const struct spell *spell = &p->l->spell;
    uint32_t least = p->l->n_rows < SMALL_COLLECTION ? 1 : 2;
    size_t len;

    if (p->corrections == LEXICAL_MAX_CORRECTIONS || p->tried++ >= LEXICAL_MAX_TRIED)
        return;
    uint32_t number = spell_correct(spell, token->text, token->len, least, &p->budget);
    if (number == LEXICON_NONE)
        return;
    const char *word = lexicon_text(&spell->words, number, &len);
    if (len == token->len && memcmp(word, token->text, len) == 0)
        return;
    p->corrections++;
    cs_buf_add(&p->corrected, p->query + p->copied, token->start - p->copied);
    cs_buf_add(&p->corrected, word, len);
    p->copied = token->end;
    add_word(p, word, len);
}

static void parse_token(void *state, const struct token *token)
{
    struct parse *p = state;

    if (token->kind != TOKEN_WORD && token->kind != TOKEN_PART) {
        add_term(p, token->text, token->len);
        return;
    }
    if (!add_word(p, token->text, token->len) && token->kind == TOKEN_WORD)
        correct_word(p, token);
}

void lexical_parse(const struct lexical *l, struct cs_arena *a, const char *query,
                   struct lexical_query *ret)
{
    struct parse p = {.l = l, .query = query, .ret = ret, .budget = SPELL_BUDGET};

    *ret = (struct lexical_query){0};
    tokenize(query, strlen(query), parse_token, &p);
    if (p.corrections > 0) {
        cs_buf_adds(&p.corrected, query + p.copied);
        ret->corrected = cs_strdup(a, p.corrected.data);
    }
    cs_buf_free(&p.corrected);
    stemmer_free(&p.stemmer);
}

size_t lexical_top(const struct lexical *l, const struct lexical_query *q, size_t k,
                   struct hit *ret)
{
    return bm25_top(l->index, q->terms, q->n_terms, k, ret);
}

#pragma once
/*
 * bm25: an inverted index over rows of terms, k1 = 0.9, b = 0.4.
 *
 *     score(row) = sum over terms of  ln(1 + (N - df + 0.5) / (df + 0.5))
 *                                     * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average))
 *
 * Filled by one thread, row by row, then sealed; from then on it never changes and any thread may
 * search. Sealed postings are differences of rows in as few bytes as they need, most of them one: a
 * frequent word, a stop word above all, costs little.
 *
 *     struct bm25 *b = bm25_new();
 *     bm25_next_row(b);
 *     bm25_add(b, bm25_term(b, "deploy", 6), 2, 2);    counts as said twice
 *     bm25_seal(b);
 *     bm25_top(b, terms, n_terms, &top);
 */
#include "retrieve/topk.h"

struct bm25;

struct bm25 *bm25_new(void);
void bm25_free(struct bm25 *b); /* NULL is fine */

uint32_t bm25_term(struct bm25 *b, const char *term, size_t len); /* its number, made if new */
void bm25_next_row(struct bm25 *b);
/* `length` is what the term adds to the length of the row: 0 for one that says nothing. */
void bm25_add(struct bm25 *b, uint32_t term, uint32_t times, uint32_t length);
void bm25_seal(struct bm25 *b);

uint32_t bm25_find(const struct bm25 *b, const char *term, size_t len); /* or CS_LEXICON_NONE */
uint32_t bm25_df(const struct bm25 *b, uint32_t term);                  /* rows that have it */
uint32_t bm25_terms(const struct bm25 *b);                              /* how many; from 0 on */
const char *bm25_text(const struct bm25 *b, uint32_t term, size_t *ret_len); /* not terminated */

struct bm25_query_term {
    uint32_t term;
    uint32_t
        df; /* rows of the term and of those that stand for the same word: they weigh the same */
    float weight; /* 1, or less for a guess */
};
/* Offers each row with any of the (different) terms to `top`. */
void bm25_top(const struct bm25 *b, const struct bm25_query_term *terms, size_t n_terms,
              struct topk *top);
/* What one term adds to the score of each of n rows, which ascend: 0 where a row does not have it. */
void bm25_parts(const struct bm25 *b, const struct bm25_query_term *term, const uint32_t *rows,
                size_t n, float *ret);
size_t bm25_bytes(const struct bm25 *b); /* what it takes when it is sealed */

#pragma once
/*
 * bm25: an inverted index over rows of terms, k1 = 1.2, b = 0.75.
 *
 *     score(row) = sum over terms of  ln(1 + (N - df + 0.5) / (df + 0.5))
 *                                     * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average))
 *
 * Filled by one thread, row by row, then sealed; from then on it never changes and any thread may
 * search. Weights of postings are computed when it is sealed, so a search adds and does nothing else.
 *
 *     struct bm25 *b = bm25_new();
 *     bm25_next_row(b);
 *     bm25_add(b, bm25_term(b, "deploy", 6), 2);       counts as said twice
 *     bm25_seal(b);
 *     n = bm25_top(b, terms, n_terms, k, hits);
 */
#include "retrieve/topk.h"

struct bm25;

struct bm25 *bm25_new(void);
void bm25_free(struct bm25 *b); /* NULL is fine */

uint32_t bm25_term(struct bm25 *b, const char *term, size_t len); /* its number, made if new */
void bm25_next_row(struct bm25 *b);
void bm25_add(struct bm25 *b, uint32_t term, uint32_t times);
void bm25_seal(struct bm25 *b);

uint32_t bm25_find(const struct bm25 *b, const char *term, size_t len); /* or LEXICON_NONE */
uint32_t bm25_df(const struct bm25 *b, uint32_t term);                  /* rows that have it */
/* Rows with any of the (different) terms, best first; ret has room for k. Returns how many. */
size_t bm25_top(const struct bm25 *b, const uint32_t *terms, size_t n_terms, size_t k,
                struct hit *ret);
size_t bm25_bytes(const struct bm25 *b); /* what it takes when it is sealed */

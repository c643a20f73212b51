#pragma once
/*
 * fuse: two rankings into one, by reciprocal rank (RRF): a row's score is the sum of 1 / (60 + rank)
 * over the rankings that have it, rank from 1. Ranks are comparable where scores are not. Copies are
 * one row, as in topk.h. Pure.
 */
#include "retrieve/topk.h"

enum { FUSE_DEPTH = 50 }; /* how much of each ranking counts */

/* What a rank, from 1, adds to the score of a row. */
float fuse_part(uint32_t rank);

/* Best first; ret has room for k. Each ranking names a row once. Returns how many there are. */
size_t fuse(const struct hit *a, size_t n_a, const struct hit *b, size_t n_b, const uint32_t *same,
            size_t k, struct hit *ret);

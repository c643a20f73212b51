#pragma once
/*
 * scan: the rows of a matrix most like a vector, exactly.
 *
 * Every row is looked at, in blocks that stay in the cache: recall is 1 by construction and the cost
 * is reading the bytes once. Vectors have length 1, so the score is the cosine. Pure; any thread.
 */
#include "retrieve/topk.h"

/* Best first; ret has room for k. Returns how many there are. */
size_t scan_top(const uint16_t *rows, size_t n, size_t dims, const float *query, size_t k,
                struct hit *ret);

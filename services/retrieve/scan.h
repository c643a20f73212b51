#pragma once
/*
 * scan: the rows of a matrix most like a vector, exactly.
 *
 * Every row is looked at, in blocks that stay in the cache: recall is 1 by construction and the cost
 * is reading the bytes once. Vectors have length 1, so the score is the cosine. Pure; any thread.
 */
#include "retrieve/bytes.h"
#include "retrieve/topk.h"

/* Offers every row to `top`, under its name in `names`, or its number when that is NULL. */
void scan_top(const uint16_t *rows, size_t n, size_t dims, const float *query,
              const uint32_t *names, struct topk *top);

/*
 * The same of a large matrix: candidates by bytes, decided by exact scores. The ten best are those of scan_top() in
 * 995 of 1,000 cases at least.
 */
void scan_bytes_top(const struct bytes *bytes, const uint16_t *rows, size_t dims,
                    const float *query, const uint32_t *names, struct topk *top);

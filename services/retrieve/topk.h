#pragma once
/*
 * topk: the best k of many scored rows, in one pass.
 *
 * A min-heap over memory of the caller; at equal scores the lower row wins, so that an answer never
 * depends on the order in which rows were offered. With `same`, rows that are copies of one another
 * count as one, the best of them: same[row] is the first row of its kind. Not thread-safe.
 *
 * With `allowed`, other rows are passed over.
 *
 *     struct topk top = {.at = room_for_k, .k = k};
 *     topk_offer(&top, row, score) ...
 *     size_t n = topk_finish(&top);        room_for_k[0..n) is sorted, best first
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hit {
    uint32_t row;
    float score;
};

struct topk {
    struct hit *at;
    size_t k, n;
    const uint32_t *same;  /* NULL: every row is its own */
    const uint32_t *names; /* under which `same` has the rows; NULL: their numbers */
    const bool *allowed;   /* by the same numbers; NULL: all are */
};

void topk_offer(struct topk *t, uint32_t row, float score);
size_t topk_finish(struct topk *t);

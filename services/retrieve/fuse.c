/* Scores of both rankings are summed by row, and the best of the sums are kept. */
#include "retrieve/fuse.h"

static const float RANK_CONSTANT = 60;

float fuse_part(uint32_t rank)
{
    return 1 / (RANK_CONSTANT + (float)rank);
}

static size_t fuse_ranking(struct hit *all, size_t n, const struct hit *ranking, size_t n_ranking,
                           const uint32_t *same)
{
    for (size_t rank = 0; rank < n_ranking && rank < FUSE_DEPTH; rank++) {
        float score = fuse_part((uint32_t)rank + 1);
        size_t i = 0;

        while (i < n && all[i].row != ranking[rank].row &&
               (!same || same[all[i].row] != same[ranking[rank].row]))
            i++;
        if (i < n)
            all[i].score += score;
        else
            all[n++] = (struct hit){.row = ranking[rank].row, .score = score};
    }
    return n;
}

size_t fuse(const struct hit *a, size_t n_a, const struct hit *b, size_t n_b, const uint32_t *same,
            size_t k, struct hit *ret)
{
    struct hit all[2 * FUSE_DEPTH];
    struct topk top = {.at = ret, .k = k};
    size_t n = fuse_ranking(all, fuse_ranking(all, 0, a, n_a, same), b, n_b, same);

    for (size_t i = 0; i < n; i++)
        topk_offer(&top, all[i].row, all[i].score);
    return topk_finish(&top);
}

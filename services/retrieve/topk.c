/* A heap whose root is the worst row that is kept. */
#include "retrieve/topk.h"

#include <stdlib.h>

static bool hit_worse(const struct hit *a, const struct hit *b)
{
    return a->score < b->score || (a->score == b->score && a->row > b->row);
}

static void hit_swap(struct hit *a, struct hit *b)
{
    struct hit t = *a;
    *a = *b;
    *b = t;
}

static void heap_sink(struct hit *h, size_t n, size_t i)
{
    for (;;) {
        size_t worst = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++) {
            if (hit_worse(&h[child], &h[worst]))
                worst = child;
        }
        if (worst == i)
            return;
        hit_swap(&h[i], &h[worst]);
        i = worst;
    }
}

static uint32_t topk_kind(const struct topk *t, uint32_t row)
{
    return t->same[t->names ? t->names[row] : row];
}

/* A copy of the row is kept already: the better one of the two stays. */
static bool topk_takes_copy(struct topk *t, const struct hit *new)
{
    uint32_t kind = topk_kind(t, new->row);

    for (size_t i = 0; i < t->n; i++) {
        if (topk_kind(t, t->at[i].row) != kind)
            continue;
        if (hit_worse(&t->at[i], new)) {
            t->at[i] = *new;
            heap_sink(t->at, t->n, i);
        }
        return true;
    }
    return false;
}

void topk_offer(struct topk *t, uint32_t row, float score)
{
    struct hit new = {.row = row, .score = score};

    if (t->k == 0 || (t->n == t->k && !hit_worse(&t->at[0], &new)))
        return;
    if (t->allowed && !t->allowed[t->names ? t->names[row] : row])
        return;
    if (t->same && topk_takes_copy(t, &new))
        return;
    if (t->n == t->k) {
        t->at[0] = new;
        heap_sink(t->at, t->n, 0);
        return;
    }
    size_t i = t->n++;
    t->at[i] = new;
    while (i > 0 && hit_worse(&t->at[i], &t->at[(i - 1) / 2])) {
        hit_swap(&t->at[i], &t->at[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

size_t topk_finish(struct topk *t)
{
    for (size_t n = t->n; n > 1; n--) {
        hit_swap(&t->at[0], &t->at[n - 1]);
        heap_sink(t->at, n - 1, 0);
    }
    return t->n;
}

/* Two sets of marks: the current one, and the one before it, which is dropped when the current one is full or old. */
#include "crypto/once.h"

#include <stdlib.h>

enum { FIRST_SIZE = 256 };

/* the place of the mark, or a free one; marks are random bits, so they are their own hash */
static uint64_t *half_place(const struct cs_once_half *h, uint64_t mark)
{
    uint32_t i = (uint32_t)mark & (h->size - 1);

    while (h->at[i] && h->at[i] != mark)
        i = (i + 1) & (h->size - 1);
    return &h->at[i];
}

static bool half_has(const struct cs_once_half *h, uint64_t mark)
{
    return h->at && *half_place(h, mark) == mark;
}

static void half_grow(struct cs_once_half *h)
{
    struct cs_once_half larger = *h;

    larger.size = h->size ? h->size * 2 : FIRST_SIZE;
    larger.at = calloc(larger.size, sizeof(*larger.at));
    if (!larger.at)
        abort();
    for (uint32_t i = 0; i < h->size; i++)
        if (h->at[i])
            *half_place(&larger, h->at[i]) = h->at[i];
    free(h->at);
    *h = larger;
}

bool cs_once_first(struct cs_once *o, uint64_t mark, int64_t now_ms)
{
    mark += mark == 0;
    if (o->now.n >= CS_ONCE_MAX || (o->now.n > 0 && now_ms - o->now.since_ms >= CS_ONCE_MS)) {
        free(o->before.at);
        o->before = o->now;
        o->now = (struct cs_once_half){0};
    }
    if (half_has(&o->now, mark) || half_has(&o->before, mark))
        return false;
    if (o->now.n == 0)
        o->now.since_ms = now_ms;
    if (o->now.n * 2 >= o->now.size)
        half_grow(&o->now);
    *half_place(&o->now, mark) = mark;
    o->now.n++;
    return true;
}

void cs_once_clear(struct cs_once *o)
{
    free(o->now.at);
    free(o->before.at);
    *o = (struct cs_once){0};
}

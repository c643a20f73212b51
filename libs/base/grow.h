#pragma once
/* grow: heap arrays that double. Running out of memory aborts, as in an arena. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* items with room for at least need of them; *cap is kept up to date */
static inline void *grow(void *items, uint32_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return items;
    uint32_t more = *cap ? *cap : 64;
    while (more < need) {
        if (more > UINT32_MAX / 2)
            abort();
        more *= 2;
    }
    items = reallocarray(items, more, size);
    if (!items)
        abort();
    *cap = more;
    return items;
}

/* The items in no more memory than n of them need. */
static inline void *trimmed(void *items, uint32_t *cap, uint32_t n, size_t size)
{
    if (n == *cap || n == 0 || size == 0)
        return items;
    items = reallocarray(items, n, size);
    if (!items)
        abort();
    *cap = n;
    return items;
}

/* n zeroed items, never NULL */
static inline void *zeroed(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p)
        abort();
    return p;
}

#pragma once
/* chunks: all chunks of a text at once, in an arena that lives as long as they do. */
#include "ingest/chunk.h"

#include <string.h>

static inline size_t all_chunks(struct cs_arena *a, const struct extracted *text,
                                struct chunk_sizes sizes, struct chunk **ret)
{
    struct chunker *c = chunker_new(a, text, sizes);
    struct chunk *some;
    size_t n = 0, room = 64, n_some;

    *ret = CS_NEW(a, struct chunk, room);
    while ((n_some = chunk_next(c, a, &some)) > 0) {
        while (n + n_some > room) {
            struct chunk *more = CS_NEW(a, struct chunk, room *= 2);
            *ret = memcpy(more, *ret, n * sizeof(*more));
        }
        memcpy(*ret + n, some, n_some * sizeof(*some));
        n += n_some;
    }
    return n;
}

#pragma once
/* blocks: a document read in this process, and its blocks and chunks all at once, in an arena that lives as long as they. */
#include "base/grow.h"
#include "ingest/block.h"
#include "ingest/chunk.h"
#include "ingest/extract/source.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct blocks {
    struct block *at; /* and properties, with kind 0 */
    size_t n;
    const char *mime;
    unsigned format;
    const char *reason; /* why there are none */
};

/* what stands in the file that a reader of blocks is given; fails by r.n == (size_t)-1 */
static inline struct blocks blocks_in(struct cs_arena *a, int fd)
{
    struct blocks r = {0};
    struct block_reader reader;
    uint32_t room = 0;
    struct block *at = NULL, b;
    int got = -1;

    if (block_reader_open(&reader, a, fd) && !(r.reason = reader.failed)) {
        r.mime = reader.mime;
        r.format = reader.format;
        while ((got = block_read(&reader, a, &b)) > 0) {
            at = grow(at, &room, r.n + 1, sizeof(*at));
            at[r.n++] = b;
        }
    }
    r.at = cs_memdup(a, at ? at : &b, r.n * sizeof(*at));
    free(at);
    if (got < 0 && !r.reason)
        r.n = (size_t)-1;
    return r;
}

static inline struct blocks blocks_of(struct cs_arena *a, const char *name, const char *mime,
                                      const char *data, size_t len)
{
    int fd = memfd_create("blocks", 0);
    size_t inflated = 0;
    char *copy = cs_alloc(a, len + 1);
    struct emit e = {.fd = fd};
    struct source s = {
        .name = name, .mime = mime, .data = copy, .len = len, .arena = a, .inflated = &inflated};

    if (fd < 0 || !source_kind_init())
        abort();
    if (len)
        memcpy(copy, data, len);
    const char *reason = source_read(&s, &e);
    if (!reason && !emit_end(&e))
        reason = "full";
    if (reason)
        emit_reason(&e, reason);
    struct blocks r = blocks_in(a, fd);
    close(fd);
    return r;
}

struct blocks_at {
    const struct blocks *blocks;
    size_t next;
};

static inline int blocks_next(void *arg, struct cs_arena *a, struct block *ret)
{
    struct blocks_at *at = arg;

    (void)a;
    while (at->next < at->blocks->n && at->blocks->at[at->next].kind == 0)
        at->next++;
    if (at->next >= at->blocks->n)
        return 0;
    *ret = at->blocks->at[at->next++];
    return 1;
}

static inline size_t chunks_of(struct cs_arena *a, const struct blocks *blocks,
                               struct chunk_sizes sizes, struct chunk **ret)
{
    struct blocks_at at = {.blocks = blocks};
    struct chunker *c = chunker_new(sizes, blocks_next, &at);
    struct chunk *some, *all = NULL;
    uint32_t room = 0;
    size_t n = 0, n_some;

    while (chunk_next(c, a, &some, &n_some) == 0 && n_some > 0) {
        all = grow(all, &room, n + n_some, sizeof(*all));
        memcpy(all + n, some, n_some * sizeof(*some));
        n += n_some;
    }
    chunker_free(c);
    *ret = CS_NEW(a, struct chunk, n + 1);
    if (n)
        memcpy(*ret, all, n * sizeof(*all));
    free(all);
    return n;
}

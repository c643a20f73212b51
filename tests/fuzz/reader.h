#pragma once
/* reader: one reader of a format alone, as the sandboxed program runs it, and what holds for whatever it read. */
#include "bound.h"

#include "../support/whole.h"

#include <stdio.h>

/* The text as the reader gets it: decoded already, in memory of a. */
static inline struct source reader_source(struct cs_arena *a, const char *data, size_t len,
                                          size_t *inflated)
{
    char *copy = cs_alloc(a, len + 1);

    if (len)
        memcpy(copy, data, len);
    return (struct source){.name = "a",
                           .data = copy,
                           .len = len,
                           .text = copy,
                           .text_len = len,
                           .verbatim = true,
                           .arena = a,
                           .inflated = inflated};
}

static inline void reader_fail(const char *fault)
{
    fprintf(stderr, "%s\n", fault);
    abort();
}

/* Memory is linear, every block stands within the source, and the chunks of all sizes are whole. */
static inline void reader_check(source_reader *read, struct source *s)
{
    static const int sizes[] = {200, 1000};
    struct cs_arena *a = s->arena;
    int fd = memfd_create("blocks", 0);
    struct emit e = {.fd = fd};

    if (fd < 0)
        abort();
    emit_format(&e, "text/plain", 0);
    const char *reason = read(s, &e);
    bool ended = emit_end(&e);
    bound_check(a, s->len);
    if (e.extracted > BOUND_EACH * s->len + BOUND_ONCE)
        reader_fail("more text than the bound");
    struct blocks x = blocks_in(a, fd);
    close(fd);
    if (reason || !ended)
        return;
    if (x.n == (size_t)-1)
        reader_fail("malformed frames");
    for (size_t i = 0; i < x.n; i++)
        if (e.sourced && x.at[i].kind && x.at[i].end > s->len)
            reader_fail("a block beyond the source");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        const char *fault = whole_fault(a, &x, chunk_sizes(sizes[i], 0));
        if (!fault)
            fault = whole_fault(a, &x, chunk_sizes(sizes[i], sizes[i] / 4));
        if (fault)
            reader_fail(fault);
    }
}

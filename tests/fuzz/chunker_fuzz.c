/* Markdown, HTML and plain text of any bytes: the blocks are well formed, and their chunks are in order, valid, small
 * enough and complete. */
#include "../support/whole.h"
#include "bound.h"

#include "bot/configuration.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct cs_arena *a, const struct blocks *x, int size)
{
    const char *fault =
        x->n == (size_t)-1 ? "malformed frames" : whole_fault(a, x, chunk_sizes(size, 0));

    if (fault) {
        fprintf(stderr, "%s\n", fault);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a.md", "a.txt", "a.html", "a"};
    struct cs_arena a;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        cs_arena_init(&a);
        struct blocks x = blocks_of(&a, names[i], NULL, (const char *)data, size);
        if (!x.reason)
            check(&a, &x, size % 2 ? 200 : CS_BOT_CHUNK_SIZE);
        bound_check(&a, size);
        cs_arena_dispose(&a);
    }
    return 0;
}

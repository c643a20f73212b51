/* extract and chunk: any bytes; what comes out is in order, valid, small enough and complete. */
#include "bound.h"

#include "../support/chunks.h"

#include "bot/configuration.h"
#include "ingest/extract.h"
#include "base/utf8.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int ok)
{
    if (!ok)
        abort();
}

static int is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\f');
}

static void check(struct cs_arena *a, const struct extracted *x, int size)
{
    struct chunk_sizes sizes = chunk_sizes(size, 0);
    struct chunk *k;
    size_t n = all_chunks(a, x, sizes, &k), at = 0;

    for (size_t i = 0; i < n; i++) {
        size_t len = k[i].end - k[i].start;
        need(k[i].start < k[i].end && k[i].end <= x->len && k[i].start >= at);
        for (; at < k[i].start; at++)
            need(is_space(x->text[at]));
        need(cs_utf8_check(x->text + at, len) == len);
        need((int)cs_utf8_count(x->text + at, len) <= sizes.max);
        need(cs_utf8_check(k[i].heading_path, strlen(k[i].heading_path)) ==
             strlen(k[i].heading_path));
        at = k[i].end;
    }
    for (; at < x->len; at++)
        need(is_space(x->text[at]));
}

/* extract() works in place */
static char *copy(struct cs_arena *a, const uint8_t *data, size_t size)
{
    char *bytes = cs_alloc(a, size + 1);

    if (size)
        memcpy(bytes, data, size);
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a.md", "a.txt", "a"};
    struct cs_arena a;
    struct extracted x;

    cs_arena_init(&a);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (!extract(&a, names[i], NULL, copy(&a, data, size), size, &x))
            check(&a, &x, size % 2 ? 200 : CS_BOT_CHUNK_SIZE);
    bound_check(&a, size);
    cs_arena_dispose(&a);
    return 0;
}

/* Any bytes as HTML: the reader alone, without the recognition of its format. */
#include "reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cs_arena a;
    size_t inflated = 0;

    cs_arena_init(&a);
    struct source s = reader_source(&a, (const char *)data, size, &inflated);
    reader_check(html_read, &s);
    cs_arena_dispose(&a);
    return 0;
}

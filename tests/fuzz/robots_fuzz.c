/* First line: a path; the rest: a robots.txt. Parsed, and asked about the path. */
#include "bound.h"

#include "ingest/fetch/robots.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    size_t head = line ? (size_t)(line - data) : 0, skip = line ? head + 1 : 0;
    struct cs_arena a;
    struct robots r;

    cs_arena_init(&a);
    const char *path = cs_printf(&a, "/%.*s", (int)(head < 2000 ? head : 2000), (const char *)data);
    robots_parse(&a, (const char *)data + skip, size - skip, &r);
    robots_allow(r.rules, path);
    robots_words((const char *)data, size);
    if (r.delay_ms < 0 || r.delay_ms > ROBOTS_DELAY_MAX_MS ||
        strlen(r.rules) > 4 * ROBOTS_RULES_MAX)
        abort();
    bound_check(&a, size);
    cs_arena_dispose(&a);
    return 0;
}

/* First line: the Content-Type; the rest: the body. Parts must lie within it. */
#include "bound.h"

#include "edge/multipart.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct multipart_part parts[MULTIPART_PARTS];
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    size_t head = line ? (size_t)(line - data) : 0;
    const char *body = (const char *)data + (line ? head + 1 : 0), *error = NULL;
    size_t len = size - (line ? head + 1 : 0);
    struct cs_arena a;

    cs_arena_init(&a);
    const char *type =
        line ? cs_strndup(&a, (const char *)data, head) : "multipart/form-data; boundary=x";
    int n = multipart_parse(&a, type, body, len, parts, &error);
    if (n < 0 && !error)
        abort();
    for (int i = 0; i < n; i++) {
        const struct multipart_part *p = &parts[i];
        if (!p->name || p->data < body || p->data + p->len > body + len)
            abort();
        if (p->filename && strpbrk(p->filename, "/\\\r\n"))
            abort();
    }
    bound_check(&a, size);
    cs_arena_dispose(&a);
    return 0;
}

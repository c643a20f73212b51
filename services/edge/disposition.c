/* The name in ASCII for old clients, and in percent-encoded UTF-8 for all others. */
#include "edge/disposition.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 255 };

const char *disposition_attachment(struct cs_arena *a, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    const char *given = name && *name ? name : "document";
    size_t n = strnlen(given, NAME_MAX_BYTES);
    char *ascii = cs_alloc(a, n + 1), *coded = cs_alloc(a, 3 * n + 1), *p = coded;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)given[i];
        bool safe = c && strchr(plain, c);
        ascii[i] = safe || c == ' ' ? (char)c : '_';
        p += snprintf(p, 4, safe ? "%c" : "%%%02X", c);
    }
    return cs_printf(a, "attachment; filename=\"%s\"; filename*=UTF-8''%s", ascii, coded);
}

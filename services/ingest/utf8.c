#include "ingest/utf8.h"

#include <stdbool.h>
#include <stdint.h>

/* bytes of the sequence at s, or 0 when it is no shortest form of a Unicode scalar value */
static size_t sequence(const unsigned char *s, size_t left)
{
    unsigned c = s[0];
    size_t n = c < 0x80                ? 1
               : c >= 0xc2 && c < 0xe0 ? 2
               : c >= 0xe0 && c < 0xf0 ? 3
               : c >= 0xf0 && c < 0xf5 ? 4
                                       : 0;

    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool bad = (c == 0xe0 && s[1] < 0xa0) || (c == 0xed && s[1] >= 0xa0) ||
               (c == 0xf0 && s[1] < 0x90) || (c == 0xf4 && s[1] >= 0x90);
    return bad ? 0 : n;
}

size_t utf8_check(const char *s, size_t len)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t at = 0, n;

    while (at < len && (n = sequence(u + at, len - at)))
        at += n;
    return at;
}

static bool begins(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

size_t utf8_chars(const char *s, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += begins(s[i]);
    return n;
}

size_t utf8_take(const char *s, size_t len, size_t n)
{
    size_t at = 0;

    for (; at < len; at++)
        if (begins(s[at]) && n-- == 0)
            break;
    return at;
}

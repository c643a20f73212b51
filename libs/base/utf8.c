#include "base/utf8.h"

#include <stdint.h>

/* Lowest code point of each length: what a shorter sequence could say is malformed. */
static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};

size_t cs_utf8(const unsigned char *s, size_t n)
{
    size_t len = s[0] < 0x80       ? 1
                 : s[0] >> 5 == 6  ? 2
                 : s[0] >> 4 == 14 ? 3
                 : s[0] >> 3 == 30 ? 4
                                   : 0;
    uint32_t c = s[0];

    if (len < 2 || len > n)
        return n ? len == 1 : 0;
    c &= 0x7fU >> len;
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    return c >= lowest[len] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? len : 0;
}

/* Character references: decimal, hexadecimal, and the names that titles and addresses have. */
#include "ingest/fetch/reference.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

static const struct {
    const char *name;
    uint32_t c;
} names[] = {
    {"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},     {"apos", '\''},
    {"nbsp", 0xa0},    {"copy", 0xa9},    {"reg", 0xae},     {"laquo", 0xab},   {"raquo", 0xbb},
    {"middot", 0xb7},  {"times", 0xd7},   {"ndash", 0x2013}, {"mdash", 0x2014}, {"lsquo", 0x2018},
    {"rsquo", 0x2019}, {"ldquo", 0x201c}, {"rdquo", 0x201d}, {"bull", 0x2022},  {"hellip", 0x2026},
    {"trade", 0x2122}, {"auml", 0xe4},    {"ouml", 0xf6},    {"uuml", 0xfc},    {"Auml", 0xc4},
    {"Ouml", 0xd6},    {"Uuml", 0xdc},    {"szlig", 0xdf},   {"eacute", 0xe9},  {"egrave", 0xe8},
    {"agrave", 0xe0},  {"ccedil", 0xe7},  {"ntilde", 0xf1},
};

static uint32_t reference_number(const char *s, size_t len)
{
    uint32_t base = len && (*s | 0x20) == 'x' ? 16 : 10, n = 0;

    for (size_t i = base == 16; i < len; i++) {
        int digit = s[i] >= '0' && s[i] <= '9' ? s[i] - '0'
                    : base == 16 && (s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'f'
                        ? (s[i] | 0x20) - 'a' + 10
                        : -1;
        if (digit < 0 || n > 0x10ffff)
            return 0;
        n = n * base + (uint32_t)digit;
    }
    return n > 0x10ffff || (n >= 0xd800 && n < 0xe000) ? 0 : n;
}

/* the character between & and ; or 0 */
static uint32_t reference_find(const char *s, size_t len)
{
    if (len > 1 && *s == '#')
        return reference_number(s + 1, len - 1);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strlen(names[i].name) == len && memcmp(names[i].name, s, len) == 0)
            return names[i].c;
    return 0;
}

char *reference_decode(struct cs_arena *a, const char *s, size_t len)
{
    char *out = cs_alloc(a, len + 1), *w = out;

    for (size_t i = 0; i < len;) {
        size_t n = 0;
        uint32_t c = 0;
        if (s[i] == '&') {
            while (n < 10 && i + 1 + n < len && s[i + 1 + n] != ';')
                n++;
            if (n < 10 && i + 1 + n < len)
                c = reference_find(s + i + 1, n);
        }
        if (c) {
            w += cs_utf8_put(w, c);
            i += n + 2;
        } else {
            *w++ = s[i++];
        }
    }
    *w = '\0';
    return out;
}

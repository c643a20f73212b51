/* UTF-8 over utf8proc; the ASCII of most texts never reaches it. */
#include "base/utf8.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static bool utf8_continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t cs_utf8_next(const char *s, size_t n, uint32_t *ret)
{
    utf8proc_int32_t c = 0;
    utf8proc_ssize_t bytes = 1;

    if (n == 0)
        return 0;
    if ((unsigned char)*s < 0x80)
        c = (unsigned char)*s;
    else
        bytes = utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, &c);
    if (bytes <= 0)
        return 0;
    if (ret)
        *ret = (uint32_t)c;
    return (size_t)bytes;
}

size_t cs_utf8_put(char out[CS_UTF8_MAX], uint32_t c)
{
    if (c < 0x80) {
        *out = (char)c;
        return 1;
    }
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)out);
}

size_t cs_utf8_check(const char *s, size_t n)
{
    size_t at = 0, bytes;

    while ((bytes = cs_utf8_next(s + at, n - at, NULL)))
        at += bytes;
    return at;
}

size_t cs_utf8_count(const char *s, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += !utf8_continues(s[i]);
    return count;
}

size_t cs_utf8_head(const char *s, size_t n, size_t characters)
{
    size_t at = 0;

    for (; at < n; at++)
        if (!utf8_continues(s[at]) && characters-- == 0)
            break;
    return at;
}

size_t cs_utf8_cut(const char *s, size_t n, size_t max)
{
    size_t end = n < max ? n : max, start = end, need;

    while (start > 0 && end - start < CS_UTF8_MAX - 1 && utf8_continues(s[start - 1]))
        start--;
    if (start == 0)
        return end;
    unsigned char first = (unsigned char)s[start - 1];
    need = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return end - start + 1 < need ? start - 1 : end;
}

/* Characters without a mark of their own. The categories say so of most; the rest are fillers,
 * joiners and variation selectors, which count as letters and marks. */
static bool utf8_invisible(uint32_t c)
{
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF: return true;
    default:
        return c == 0x034f || c == 0x115f || c == 0x1160 || (c >= 0x17b4 && c <= 0x17b5) ||
               (c >= 0x180b && c <= 0x180f) || c == 0x2800 || c == 0x3164 ||
               (c >= 0xfe00 && c <= 0xfe0f) || c == 0xffa0 || (c >= 0xe0100 && c <= 0xe01ef);
    }
}

bool cs_utf8_blank(const char *s, size_t n)
{
    uint32_t c;
    size_t bytes;

    for (; (bytes = cs_utf8_next(s, n, &c)); s += bytes, n -= bytes)
        if (!utf8_invisible(c))
            return false;
    return n == 0;
}

/* Whether a run of combining marks is longer than CS_UTF8_MARKS. */
static bool utf8_marks_exceeded(const char *s)
{
    size_t left = strlen(s), n, run = 0;
    uint32_t c;

    for (; (n = cs_utf8_next(s, left, &c)); s += n, left -= n) {
        run = utf8proc_get_property((utf8proc_int32_t)c)->combining_class ? run + 1 : 0;
        if (run > CS_UTF8_MARKS)
            return true;
    }
    return false;
}

char *cs_utf8_nfc(struct cs_arena *a, const char *text)
{
    utf8proc_uint8_t *composed = NULL;
    utf8proc_ssize_t n;

    if (utf8_marks_exceeded(text))
        return NULL;
    n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)strlen(text), &composed,
                     UTF8PROC_STABLE | UTF8PROC_COMPOSE);

    if (n == UTF8PROC_ERROR_NOMEM)
        abort(); /* as an arena does */
    if (n < 0)
        return NULL;
    char *copy = cs_strndup(a, (const char *)composed, (size_t)n);
    free(composed);
    return copy;
}

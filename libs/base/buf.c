/* Growth by doubling, so that adding byte by byte costs the same per byte at any length. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUESS = 64 }; /* bytes that most formatted texts fit into */

char *cs_buf_grow(struct cs_buf *b, size_t n)
{
    size_t need = b->len + n + 1;

    if (need < n)
        abort();
    if (need > b->cap) {
        size_t cap = b->cap ? b->cap : 64;
        while (cap < need)
            cap *= 2;
        char *p = realloc(b->data, cap);
        if (!p)
            abort();
        b->data = p;
        b->cap = cap;
    }
    return b->data + b->len;
}

void cs_buf_add(struct cs_buf *b, const void *p, size_t n)
{
    char *d = cs_buf_grow(b, n);
    if (n)
        memcpy(d, p, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void cs_buf_adds(struct cs_buf *b, const char *s)
{
    cs_buf_add(b, s, strlen(s));
}

void cs_buf_addf(struct cs_buf *b, const char *fmt, ...)
{
    char *d = cs_buf_grow(b, GUESS);
    size_t room = b->cap - b->len;
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(d, room, fmt, ap);
    va_end(ap);
    if (n < 0)
        abort();
    if ((size_t)n >= room) {
        d = cs_buf_grow(b, (size_t)n);
        va_start(ap, fmt);
        vsnprintf(d, (size_t)n + 1, fmt, ap);
        va_end(ap);
    }
    b->len += (size_t)n;
}

void cs_buf_clear(struct cs_buf *b)
{
    b->len = 0;
    if (b->data)
        b->data[0] = '\0';
}

void cs_buf_trim(struct cs_buf *b)
{
    if (b->cap == 0)
        return;
    char *p = realloc(b->data, b->len + 1);
    if (!p)
        abort();
    b->data = p;
    b->cap = b->len + 1;
}

void cs_buf_free(struct cs_buf *b)
{
    free(b->data);
    *b = (struct cs_buf){0};
}

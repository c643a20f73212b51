#pragma once
/*
 * Buf: bytes that grow, on the heap.
 *
 * For what outlives a call or is built piece by piece. data is always terminated by a zero byte
 * that len does not count, so it can be read as a string. `struct cs_buf b = {0}` is an empty one;
 * cs_buf_free() makes it empty again. Not thread-safe.
 */
#include <stddef.h>

struct cs_buf {
    char *data; /* NULL while nothing was added */
    size_t len, cap;
};

void cs_buf_add(struct cs_buf *b, const void *p, size_t n);
void cs_buf_adds(struct cs_buf *b, const char *s);
void cs_buf_addf(struct cs_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull));
char *cs_buf_grow(struct cs_buf *b,
                  size_t n);         /* room for n more; the caller fills and adds to len */
void cs_buf_clear(struct cs_buf *b); /* keeps the memory */
void cs_buf_trim(struct cs_buf *b);  /* keeps no more memory than the bytes need */
void cs_buf_free(struct cs_buf *b);

#define CS_BUF_AUTO __attribute__((cleanup(cs_buf_free)))

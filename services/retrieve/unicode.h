#pragma once
/*
 * unicode: one character of a text at a time, folded for search and classed.
 *
 * Classes and lower case come from the C library's tables (locale C.UTF-8). A character may stand
 * for several (the ligature ff) or take in what follows it (combining marks, soft hyphens).
 */
#include <stddef.h>
#include <stdint.h>

enum unicode_kind {
    UNICODE_END,
    UNICODE_LETTER, /* letters and digits */
    UNICODE_JOINER, /* . - _ */
    UNICODE_GRAM,   /* of a script written without spaces */
    UNICODE_OTHER,
};

enum { UNICODE_MAX_BYTES = 4 };

struct unicode_char {
    enum unicode_kind kind;
    uint32_t at[3]; /* folded */
    size_t n;
    size_t start, end; /* in the text */
};

int unicode_start(void); /* 0, or -1: the tables are missing */

/* The character at `at`; what is no UTF-8 counts as OTHER, a byte at a time. */
void unicode_next(const char *text, size_t len, size_t at, struct unicode_char *ret);
size_t unicode_put(char *out, uint32_t c); /* UTF-8, not terminated; the number of bytes */
/* The next code point as it stands; returns its bytes, 0 at the end or where there is no UTF-8. */
size_t unicode_get(const char *text, size_t len, uint32_t *ret);

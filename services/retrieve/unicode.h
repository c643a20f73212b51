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

struct unicode_char {
    enum unicode_kind kind;
    uint32_t at[3]; /* folded */
    size_t n;
    size_t start, end; /* in the text */
};

int unicode_start(void); /* 0, or -1: the tables are missing */

/* The character at `at`; what is no UTF-8 counts as OTHER, a byte at a time. */
void unicode_next(const char *text, size_t len, size_t at, struct unicode_char *ret);

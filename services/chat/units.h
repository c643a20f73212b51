#pragma once
/*
 * Units: a passage of Markdown taken apart into what can be quoted by itself. Headings are left
 * out: a citation names them. Pure; units point into the text.
 */
#include <stdbool.h>
#include <stddef.h>

enum unit_kind {
    UNIT_SENTENCE,
    UNIT_LINE, /* a list item or a table row, or its first sentence */
    UNIT_CODE, /* a fenced block with its fences; the last one may be missing */
};

struct unit {
    const char *at;
    size_t len;
    enum unit_kind kind;
    bool opens; /* begins a paragraph */
};

enum { MAX_UNITS = 256 };

size_t units_of(const char *text, struct unit units[MAX_UNITS]);

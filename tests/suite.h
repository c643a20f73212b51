#pragma once
/*
 * Suite: the cases of a table test, all in one file that is read and compared like any text.
 *
 * tests/data/<what>.cases is played by one unit test; a new case is a few lines there and needs no
 * C. This is the notation:
 *
 *     What the suite is about: the lines before the first case are for people.
 *
 *     == name_of_the_case
 *     A remark, if there is one: the lines before the first part.
 *     -- input
 *     The part's bytes, line by line: each line ends with a newline, and
 *     the part with its last line.
 *     -- expected: text on the heading's own line, which has no newline at its end
 *     -- other (escaped): {\{1000 x}}\r\n
 *
 *     == the_next_case
 *
 * One empty line before a case is no part of the case above it. Names are made of a-z, 0-9, `_` and
 * `-`. White space at the end of a line and control characters but tab and newline are refused,
 * because editors change them unseen: an (escaped) part has escapes for them. These are
 *
 *     \n \r \t \0 \\    as in C
 *     \x2d              the byte of two hexadecimal digits; `\x2d- ` begins a line with `-- `
 *     \ at a line's end the newline is not there: how a text of several lines ends without one
 *     \{3 text}         the text three times; there are no escapes in it
 *
 * All memory is the arena's. A mistake in the file ends the program with the line it stands on.
 */
#include "base/arena.h"

struct suite_part {
    const char *name;
    char *text; /* ends with a zero byte that len does not count */
    size_t len;
};

enum { SUITE_PARTS = 4 };

struct suite_case {
    const char *where; /* tests/data/<what>.cases:<line> <name> */
    const char *name;
    struct suite_part parts[SUITE_PARTS];
    size_t n_parts;
};

/* The cases of tests/data/<what>.cases in the order of the file, *ret_n of them, at least one. */
struct suite_case *suite_load(struct cs_arena *a, const char *what, size_t *ret_n);

/* The same of a text, which is changed; mistakes are said to be of the file `path`. */
struct suite_case *suite_parse(struct cs_arena *a, const char *path, char *text, size_t len,
                               size_t *ret_n);

/* The part of that name, or NULL. */
const struct suite_part *suite_part(const struct suite_case *c, const char *name);

#pragma once
/*
 * text: the text of one block while it is gathered, with where its bytes stand in the source.
 *
 * On the heap; text_free() ends it. Running out of memory aborts. Not thread-safe.
 */
#include "base/buf.h"
#include "ingest/block.h"

#include <stdbool.h>

#define NO_SOURCE ((size_t)-1) /* bytes that stand nowhere in the source */

struct text {
    struct cs_buf buf;
    struct block_mark *marks;
    uint32_t n_marks, room;
    size_t start, end; /* of what came from the source */
    bool placed;       /* something did */
    bool gap;          /* white space is due before the next word */
    bool soft; /* it is the end of a line, which is nothing between two Chinese characters */
};

/* Bytes as they are; source: where the first of them stands. */
void text_add(struct text *t, const char *s, size_t len, size_t source);
void text_adds(struct text *t, const char *s); /* of no source */
/* Words: runs of white space become one blank, none at the beginning of a line. */
void text_words(struct text *t, const char *s, size_t len, size_t source);
void text_soft(struct text *t);    /* the end of a line that is only white space to a reader */
void text_newline(struct text *t); /* unless one has just begun; drops the white space before it */
void text_end(struct text *t, size_t len); /* only the first len bytes stay */
/* Where byte `at` stands in the source. */
size_t text_source(const struct text *t, size_t at);
void text_copy(struct text *to, const struct text *t, size_t from, size_t end);
void text_clear(struct text *t);
void text_free(struct text *t);

/* Without what no reader sees: control characters, soft hyphens, byte order marks, data: URIs and runs of base64; no
 * white space at the ends (leading blanks of the first line stay with `indent`). Bytes that are not UTF-8 become U+FFFD. */
void text_tidy(struct text *t, bool indent);

/* Whether a text begins with a character that stands beside others of its kind without a space, such as Chinese. */
bool text_wide(const char *s, size_t len);

/* A named or numeric character reference such as "&amp;" as UTF-8 in out, terminated; false: it is none. */
bool text_entity(const char *s, size_t len, char out[8]);

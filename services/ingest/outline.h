#pragma once
/*
 * outline: a text as a row of blocks without gaps: block[0] starts at 0, each ends where the next
 * starts, the last at the end. A block is what a chunk should not be cut within: a heading, a
 * paragraph, a list item with all below it, a table row, a block of code. Blank lines belong to
 * the block before them. Pure; memory of the arena; any thread.
 */
#include "base/arena.h"
#include "ingest/extract.h"

enum { OUTLINE_MAX = 1 << 18 }; /* blocks of a text; what comes then is one with the last */

struct block {
    size_t start, end;
    int level;         /* of a heading, 1 to 6; 0: no heading */
    const char *title; /* of a heading, without markup */
};

struct outline {
    struct block *at;
    size_t n, room;
};

/* Markdown whose structure is too costly to follow is outlined as plain text. */
void outline(struct cs_arena *a, const struct extracted *text, struct outline *ret);

/* for outline.c and markdown.c: adds a block that starts at `start`, behind all others */
struct block *outline_add(struct cs_arena *a, struct outline *o, size_t start);
int outline_markdown(struct cs_arena *a, const char *text, size_t len, struct outline *ret);

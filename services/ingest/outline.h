#pragma once
/*
 * outline: a text as a row of blocks without gaps: the first starts at 0, each ends where the next
 * starts, the last at the end. A block is what a chunk should not be cut within: a heading, a
 * paragraph, a list item with all below it, a table row, a block of code. Blank lines belong to
 * the block before them.
 *
 * It is told piece by piece, so that a large text takes no more memory than a small one. A piece
 * of Markdown ends where something begins that nothing before it has a say in; where there is
 * no such place (a list or a table without end) it is cut at a line. What is too costly to follow
 * is outlined as plain text. Pure; memory of the arena; any thread.
 *
 *     struct outliner o = outliner(&text);
 *     struct outline piece;
 *     while (outline_next(&o, arena, &piece))
 *         for (size_t i = 0; i < piece.n; i++) ... piece.at[i] ...
 */
#include "base/arena.h"
#include "ingest/extract.h"

#include <stdbool.h>

enum {
    OUTLINE_PIECE = 192 * 1024,     /* bytes, about */
    OUTLINE_MAX_HEADINGS = 1 << 18, /* of a text; it goes on as plain text */
    OUTLINE_MAX_TITLE = 200,        /* bytes */
};

struct block {
    size_t start, end;
    int level;         /* of a heading, 1 to 6; 0: no heading */
    const char *title; /* of a heading, without markup; may be NULL */
    bool fresh;        /* nothing before it has a say in what it is */
    char fence;        /* of fenced code; 0: none */
};

struct outline {
    struct block *at;
    size_t n, room;
};

struct outliner {
    enum text_kind kind;
    const char *text;
    size_t len;
    size_t at; /* where the next piece begins */
    size_t n_headings;
};

struct outliner outliner(const struct extracted *text); /* which it borrows */
/* The blocks that come next, one at least; false: there are none any more. */
bool outline_next(struct outliner *o, struct cs_arena *a, struct outline *ret);

/* for outline.c and markdown.c: adds a block that starts at `start`, behind all others; the blocks
 * of a piece, and where it ends */
struct block *outline_add(struct cs_arena *a, struct outline *o, size_t start);
size_t outline_plain(struct cs_arena *a, const char *text, size_t at, size_t len,
                     struct outline *ret);
size_t outline_markdown(struct cs_arena *a, const char *text, size_t at, size_t len,
                        struct outline *ret);

#pragma once
/*
 * draft: a passage that is being put together: its text, and where its bytes stand in the source. On
 * the heap; draft_free() ends it.
 */
#include "base/buf.h"
#include "ingest/block.h"

#include <stdbool.h>

struct draft {
    struct cs_buf text;
    size_t body;       /* bytes of the head */
    size_t start, end; /* of the rest, in the source */
    int chars, page;
    bool only_headings, prose; /* so far; begins with a paragraph */
    const char *separator;     /* between what precedes it in the source and its body */
    struct block_mark *marks;  /* of the text, as those of a block */
    uint32_t n_marks, room;
    enum block_kind last; /* kind of its last block */
};

/* A piece of a block, rendered: code between fences, headings with their number signs. */
struct piece {
    const struct block *block;
    size_t from, end;
    int fence; /* back-ticks around code; 0: none */
};

struct piece piece_of(const struct block *b); /* all of it */
int piece_chars(const struct piece *p);       /* of its rendering */
bool draft_empty(const struct draft *d);
void draft_add(struct draft *d, const struct piece *p, const char *separator);
/* Text that stands nowhere in the source, at its beginning. */
void draft_head(struct draft *d, const char *text, size_t len);
/* What is behind the head of the other one. */
void draft_join(struct draft *d, const struct draft *other);
/* Where byte `at` of the text stands in the source. */
size_t draft_source(const struct draft *d, size_t at);
void draft_clear(struct draft *d);
void draft_swap(struct draft *a, struct draft *b);
void draft_free(struct draft *d);

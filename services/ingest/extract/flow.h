#pragma once
/*
 * flow: the structure of a page that is read from its beginning to its end: paragraphs, headings,
 * nested lists, tables, code. A reader says what begins and ends and adds words to f->block; blocks
 * leave for emit.h. What is inside a list item belongs to the outermost item, and what is inside a
 * cell to its row. Calls need not be balanced. flow_free() emits the rest. Not thread-safe.
 */
#include "ingest/extract/emit.h"

enum { FLOW_LISTS = 16 };

struct flow_list {
    bool ordered, first;
    unsigned number;
    char delimiter;
};

struct flow {
    struct emit *emit;
    struct text block;
    char lang[BLOCK_MAX_INFO];
    struct flow_list lists[FLOW_LISTS]; /* those that are open; deeper ones are like the last */
    int n_lists, items;
    bool code;
    /* of the table and the row */
    bool table_first, in_row, in_cell;
    int cells, full_cells, head_cells;
    size_t filled; /* of the row: up to its last cell with text */
    const char
        *text; /* the source, when the start of a block is to be that of its line; else NULL */
};

/* What was gathered is a paragraph; within an item a new line begins, within a cell a blank. */
void flow_break(struct flow *f);
/* The same, but it is a block of this kind. Within an item or a cell it is text. */
void flow_end(struct flow *f, enum block_kind kind, int level, unsigned flags);

void flow_list(struct flow *f, bool ordered, unsigned number, char delimiter);
void flow_list_end(struct flow *f);
void flow_item(struct flow *f, const char *mark); /* mark: more behind the bullet, or "" */
void flow_item_end(struct flow *f);

void flow_table(struct flow *f);
void flow_row(struct flow *f);
void flow_cell(struct flow *f);
void flow_cell_end(struct flow *f);
void flow_row_end(struct flow *f, bool head);
/* The table is only there for the page's looks: its cells are paragraphs. */
void flow_row_dissolve(struct flow *f);

void flow_code(struct flow *f, const char *lang, size_t len);
void flow_code_end(struct flow *f);

void flow_free(struct flow *f);

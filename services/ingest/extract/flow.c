/* Whatever is gathered at a time is one text, which leaves as a block when its end is known. */
#include "ingest/extract/flow.h"

#include "base/utf8.h"

static void flow_emit(struct flow *f, enum block_kind kind, int level, unsigned flags)
{
    struct text *t = &f->block;

    if (f->text && t->placed && kind != BLOCK_CODE) /* the marks before a text belong to it */
        while (t->start > 0 && f->text[t->start - 1] != '\n')
            t->start--;
    emit_block(f->emit, kind, level, flags, kind == BLOCK_CODE ? f->lang : NULL, t);
}

/* a new line of an item, as far in as the item is deep */
static void item_line(struct flow *f, int depth)
{
    text_newline(&f->block);
    for (int i = 1; i < depth && i < FLOW_LISTS; i++)
        cs_buf_adds(&f->block.buf, "  ");
}

void flow_break(struct flow *f)
{
    const struct cs_buf *b = &f->block.buf;

    if (f->in_cell)
        f->block.gap = true;
    else if (f->items == 0)
        flow_emit(f, BLOCK_PARAGRAPH, 0, 0);
    else if (b->len && b->data[b->len - 1] != ' ')
        item_line(f, f->items + 1);
}

void flow_end(struct flow *f, enum block_kind kind, int level, unsigned flags)
{
    if (f->in_cell || f->items)
        flow_break(f);
    else
        flow_emit(f, kind, level, flags);
}

/* ---- lists ---- */

static struct flow_list *list_now(struct flow *f)
{
    int n = f->n_lists < FLOW_LISTS ? f->n_lists : FLOW_LISTS;

    return &f->lists[n ? n - 1 : 0];
}

void flow_list(struct flow *f, bool ordered, unsigned number, char delimiter)
{
    if (f->items == 0)
        flow_break(f);
    f->n_lists++;
    *list_now(f) = (struct flow_list){ordered, true, number, delimiter};
}

void flow_list_end(struct flow *f)
{
    if (f->n_lists)
        f->n_lists--;
    if (f->n_lists == 0 && f->items) { /* an item that was not ended */
        f->items = 1;
        flow_item_end(f);
    }
}

void flow_item(struct flow *f, const char *mark)
{
    struct flow_list *l = list_now(f);

    if (f->in_cell) {
        f->block.gap = true;
        return;
    }
    if (f->items++ == 0)
        flow_emit(f, BLOCK_PARAGRAPH, 0, 0);
    else
        item_line(f, f->items);
    if (f->n_lists && l->ordered)
        cs_buf_addf(&f->block.buf, "%u%c ", l->number++, l->delimiter);
    else
        cs_buf_adds(&f->block.buf, "- ");
    cs_buf_adds(&f->block.buf, mark);
}

void flow_item_end(struct flow *f)
{
    struct flow_list *l = list_now(f);
    const struct cs_buf *b = &f->block.buf;

    if (f->items == 0 || --f->items > 0)
        return;
    text_tidy(&f->block, false);
    /* nothing but a bullet or number */
    if (b->len && (strcmp(b->data, "-") == 0 || (strspn(b->data, "0123456789") == b->len - 1 &&
                                                 strchr(".)", b->data[b->len - 1]))))
        text_clear(&f->block);
    flow_emit(f, BLOCK_ITEM, 0, l->first ? BLOCK_FIRST : 0);
    l->first = false;
}

/* ---- tables ---- */

void flow_table(struct flow *f)
{
    if (!f->in_cell)
        flow_break(f);
    f->table_first = true;
}

void flow_row(struct flow *f)
{
    flow_break(f);
    f->in_row = true;
    text_adds(&f->block, "|");
    f->filled = f->block.buf.len;
    f->cells = f->full_cells = 0;
}

void flow_cell(struct flow *f)
{
    if (!f->in_row)
        return;
    f->in_cell = true;
    text_adds(&f->block, " ");
}

void flow_cell_end(struct flow *f)
{
    struct cs_buf *b = &f->block.buf;

    if (!f->in_cell)
        return;
    f->in_cell = false;
    f->block.gap = false;
    f->cells++;
    for (size_t i = f->filled; i < b->len; i++)
        if (b->data[i] == '\n')
            b->data[i] = ' ';
    bool empty = strspn(b->data + f->filled, " |") == b->len - f->filled;
    text_adds(&f->block, " |");
    if (!empty) {
        f->filled = b->len;
        f->full_cells++;
        f->head_cells = f->cells; /* of this row so far */
    }
}

void flow_row_end(struct flow *f, bool head)
{
    unsigned flags = f->table_first ? BLOCK_FIRST : 0;

    flow_cell_end(f);
    if (!f->in_row)
        return;
    f->in_row = false;
    text_end(&f->block, f->filled); /* without empty cells at the end */
    if (f->full_cells == 0) {
        if (f->items == 0)
            text_clear(&f->block);
        return;
    }
    if (f->items > 0)
        return;
    if (head) {
        flags |= BLOCK_HEAD;
        text_adds(&f->block, "\n|");
        for (int i = 0; i < f->head_cells; i++)
            text_adds(&f->block, "---|");
    }
    flow_emit(f, BLOCK_ROW, 0, flags);
    f->table_first = false;
}

void flow_row_dissolve(struct flow *f)
{
    struct text plain = {0};
    size_t from = 0;

    if (!f->in_row)
        return;
    f->in_row = f->in_cell = false;
    if (f->items)
        return;
    while (from < f->block.buf.len && strchr("| ", f->block.buf.data[from]))
        from++;
    text_copy(&plain, &f->block, from, f->block.buf.len);
    text_free(&f->block);
    f->block = plain;
    flow_emit(f, BLOCK_PARAGRAPH, 0, 0);
}

/* ---- code ---- */

void flow_code(struct flow *f, const char *lang, size_t len)
{
    size_t n = cs_utf8_cut(lang, len, sizeof(f->lang) - 1);

    flow_break(f);
    if (n)
        memcpy(f->lang, lang, n);
    f->lang[n] = '\0';
    f->code = true;
    if (f->items && !f->in_cell)
        cs_buf_addf(&f->block.buf, "```%s\n", f->lang);
}

void flow_code_end(struct flow *f)
{
    if (!f->code)
        return;
    f->code = false;
    if (f->items && !f->in_cell) {
        text_newline(&f->block);
        text_adds(&f->block, "```");
    }
    flow_end(f, BLOCK_CODE, 0, 0);
}

void flow_free(struct flow *f)
{
    f->in_row = f->in_cell = false;
    f->items = 0;
    flow_emit(f, BLOCK_PARAGRAPH, 0, 0);
    text_free(&f->block);
}

/* OpenDocument: texts, spreadsheets and presentations have one vocabulary in content.xml. */
#include "ingest/extract/archive.h"

#include "ingest/extract/flow.h"

struct odf {
    struct flow flow;
    int muted; /* depth of what is left out: notes to the author, tracked deletions, notes of slides */
    bool in_text, in_head, headed, slides, sheets;
    int rows, repeated, tables;
};

static bool name_is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static int number_of(const char *s, int fallback)
{
    long n = strtol(s, NULL, 10);

    return n >= 1 && n <= 64 ? (int)n : n > 64 ? 64 : fallback;
}

static bool is_left_out(const char *name)
{
    static const char *const names[] = {
        "annotation",       "tracked-changes",  "notes", "note", "forms",
        "automatic-styles", "table-of-content", "script"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (name_is(names[i], name))
            return true;
    return false;
}

static void table_begin(struct odf *o, xmlTextReaderPtr r)
{
    if (o->tables++ == 0) {
        if (o->sheets) {
            const char *title = xml_attribute(r, "name");
            o->flow.emit->page++;
            flow_break(&o->flow);
            text_words(&o->flow.block, title, strlen(title), NO_SOURCE);
            flow_end(&o->flow, BLOCK_HEADING, 1, 0);
        }
        flow_table(&o->flow);
        o->headed = false;
    }
}

static void inline_start(struct odf *o, const char *name, xmlTextReaderPtr r)
{
    struct flow *f = &o->flow;

    if (name_is(name, "line-break") && !f->in_cell)
        text_newline(&f->block);
    else if (name_is(name, "s") || name_is(name, "tab") || name_is(name, "line-break"))
        f->block.gap = true;
    else if (name_is(name, "table-cell") || name_is(name, "covered-table-cell")) {
        o->repeated = number_of(xml_attribute(r, "number-columns-repeated"), 1);
        flow_cell(f);
    }
}

static void odf_start(void *arg, const char *name, xmlTextReaderPtr r)
{
    struct odf *o = arg;
    struct flow *f = &o->flow;

    if (o->muted || is_left_out(name)) {
        o->muted++;
    } else if (name_is(name, "h") || name_is(name, "p")) {
        flow_break(f);
        o->in_text = true;
        o->in_head = name_is(name, "h");
        if (o->in_head)
            o->rows = number_of(xml_attribute(r, "outline-level"), 1);
    } else if (name_is(name, "list")) {
        flow_list(f, false, 0, 0);
    } else if (name_is(name, "list-item")) {
        flow_item(f, "");
    } else if (name_is(name, "table")) {
        table_begin(o, r);
    } else if (name_is(name, "table-row")) {
        flow_row(f);
    } else if (name_is(name, "spreadsheet")) {
        o->sheets = true;
    } else if (name_is(name, "page")) {
        o->slides = true;
        f->emit->page++;
    } else {
        inline_start(o, name, r);
    }
}

static void cell_end(struct odf *o)
{
    struct flow *f = &o->flow;
    size_t before = f->filled;

    flow_cell_end(f);
    if (f->filled == before) /* empty cells that are many stand for the rest of the row, too */
        for (int i = 1; i < o->repeated; i++) {
            flow_cell(f);
            flow_cell_end(f);
        }
}

static void odf_end(void *arg, const char *name)
{
    struct odf *o = arg;
    struct flow *f = &o->flow;

    if (o->muted) {
        o->muted--;
    } else if (name_is(name, "h")) {
        flow_end(f, BLOCK_HEADING, o->rows < BLOCK_MAX_LEVEL ? o->rows : BLOCK_MAX_LEVEL, 0);
        o->in_text = false;
    } else if (name_is(name, "p")) {
        flow_break(f);
        o->in_text = false;
    } else if (name_is(name, "list")) {
        flow_list_end(f);
    } else if (name_is(name, "list-item")) {
        flow_item_end(f);
    } else if (name_is(name, "table-cell") || name_is(name, "covered-table-cell")) {
        cell_end(o);
    } else if (name_is(name, "table-row")) {
        bool head = !o->headed && f->full_cells > 1;
        o->headed = o->headed || head;
        flow_row_end(f, head);
    } else if (name_is(name, "table")) {
        o->tables--;
    }
}

static void odf_text(void *arg, const char *text, size_t len)
{
    struct odf *o = arg;

    if (o->in_text && !o->muted)
        text_words(&o->flow.block, text, len, NO_SOURCE);
}

const char *odf_read(const struct source *s, struct emit *e)
{
    static const struct xml_events events = {odf_start, odf_end, odf_text};
    struct odf o = {.flow = {.emit = e}};
    size_t len;

    core_properties(s, e, "meta.xml");
    char *xml = archive_member(s, "content.xml", &len);
    if (!xml)
        return archive_reason(s);
    bool whole = xml_walk(xml, len, &events, &o);
    free(xml);
    flow_free(&o.flow);
    return whole ? NULL
                 : "The document is damaged: its text is no well-formed XML, or is nested too "
                   "deeply.";
}

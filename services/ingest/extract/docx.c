/*
 * Word documents (DOCX): paragraphs with their styles, lists with their numbering, tables. Text that
 * was deleted, instructions of fields and what repeats for old programs are left out.
 */
#include "ingest/extract/archive.h"

#include "ingest/extract/flow.h"

#include <strings.h>

enum { STYLES = 512, LISTS = 512, LEVELS = 9 };

struct style {
    char id[64], based[64];
    int level; /* of a heading; 0: none */
};

struct numbering {
    int id, abstract; /* of <w:num>; abstract < 0: this is an <w:abstractNum> */
    bool ordered[LEVELS];
};

struct docx {
    struct flow flow;
    struct style styles[STYLES];
    size_t n_styles;
    struct numbering lists[LISTS];
    size_t n_lists;
    unsigned counters[LISTS][LEVELS];
    int muted; /* depth of elements that are left out */
    bool in_text, head_row;
    /* of the paragraph */
    int level, list_level, list_id;
    bool in_list, list_before, caption;
    /* while styles and numbering are read */
    struct style *style;
    struct numbering *list;
    int list_at;
    int table_depth, rows;
};

static int number_of(const char *s, int most)
{
    long n = strtol(s, NULL, 10);

    return n < 0 ? 0 : n > most ? most : (int)n;
}

/* ---- styles.xml ---- */

static void style_start(void *arg, const char *name, xmlTextReaderPtr r)
{
    struct docx *d = arg;
    struct style *s = d->style;

    if (strcmp(name, "style") == 0) {
        d->style = d->n_styles < STYLES ? &d->styles[d->n_styles++] : NULL;
        if (d->style)
            snprintf(d->style->id, sizeof(d->style->id), "%s", xml_attribute(r, "styleId"));
    } else if (s && strcmp(name, "name") == 0) {
        const char *value = xml_attribute(r, "val");
        if (strncasecmp(value, "heading ", 8) == 0)
            s->level = number_of(value + 8, BLOCK_MAX_LEVEL);
        else if (strcasecmp(value, "title") == 0)
            s->level = 1;
        else if (strcasecmp(value, "caption") == 0)
            s->level = -1;
    } else if (s && strcmp(name, "basedOn") == 0) {
        snprintf(s->based, sizeof(s->based), "%s", xml_attribute(r, "val"));
    } else if (s && strcmp(name, "outlineLvl") == 0 && s->level == 0) {
        int level = number_of(xml_attribute(r, "val"), 9);
        s->level = level < BLOCK_MAX_LEVEL ? level + 1 : 0;
    }
}

static int style_level(const struct docx *d, const char *id)
{
    for (int depth = 0; depth < 10 && *id; depth++) {
        const struct style *s = NULL;
        for (size_t i = 0; i < d->n_styles; i++)
            if (strcmp(d->styles[i].id, id) == 0)
                s = &d->styles[i];
        if (!s)
            return 0;
        if (s->level)
            return s->level;
        id = s->based;
    }
    return 0;
}

/* ---- numbering.xml ---- */

static void numbering_start(void *arg, const char *name, xmlTextReaderPtr r)
{
    struct docx *d = arg;
    bool abstract = strcmp(name, "abstractNum") == 0;

    if (abstract || strcmp(name, "num") == 0) {
        d->list = d->n_lists < LISTS ? &d->lists[d->n_lists++] : NULL;
        if (d->list) {
            d->list->id =
                number_of(xml_attribute(r, abstract ? "abstractNumId" : "numId"), 1 << 30);
            d->list->abstract = abstract ? -1 : 0;
        }
    } else if (d->list && strcmp(name, "abstractNumId") == 0) {
        d->list->abstract = number_of(xml_attribute(r, "val"), 1 << 30);
    } else if (strcmp(name, "lvl") == 0) {
        d->list_at = number_of(xml_attribute(r, "ilvl"), LEVELS - 1);
    } else if (d->list && strcmp(name, "numFmt") == 0) {
        const char *format = xml_attribute(r, "val");
        d->list->ordered[d->list_at] = strcmp(format, "bullet") != 0 && strcmp(format, "none") != 0;
    }
}

/* The place of a list among all; -1: it is unknown. */
static int list_find(const struct docx *d, int id, bool abstract)
{
    for (size_t i = 0; i < d->n_lists; i++)
        if (d->lists[i].id == id && (d->lists[i].abstract < 0) == abstract)
            return (int)i;
    return -1;
}

/* ---- document.xml ---- */

static const char *const left_out[] = {"del",      "moveFrom", "instrText", "delText",
                                       "Fallback", "rPr",      "footnote",  "endnote"};

static bool is_left_out(const char *name)
{
    for (size_t i = 0; i < sizeof(left_out) / sizeof(*left_out); i++)
        if (strcmp(name, left_out[i]) == 0)
            return true;
    return false;
}

static void paragraph_property(struct docx *d, const char *name, xmlTextReaderPtr r)
{
    if (strcmp(name, "pStyle") == 0)
        d->level = style_level(d, xml_attribute(r, "val"));
    else if (strcmp(name, "outlineLvl") == 0 &&
             number_of(xml_attribute(r, "val"), 9) < BLOCK_MAX_LEVEL)
        d->level = number_of(xml_attribute(r, "val"), 9) + 1;
    else if (strcmp(name, "ilvl") == 0)
        d->list_level = number_of(xml_attribute(r, "val"), LEVELS - 1);
    else if (strcmp(name, "numId") == 0) {
        d->list_id = number_of(xml_attribute(r, "val"), 1 << 30);
        d->in_list = d->list_id > 0;
    } else if (strcmp(name, "tblHeader") == 0)
        d->head_row = strcmp(xml_attribute(r, "val"), "0") != 0 &&
                      strcmp(xml_attribute(r, "val"), "false") != 0;
}

static void document_start(void *arg, const char *name, xmlTextReaderPtr r)
{
    struct docx *d = arg;
    struct flow *f = &d->flow;

    if (d->muted || is_left_out(name)) {
        d->muted++;
        return;
    }
    if (strcmp(name, "p") == 0) {
        flow_break(f);
        d->level = d->list_level = d->list_id = 0;
        d->in_list = false;
    } else if (strcmp(name, "t") == 0) {
        d->in_text = true;
    } else if (strcmp(name, "tab") == 0) {
        f->block.gap = f->block.buf.len > 0;
    } else if (strcmp(name, "br") == 0 || strcmp(name, "cr") == 0) {
        if (f->in_cell)
            f->block.gap = true;
        else
            text_newline(&f->block);
    } else if (strcmp(name, "noBreakHyphen") == 0) {
        text_adds(&f->block, "-");
    } else if (strcmp(name, "tbl") == 0) {
        if (d->table_depth++ == 0) {
            flow_table(f);
            d->rows = 0;
        }
    } else if (strcmp(name, "tr") == 0 && d->table_depth == 1) {
        flow_row(f);
        d->head_row = false;
    } else if (strcmp(name, "tc") == 0 && d->table_depth == 1) {
        flow_cell(f);
    } else {
        paragraph_property(d, name, r);
    }
}

/* a paragraph of a list, with the number or bullet that its place gives it */
static void list_item(struct docx *d)
{
    int at = list_find(d, d->list_id, false);
    int abstract = at >= 0 ? list_find(d, d->lists[at].abstract, true) : -1;
    struct text t = {0};

    for (int i = 0; i < d->list_level; i++)
        text_adds(&t, "  ");
    if (abstract >= 0 && d->lists[abstract].ordered[d->list_level]) {
        cs_buf_addf(&t.buf, "%u. ", ++d->counters[at][d->list_level]);
        for (int i = d->list_level + 1; i < LEVELS; i++)
            d->counters[at][i] = 0;
    } else {
        text_adds(&t, "- ");
    }
    text_copy(&t, &d->flow.block, 0, d->flow.block.buf.len);
    text_clear(&d->flow.block);
    emit_block(d->flow.emit, BLOCK_ITEM, 0, d->list_before ? 0 : BLOCK_FIRST, NULL, &t);
    text_free(&t);
}

static void paragraph_end(struct docx *d)
{
    struct flow *f = &d->flow;

    if (f->in_cell) {
        f->block.gap = true;
        return;
    }
    if (f->block.buf.len == 0)
        return;
    if (d->level > 0) {
        flow_end(f, BLOCK_HEADING, d->level, 0);
        d->list_before = false;
    } else if (d->in_list) {
        list_item(d);
        d->list_before = true;
    } else {
        flow_end(f, d->level < 0 ? BLOCK_CAPTION : BLOCK_PARAGRAPH, 0, 0);
        d->list_before = false;
    }
}

static void document_end(void *arg, const char *name)
{
    struct docx *d = arg;
    struct flow *f = &d->flow;

    if (d->muted) {
        d->muted--;
        return;
    }
    if (strcmp(name, "p") == 0) {
        paragraph_end(d);
    } else if (strcmp(name, "t") == 0) {
        d->in_text = false;
    } else if (strcmp(name, "tc") == 0 && d->table_depth == 1) {
        flow_cell_end(f);
    } else if (strcmp(name, "tr") == 0 && d->table_depth == 1) {
        if (f->cells == 1)
            flow_row_dissolve(f);
        else
            flow_row_end(f, d->head_row || d->rows == 0); /* the first row names the columns */
        d->rows++;
        d->list_before = false;
    } else if (strcmp(name, "tbl") == 0) {
        d->table_depth--;
    }
}

static void document_text(void *arg, const char *text, size_t len)
{
    struct docx *d = arg;

    if (d->in_text && !d->muted)
        text_words(&d->flow.block, text, len, NO_SOURCE);
}

/* ---- docProps/core.xml ---- */

struct core {
    struct emit *emit;
    char name[32];
};

static void core_start(void *arg, const char *name, xmlTextReaderPtr r)
{
    static const char *const kept[] = {"title",    "creator",  "subject", "description",
                                       "keywords", "language", "created"};
    struct core *c = arg;

    (void)r;
    c->name[0] = '\0';
    for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
        if (strcmp(kept[i], name) == 0)
            snprintf(c->name, sizeof(c->name), "%s", name);
}

static void core_end(void *arg, const char *name)
{
    (void)name;
    ((struct core *)arg)->name[0] = '\0';
}

static void core_text(void *arg, const char *text, size_t len)
{
    const struct core *c = arg;

    if (c->name[0])
        emit_property(c->emit, c->name, text, len);
}

void core_properties(const struct source *s, struct emit *e, const char *member)
{
    static const struct xml_events events = {core_start, core_end, core_text};
    struct core c = {.emit = e};
    size_t len;
    char *xml = archive_member(s, member, &len);

    if (xml)
        xml_walk(xml, len, &events, &c);
    free(xml);
}

static void docx_part(const struct source *s, const char *member,
                      void (*start)(void *, const char *, xmlTextReaderPtr), struct docx *d)
{
    const struct xml_events events = {.start = start};
    size_t len;
    char *xml = archive_member(s, member, &len);

    if (xml)
        xml_walk(xml, len, &events, d);
    free(xml);
}

const char *docx_read(const struct source *s, struct emit *e)
{
    static const struct xml_events events = {document_start, document_end, document_text};
    struct docx *d = cs_alloc(s->arena, sizeof(*d));
    size_t len;

    d->flow.emit = e;
    docx_part(s, "word/styles.xml", style_start, d);
    docx_part(s, "word/numbering.xml", numbering_start, d);
    core_properties(s, e, "docProps/core.xml");
    char *xml = archive_member(s, "word/document.xml", &len);
    if (!xml)
        return archive_reason(s);
    bool whole = xml_walk(xml, len, &events, d);
    free(xml);
    flow_free(&d->flow);
    return whole ? NULL
                 : "The document is damaged: its text is no well-formed XML, or is nested too "
                   "deeply.";
}

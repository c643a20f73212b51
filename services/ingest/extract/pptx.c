/* Presentations (PPTX): a slide is a page, its title a heading; what else stands on it are list items and tables. */
#include "ingest/extract/relations.h"

#include "ingest/extract/flow.h"

enum { SLIDES = 2000 };

struct pptx {
    struct flow flow;
    struct cs_arena *arena;
    const char *ids[SLIDES]; /* of relations, in the order of the slides */
    size_t n;
    bool title, in_text, body, first_item;
    int table, level, rows;
};

static void order_start(void *arg, const char *name, xmlTextReaderPtr r)
{
    struct pptx *p = arg;

    if (strcmp(name, "sldId") == 0 &&
        p->n < SLIDES) { /* it has an id of its own, too: the relation begins with a letter */
        while (xmlTextReaderMoveToNextAttribute(r) == 1) {
            const char *value = (const char *)xmlTextReaderConstValue(r);
            if (value && strncmp((const char *)xmlTextReaderConstName(r), "r:", 2) == 0)
                p->ids[p->n++] = cs_strdup(p->arena, value);
        }
        xmlTextReaderMoveToElement(r);
    }
}

static void slide_start(void *arg, const char *name, xmlTextReaderPtr r)
{
    struct pptx *p = arg;
    struct flow *f = &p->flow;

    if (strcmp(name, "sp") == 0) {
        p->title = p->body = false;
        p->first_item = true;
    } else if (strcmp(name, "ph") == 0) {
        const char *type = xml_attribute(r, "type");
        p->title = strcmp(type, "title") == 0 || strcmp(type, "ctrTitle") == 0;
        p->body = !p->title && (*type == '\0' || strcmp(type, "body") == 0);
        if (strcmp(type, "sldNum") == 0 || strcmp(type, "ftr") == 0 || strcmp(type, "dt") == 0)
            p->level = -1; /* of the page, not of its content */
    } else if (strcmp(name, "p") == 0) {
        flow_break(f);
        p->level = p->level < 0 ? -1 : 0;
    } else if (strcmp(name, "pPr") == 0 && p->level >= 0) {
        p->level = (int)strtol(xml_attribute(r, "lvl"), NULL, 10) % 9;
    } else if (strcmp(name, "t") == 0) {
        p->in_text = true;
    } else if (strcmp(name, "br") == 0) {
        f->block.gap = true;
    } else if (strcmp(name, "tbl") == 0) {
        flow_table(f);
        p->table++;
        p->rows = 0;
    } else if (strcmp(name, "tr") == 0) {
        flow_row(f);
    } else if (strcmp(name, "tc") == 0) {
        flow_cell(f);
    }
}

static void slide_paragraph(struct pptx *p)
{
    struct flow *f = &p->flow;
    struct text t = {0};

    if (f->in_cell) {
        f->block.gap = true;
    } else if (p->level < 0) {
        text_clear(&f->block);
    } else if (p->title) {
        flow_end(f, BLOCK_HEADING, 1, 0);
    } else if (p->body && f->block.buf.len) {
        for (int i = 0; i < p->level; i++)
            text_adds(&t, "  ");
        text_adds(&t, "- ");
        text_copy(&t, &f->block, 0, f->block.buf.len);
        text_clear(&f->block);
        emit_block(f->emit, BLOCK_ITEM, 0, p->first_item ? BLOCK_FIRST : 0, NULL, &t);
        text_free(&t);
        p->first_item = false;
    } else {
        flow_break(f);
    }
}

static void slide_end(void *arg, const char *name)
{
    struct pptx *p = arg;

    if (strcmp(name, "p") == 0)
        slide_paragraph(p);
    else if (strcmp(name, "t") == 0)
        p->in_text = false;
    else if (strcmp(name, "sp") == 0)
        p->level = 0;
    else if (strcmp(name, "tc") == 0)
        flow_cell_end(&p->flow);
    else if (strcmp(name, "tr") == 0)
        flow_row_end(&p->flow, p->rows++ == 0);
    else if (strcmp(name, "tbl") == 0)
        p->table--;
}

static void slide_text(void *arg, const char *text, size_t len)
{
    struct pptx *p = arg;

    if (p->in_text)
        text_words(&p->flow.block, text, len, NO_SOURCE);
}

const char *pptx_read(const struct source *s, struct emit *e)
{
    static const struct xml_events order = {.start = order_start},
                                   slide = {slide_start, slide_end, slide_text};
    struct pptx *p = cs_alloc(s->arena, sizeof(*p));
    size_t len;
    bool whole = true;

    p->flow.emit = e;
    p->arena = s->arena;
    core_properties(s, e, "docProps/core.xml");
    char *xml = archive_member(s, "ppt/presentation.xml", &len);
    if (!xml)
        return archive_reason(s);
    xml_walk(xml, len, &order, p);
    free(xml);
    struct relations r = relations_read(s, "ppt/presentation.xml");
    for (size_t i = 0; i < p->n && !e->full; i++) {
        const char *member = relations_target(&r, p->ids[i]);
        e->page = (int)i + 1;
        if (!member || !(xml = archive_member(s, member, &len))) {
            flow_free(&p->flow);
            return archive_reason(s);
        }
        whole = xml_walk(xml, len, &slide, p) && whole;
        flow_break(&p->flow);
        free(xml);
    }
    flow_free(&p->flow);
    return whole ? NULL : "The presentation is damaged: a slide is no well-formed XML.";
}

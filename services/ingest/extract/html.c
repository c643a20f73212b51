/*
 * HTML by libxml2's parser, whose events are walked without a tree: neither memory nor stack grows
 * with the depth of a page. A page is looked over once to find its main part, then read.
 */
#include "ingest/extract/source.h"

#include "base/utf8.h"
#include "ingest/extract/flow.h"

#include <libxml/HTMLparser.h>
#include <strings.h>

enum {
    MAIN_MIN = 200, /* characters of a main part that is more than a frame for something else */
    MAIN_SHARE = 4, /* or this part of the page's text */
    TABLES = 8,
};

enum tag {
    TAG_INLINE,
    TAG_BLOCK,
    TAG_DROP,
    TAG_FRAME, /* of the page around its content */
    TAG_HEADING,
    TAG_UL,
    TAG_OL,
    TAG_ITEM,
    TAG_TERM,
    TAG_DEFINITION,
    TAG_TABLE,
    TAG_THEAD,
    TAG_ROW,
    TAG_TH,
    TAG_TD,
    TAG_PRE,
    TAG_BREAK,
    TAG_CAPTION,
    TAG_TITLE,
    TAG_IMAGE,
    TAG_MAIN,
    TAG_ARTICLE,
};

static const struct {
    const char *name;
    enum tag tag;
} tags[] = {
    {"address", TAG_BLOCK},   {"article", TAG_ARTICLE},
    {"aside", TAG_FRAME},     {"blockquote", TAG_BLOCK},
    {"body", TAG_BLOCK},      {"br", TAG_BREAK},
    {"button", TAG_DROP},     {"canvas", TAG_DROP},
    {"caption", TAG_CAPTION}, {"center", TAG_BLOCK},
    {"dd", TAG_DEFINITION},   {"details", TAG_BLOCK},
    {"dialog", TAG_DROP},     {"div", TAG_BLOCK},
    {"dl", TAG_UL},           {"dt", TAG_TERM},
    {"fieldset", TAG_BLOCK},  {"figcaption", TAG_CAPTION},
    {"figure", TAG_BLOCK},    {"footer", TAG_FRAME},
    {"form", TAG_BLOCK},      {"h1", TAG_HEADING},
    {"h2", TAG_HEADING},      {"h3", TAG_HEADING},
    {"h4", TAG_HEADING},      {"h5", TAG_HEADING},
    {"h6", TAG_HEADING},      {"head", TAG_BLOCK},
    {"header", TAG_BLOCK},    {"hr", TAG_BLOCK},
    {"iframe", TAG_DROP},     {"img", TAG_IMAGE},
    {"legend", TAG_BLOCK},    {"li", TAG_ITEM},
    {"main", TAG_MAIN},       {"math", TAG_INLINE},
    {"menu", TAG_UL},         {"nav", TAG_FRAME},
    {"noscript", TAG_DROP},   {"object", TAG_DROP},
    {"ol", TAG_OL},           {"option", TAG_DROP},
    {"p", TAG_BLOCK},         {"pre", TAG_PRE},
    {"script", TAG_DROP},     {"section", TAG_BLOCK},
    {"select", TAG_DROP},     {"style", TAG_DROP},
    {"summary", TAG_BLOCK},   {"svg", TAG_DROP},
    {"table", TAG_TABLE},     {"td", TAG_TD},
    {"template", TAG_DROP},   {"textarea", TAG_DROP},
    {"th", TAG_TH},           {"thead", TAG_THEAD},
    {"title", TAG_TITLE},     {"tr", TAG_ROW},
    {"ul", TAG_UL},           {"video", TAG_DROP},
};

struct table {
    int ths, tds;
    bool thead, headed; /* within one; its head was seen */
};

struct html {
    htmlParserCtxtPtr parser;
    struct flow *flow;
    const struct text *origin; /* of a fragment: where its bytes stand */
    bool fragment, counting;
    enum tag region;       /* TAG_MAIN or TAG_ARTICLE: nothing else is read; TAG_BLOCK: all of it */
    int depth;             /* of open elements */
    int drop, inside, pre; /* the depth at which one began, or 0 */
    size_t n_main, n_article, n_all; /* characters counted */
    int in_main, in_article;
    struct table tables[TABLES];
    int n_tables;
    bool in_title;
    struct text title;
};

static enum tag tag_of(const char *name)
{
    size_t low = 0, high = sizeof(tags) / sizeof(*tags);

    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = strcasecmp(name, tags[mid].name);
        if (c == 0)
            return tags[mid].tag;
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return TAG_INLINE;
}

static const char *html_attribute(const xmlChar **attributes, const char *name)
{
    for (size_t i = 0; attributes && attributes[i]; i += 2)
        if (strcasecmp((const char *)attributes[i], name) == 0)
            return attributes[i + 1] ? (const char *)attributes[i + 1] : "";
    return NULL;
}

static bool is_value(const xmlChar **attributes, const char *name, const char *value)
{
    const char *is = html_attribute(attributes, name);

    return is && strcasecmp(is, value) == 0;
}

/* what a reader does not see */
static bool is_hidden(const xmlChar **attributes)
{
    const char *style = html_attribute(attributes, "style"),
               *class = html_attribute(attributes, "class");

    return html_attribute(attributes, "hidden") || is_value(attributes, "aria-hidden", "true") ||
           (style && (strcasestr(style, "display:none") || strcasestr(style, "display: none"))) ||
           (class && strstr(class, "headerlink"));
}

static enum tag tag_role(const xmlChar **attributes, enum tag tag)
{
    static const char *const frames[] = {"navigation", "banner", "contentinfo", "complementary",
                                         "search"};

    if (is_value(attributes, "role", "main"))
        return TAG_MAIN;
    for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++)
        if (is_value(attributes, "role", frames[i]))
            return TAG_FRAME;
    return tag;
}

static bool html_muted(const struct html *h)
{
    return h->drop || (h->region != TAG_BLOCK && !h->inside);
}

/* ---- tables ---- */

static struct table *table_now(struct html *h)
{
    int n = h->n_tables < TABLES ? h->n_tables : TABLES;

    return n ? &h->tables[n - 1] : NULL;
}

/* headings, lists and tables within a cell: the table only arranges the page */
static void cell_is_layout(struct html *h)
{
    if (h->flow->in_cell)
        flow_row_dissolve(h->flow);
}

static void row_end(struct html *h)
{
    struct table *t = table_now(h);
    struct flow *f = h->flow;

    flow_cell_end(f);
    if (f->in_row && f->cells == 1)
        flow_row_dissolve(f); /* one column is no table */
    else if (f->in_row) {
        bool head = t && !t->headed && (t->thead || (t->ths > 0 && t->tds == 0));
        if (t && f->full_cells)
            t->headed = true;
        flow_row_end(f, head);
    }
}

static void table_begin(struct html *h)
{
    cell_is_layout(h);
    h->tables[h->n_tables < TABLES ? h->n_tables : TABLES - 1] = (struct table){0};
    h->n_tables++;
    flow_table(h->flow);
}

static void row_begin(struct html *h)
{
    struct table *t = table_now(h);

    row_end(h);
    if (t)
        t->ths = t->tds = 0;
    flow_row(h->flow);
}

static void cell_begin(struct html *h, enum tag tag)
{
    struct table *t = table_now(h);

    flow_cell_end(h->flow);
    if (!h->flow->in_row)
        flow_break(h->flow); /* of a table that was dissolved */
    if (t)
        ++*(tag == TAG_TH ? &t->ths : &t->tds);
    flow_cell(h->flow);
}

/* ---- elements ---- */

/* "language-c" of <pre> or of the <code> in it */
static const char *language_of(const xmlChar **attributes, size_t *len)
{
    const char *class = html_attribute(attributes, "class");
    const char *at = class ? strstr(class, "lang") : NULL;

    at = at ? strchr(at, '-') : NULL;
    *len = at ? strcspn(at + 1, " ") : 0;
    return at ? at + 1 : "";
}

static void pre_begin(struct html *h, const xmlChar **attributes)
{
    size_t len;
    const char *lang = language_of(attributes, &len);

    flow_code(h->flow, lang, len);
    h->pre = h->depth;
}

static unsigned list_start(const xmlChar **attributes)
{
    const char *start = html_attribute(attributes, "start");
    long n = start ? strtol(start, NULL, 10) : 1;

    return n >= 0 && n < 1000000 ? (unsigned)n : 1;
}

static void block_begin(struct html *h, enum tag tag, const xmlChar **attributes)
{
    struct flow *f = h->flow;
    const char *alt;

    switch (tag) {
    case TAG_HEADING:
    case TAG_CAPTION:
        cell_is_layout(h);
        flow_break(f);
        break;
    case TAG_UL:
    case TAG_OL:
        cell_is_layout(h);
        flow_list(f, tag == TAG_OL, list_start(attributes), '.');
        break;
    case TAG_ITEM:
    case TAG_TERM: flow_item(f, ""); break;
    case TAG_DEFINITION: flow_break(f); break;
    case TAG_TABLE: table_begin(h); break;
    case TAG_THEAD:
        if (table_now(h))
            table_now(h)->thead = true;
        break;
    case TAG_ROW: row_begin(h); break;
    case TAG_TH:
    case TAG_TD: cell_begin(h, tag); break;
    case TAG_PRE: pre_begin(h, attributes); break;
    case TAG_BREAK:
        if (f->code)
            text_adds(&f->block, "\n");
        else if (f->in_cell)
            f->block.gap = true;
        else
            text_newline(&f->block);
        break;
    case TAG_IMAGE:
        if ((alt = html_attribute(attributes, "alt")))
            text_words(&f->block, alt, strlen(alt), NO_SOURCE);
        break;
    case TAG_INLINE:
    case TAG_DROP:
    case TAG_FRAME:
    case TAG_TITLE: break;
    default: flow_break(f);
    }
}

static void block_end(struct html *h, enum tag tag, const char *name)
{
    struct flow *f = h->flow;
    struct cs_buf *b = &f->block.buf;

    switch (tag) {
    case TAG_HEADING:
        if (b->len > 2 && memcmp(b->data + b->len - 2, "\xc2\xb6", 2) == 0)
            text_end(&f->block, b->len - 2); /* the sign of a link to the heading */
        flow_end(f, BLOCK_HEADING, name[1] - '0', 0);
        break;
    case TAG_CAPTION: flow_end(f, BLOCK_CAPTION, 0, 0); break;
    case TAG_UL:
    case TAG_OL: flow_list_end(f); break;
    case TAG_ITEM:
    case TAG_DEFINITION: flow_item_end(f); break;
    case TAG_TERM: break; /* its definition belongs to it */
    case TAG_TABLE:
        row_end(h);
        h->n_tables -= h->n_tables > 0;
        break;
    case TAG_THEAD:
        if (table_now(h))
            table_now(h)->thead = false;
        break;
    case TAG_ROW: row_end(h); break;
    case TAG_TH:
    case TAG_TD: flow_cell_end(f); break;
    case TAG_PRE:
        h->pre = 0;
        flow_code_end(f);
        break;
    case TAG_INLINE:
    case TAG_DROP:
    case TAG_FRAME:
    case TAG_BREAK:
    case TAG_TITLE:
    case TAG_IMAGE: break;
    default: flow_break(f);
    }
}

/* ---- events ---- */

static void on_start(void *arg, const xmlChar *name, const xmlChar **attributes)
{
    struct html *h = arg;
    enum tag tag = tag_role(attributes, tag_of((const char *)name));

    h->depth++;
    if (tag == TAG_TITLE && !h->flow->emit->n_blocks)
        h->in_title = true;
    if (!h->drop && (tag == TAG_DROP || tag == TAG_TITLE || (tag == TAG_FRAME && !h->fragment) ||
                     is_hidden(attributes)))
        h->drop = h->depth;
    if (tag == TAG_MAIN && !h->in_main)
        h->in_main = h->depth;
    if (tag == TAG_ARTICLE && !h->in_article)
        h->in_article = h->depth;
    if (!h->inside && tag == h->region && tag != TAG_BLOCK) {
        h->inside = h->depth;
        h->drop = 0;
    }
    if (!h->counting && !html_muted(h))
        block_begin(h, tag, attributes);
    if (h->pre && strcasecmp((const char *)name, "code") == 0 && h->flow->lang[0] == '\0') {
        size_t len;
        const char *lang = language_of(attributes, &len);
        snprintf(h->flow->lang, sizeof(h->flow->lang), "%.*s", (int)(len < 40 ? len : 40), lang);
    }
}

static void on_end(void *arg, const xmlChar *name)
{
    struct html *h = arg;

    h->in_title = false;
    if (!h->counting && !html_muted(h))
        block_end(h, tag_of((const char *)name), (const char *)name);
    if (h->depth == h->drop)
        h->drop = 0;
    if (h->depth == h->inside) {
        flow_break(h->flow);
        h->inside = 0;
    }
    if (h->depth == h->in_main)
        h->in_main = 0;
    if (h->depth == h->in_article)
        h->in_article = 0;
    h->depth -= h->depth > 0;
}

static size_t seen_characters(const char *s, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += (unsigned char)s[i] > ' ' && ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

/* where in the source the characters stand that the parser has just passed */
static size_t html_source(const struct html *h, size_t len)
{
    const xmlParserInput *in = h->parser->input;
    size_t at = in ? in->consumed + (size_t)(in->cur - in->base) : 0;

    at = at > len ? at - len : 0;
    if (!h->origin)
        return at;
    return h->origin->placed ? text_source(h->origin, at) : NO_SOURCE;
}

static void on_characters(void *arg, const xmlChar *s, int len)
{
    struct html *h = arg;
    const char *text = (const char *)s;
    size_t n = (size_t)len;

    if (h->in_title && !h->counting)
        text_words(&h->title, text, n, NO_SOURCE);
    if (h->counting && !h->drop) {
        size_t seen = seen_characters(text, n);
        h->n_all += seen;
        h->n_main += h->in_main ? seen : 0;
        h->n_article += h->in_article ? seen : 0;
    }
    if (h->counting || html_muted(h))
        return;
    if (h->flow->code)
        text_add(&h->flow->block, text, n, html_source(h, n));
    else
        text_words(&h->flow->block, text, n, html_source(h, n));
    /* a fragment has bytes that stand nowhere in the source, such as blanks in place of a tab */
    if (h->origin && h->flow->block.end > h->origin->end)
        h->flow->block.end = h->origin->end;
}

/* The parser takes all that follows a malformed byte for Latin-1, and counts other bytes than the source has: such a
 * byte is a question mark to it. NULL: there is none. */
static char *html_mended(const char *text, size_t len)
{
    size_t at = cs_utf8_check(text, len);
    char *mended;

    if (at == len)
        return NULL;
    if (!(mended = malloc(len + 1)))
        abort();
    memcpy(mended, text, len);
    mended[len] = '\0';
    for (; at < len; at += cs_utf8_check(text + at, len - at))
        mended[at++] = '?';
    return mended;
}

static void html_parse(struct html *h, const char *text, size_t len)
{
    char *mended = html_mended(text, len);
    htmlSAXHandler handler = {
        .startElement = on_start,
        .endElement = on_end,
        .characters = on_characters,
        .cdataBlock = on_characters,
        .ignorableWhitespace = on_characters,
    };

    h->parser = htmlNewParserCtxt();
    if (!h->parser)
        abort();
    *h->parser->sax = handler;
    h->parser->userData = h;
    h->depth = h->drop = h->inside = h->pre = h->in_main = h->in_article = h->n_tables = 0;
    htmlCtxtReadMemory(h->parser, mended ? mended : text, (int)len, NULL, "UTF-8",
                       HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                           HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
    htmlFreeParserCtxt(h->parser);
    free(mended);
}

void html_fragment(struct flow *f, struct text *html)
{
    struct html h = {.flow = f, .origin = html, .fragment = true, .region = TAG_BLOCK};

    if (html->buf.len)
        html_parse(&h, html->buf.data, html->buf.len);
    flow_break(f);
    text_free(&h.title);
    text_clear(html);
}

const char *html_read(const struct source *s, struct emit *e)
{
    struct flow f = {.emit = e};
    struct html h = {.flow = &f, .counting = true, .region = TAG_BLOCK};

    e->sourced = s->verbatim;
    html_parse(&h, s->text, s->text_len);
    if (h.n_main >= MAIN_MIN || h.n_main * MAIN_SHARE > h.n_all)
        h.region = TAG_MAIN;
    else if (h.n_article >= MAIN_MIN || h.n_article * MAIN_SHARE > h.n_all)
        h.region = TAG_ARTICLE;
    h.counting = false;
    html_parse(&h, s->text, s->text_len);
    if (h.title.buf.len)
        emit_property(e, "title", h.title.buf.data, h.title.buf.len);
    flow_free(&f);
    text_free(&h.title);
    return NULL;
}

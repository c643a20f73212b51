/*
 * Markdown by md4c. It tells blocks and their texts without markup; texts point into the source, so
 * each knows where it stands. What is inside a list item belongs to the item.
 */
#include "ingest/extract/source.h"

#include "ingest/extract/flow.h"

#include <ctype.h>
#include <md4c.h>
#include <strings.h>

enum { FRONT_MAX = 64 * 1024, LINK_MAX = 200 };

struct walk {
    struct flow flow;
    const char *text; /* the source */
    size_t len;
    struct text html; /* of a block of raw HTML */
    int quotes;
    bool head, in_html, muted;
    size_t link_at;  /* where the text of the link that is open begins */
    uint64_t budget; /* callbacks and bytes left: md4c may hand out far more than it was given */
};

static int walk_spend(struct walk *w, uint64_t n)
{
    if (n > w->budget || w->flow.emit->full)
        return -1; /* ends the parse; what is positive only ends a part of it in md4c 0.4.8 */
    w->budget -= n;
    return 0;
}

/* ---- blocks ---- */

static int enter_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
    struct walk *w = arg;
    struct flow *f = &w->flow;
    const MD_BLOCK_OL_DETAIL *ol = detail;
    const MD_BLOCK_LI_DETAIL *li = detail;
    const MD_BLOCK_CODE_DETAIL *code = detail;

    switch (type) {
    case MD_BLOCK_QUOTE: w->quotes++; break;
    case MD_BLOCK_UL: flow_list(f, false, 0, 0); break;
    case MD_BLOCK_OL: flow_list(f, true, ol->start, ol->mark_delimiter); break;
    case MD_BLOCK_LI:
        flow_item(f, !li->is_task ? "" : li->task_mark == ' ' ? "[ ] " : "[x] ");
        break;
    case MD_BLOCK_H:
    case MD_BLOCK_P: flow_break(f); break;
    case MD_BLOCK_CODE: flow_code(f, code->lang.text, code->lang.size); break;
    case MD_BLOCK_HTML: w->in_html = true; break;
    case MD_BLOCK_TABLE: flow_table(f); break;
    case MD_BLOCK_THEAD: w->head = true; break;
    case MD_BLOCK_TR: flow_row(f); break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD: flow_cell(f); break;
    default: break;
    }
    return walk_spend(w, 1);
}

/* "Title {#anchor}" as static site generators have it */
static void heading_end(struct walk *w, int level)
{
    struct text *t = &w->flow.block;
    const struct cs_buf *b = &t->buf;
    const char *open = b->len && b->data[b->len - 1] == '}' ? memrchr(b->data, '{', b->len) : NULL;

    if (open && (open[1] == '#' || open[1] == '.' || open[1] == ':'))
        text_end(t, (size_t)(open - b->data));
    if (w->quotes)
        flow_break(&w->flow);
    else
        flow_end(&w->flow, BLOCK_HEADING, level, 0);
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
    struct walk *w = arg;
    struct flow *f = &w->flow;

    switch (type) {
    case MD_BLOCK_QUOTE: w->quotes--; break;
    case MD_BLOCK_UL:
    case MD_BLOCK_OL: flow_list_end(f); break;
    case MD_BLOCK_LI: flow_item_end(f); break;
    case MD_BLOCK_H: heading_end(w, (int)((MD_BLOCK_H_DETAIL *)detail)->level); break;
    case MD_BLOCK_P: flow_break(f); break;
    case MD_BLOCK_CODE: flow_code_end(f); break;
    case MD_BLOCK_HTML:
        w->in_html = false;
        html_fragment(f, &w->html);
        break;
    case MD_BLOCK_THEAD: w->head = false; break;
    case MD_BLOCK_TR: flow_row_end(f, w->head); break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD: flow_cell_end(f); break;
    default: break;
    }
    return 0;
}

/* ---- spans ---- */

static bool is_tag(const char *s, size_t len, const char *name)
{
    size_t n = strlen(name);

    return len > n + 1 && s[0] == '<' && strncasecmp(s + 1, name, n) == 0 &&
           !isalnum((unsigned char)s[n + 1]);
}

static void html_inline(struct walk *w, const char *s, size_t len)
{
    if (is_tag(s, len, "br") || is_tag(s, len, "/p") || is_tag(s, len, "/div"))
        text_newline(&w->flow.block);
    else if (is_tag(s, len, "script") || is_tag(s, len, "style"))
        w->muted = true;
    else if (is_tag(s, len, "/script") || is_tag(s, len, "/style"))
        w->muted = false;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *arg)
{
    struct walk *w = arg;
    uint64_t cost = 1;

    if (type == MD_SPAN_A || type == MD_SPAN_IMG) { /* one definition may be long and used often */
        const MD_SPAN_A_DETAIL *a = detail;         /* the two begin alike */
        cost += (uint64_t)a->href.size + a->title.size;
        if (type == MD_SPAN_A)
            w->link_at = w->flow.block.buf.len;
    }
    return walk_spend(w, cost);
}

/* the length of an absolute address's scheme, 0 for any other address */
static size_t scheme_of(const char *s, size_t len)
{
    static const char *const schemes[] = {"https://", "http://", "mailto:", "tel:"};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
        if (len > strlen(schemes[i]) && strncasecmp(s, schemes[i], strlen(schemes[i])) == 0)
            return strlen(schemes[i]);
    return 0;
}

/* an address that the text of its link does not show stands behind it */
static void link_end(struct walk *w, const MD_ATTRIBUTE *href)
{
    const struct cs_buf *b = &w->flow.block.buf;
    size_t bare = scheme_of(href->text, href->size), from = 0;

    if (bare == 0 || href->size > LINK_MAX || b->len <= w->link_at ||
        memmem(b->data + w->link_at, b->len - w->link_at, href->text + bare, href->size - bare))
        return;
    if (href->text[bare - 1] == ':')
        from = bare; /* of mail and telephone only the address is shown */
    w->flow.block.gap = false;
    text_adds(&w->flow.block, " (");
    text_add(&w->flow.block, href->text + from, href->size - from, NO_SOURCE);
    text_adds(&w->flow.block, ")");
}

static int leave_span(MD_SPANTYPE type, void *detail, void *arg)
{
    struct walk *w = arg;

    /* md4c makes the address anew for each of the two ends, and frees it behind each */
    if (type == MD_SPAN_A)
        link_end(w, &((const MD_SPAN_A_DETAIL *)detail)->href);
    return 0;
}

static int on_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *arg)
{
    struct walk *w = arg;
    uintptr_t at = (uintptr_t)text, from = (uintptr_t)w->text;
    bool within = at >= from && at + size <= from + w->len; /* and no text of the parser's own */
    size_t source = within ? (size_t)(at - from) : NO_SOURCE;
    char seen[8];

    switch (type) {
    case MD_TEXT_BR: text_newline(&w->flow.block); break;
    case MD_TEXT_SOFTBR: text_soft(&w->flow.block); break;
    case MD_TEXT_NULLCHAR: break;
    case MD_TEXT_ENTITY:
        if (text_entity(text, size, seen))
            text_words(&w->flow.block, seen, strlen(seen), source);
        else
            text_words(&w->flow.block, text, size, source);
        break;
    case MD_TEXT_HTML:
        if (w->in_html)
            text_add(&w->html, text, size, source);
        else
            html_inline(w, text, size);
        break;
    default:
        if (w->flow.code)
            text_add(&w->flow.block, text, size, source);
        else if (!w->muted)
            text_words(&w->flow.block, text, size, source);
    }
    return walk_spend(w, 1 + size / 8);
}

/* ---- front matter ---- */

/* the length of a line without its end, and where the next one begins */
static size_t line_len(const char *s, size_t *next)
{
    size_t len = strcspn(s, "\n");

    *next = len + (s[len] == '\n');
    while (len && (s[len - 1] == '\r' || s[len - 1] == ' ' || s[len - 1] == '\t'))
        len--;
    return len;
}

static bool is_fence(const char *s, size_t len, const char *fence)
{
    return len == 3 && memcmp(s, fence, 3) == 0;
}

/* The length of the key of "key: value" or "key = value", 0 for any other line; *value: where its value begins. */
static size_t front_key(const char *line, size_t len, char sign, size_t *value)
{
    size_t key = 0, at;

    while (key < len && (isalnum((unsigned char)line[key]) || line[key] == '-' || line[key] == '_'))
        key++;
    for (at = key; at < len && line[at] == ' ';)
        at++;
    if (key == 0 || at == len || line[at] != sign)
        return 0;
    for (at++; at < len && (line[at] == ' ' || line[at] == '\t');)
        at++;
    *value = at;
    return key;
}

/* Where the text begins behind the front matter between two fences; 0: there is none. */
static size_t front_end(const char *text, char sign)
{
    const char *fence = sign == '=' ? "+++" : "---";
    size_t next, len = line_len(text, &next), at, value;
    bool named = false;

    if (!is_fence(text, len, fence))
        return 0;
    for (at = next; at < FRONT_MAX && text[at]; at += next) {
        len = line_len(text + at, &next);
        if (is_fence(text + at, len, fence) || is_fence(text + at, len, "..."))
            return named ? at + next : 0;
        named = named || front_key(text + at, len, sign, &value);
        if (len && !named && text[at] != '#' && text[at] != '[')
            return 0; /* a rule and a paragraph */
    }
    return 0;
}

static void front_property(struct walk *w, size_t at, size_t len, char sign)
{
    size_t value, key = front_key(w->text + at, len, sign, &value);
    const char *line = w->text + at;
    char name[40];

    if (key == 0 || key >= sizeof(name) || value >= len)
        return;
    snprintf(name, sizeof(name), "%.*s", (int)key, line);
    if (len - value >= 2 && strchr("\"'", line[value]) && line[len - 1] == line[value]) {
        value++;
        len--;
    }
    emit_property(w->flow.emit, name, line + value, len - value);
    if (strcmp(name, "title") == 0) { /* the first heading of the page, as it is shown */
        text_words(&w->flow.block, line + value, len - value, at + value);
        flow_end(&w->flow, BLOCK_HEADING, 1, 0);
    }
}

/* The length of the front matter: nobody sees it but for its title. */
static size_t front_matter(struct walk *w)
{
    char sign = w->text[0] == '+' ? '=' : ':';
    size_t end = front_end(w->text, sign), next;

    for (size_t at = 0; at < end; at += next) {
        size_t len = line_len(w->text + at, &next);
        front_property(w, at, len, sign);
    }
    return end;
}

const char *markdown_read(const struct source *s, struct emit *e)
{
    static const MD_PARSER parser = {
        .flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS,
        .enter_block = enter_block,
        .leave_block = leave_block,
        .enter_span = enter_span,
        .leave_span = leave_span,
        .text = on_text,
    };
    struct walk w = {
        .flow = {.emit = e, .text = s->text},
        .text = s->text,
        .len = s->text_len,
        .budget = 8 * (uint64_t)s->text_len + (1 << 20),
    };

    e->sourced = s->verbatim;
    size_t front = front_matter(&w);
    size_t blocks = e->n_blocks;
    int r = md_parse(s->text + front, (MD_SIZE)(s->text_len - front), &parser, &w);
    flow_free(&w.flow);
    text_free(&w.html);
    if (r == 0 || e->full)
        return NULL;
    return plain_rest(s, e, e->n_blocks > blocks ? e->last_end - e->base : front);
}

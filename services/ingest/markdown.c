/*
 * Markdown by md4c, which tells blocks but not where they stand. The texts it hands out point into
 * the source, though, so a block starts on the line of its first text.
 */
#include "ingest/outline.h"

#include "base/buf.h"

#include <md4c.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { TITLE_MAX = 200 };

struct walk {
    struct cs_arena *arena;
    struct outline *outline;
    const char *text;
    size_t len;
    int items, quotes; /* how deep we are in them */
    bool pending;      /* a block began, its first text is not seen yet */
    int level;         /* of that block, when it is a heading */
    char fence;        /* of that block, when it is fenced code */
    bool in_title;
    struct cs_buf title;
    uint64_t budget; /* md4c may hand out far more than it was given; callbacks and bytes left */
};

static int spend(struct walk *w, uint64_t n)
{
    if (n > w->budget)
        return -1; /* ends the parse; what is positive only ends a part of it in md4c 0.4.8 */
    w->budget -= n;
    return 0;
}

static size_t line_start(const struct walk *w, size_t at)
{
    while (at > 0 && w->text[at - 1] != '\n')
        at--;
    return at;
}

/* the line of the opening fence above `at`: only blank lines can stand between */
static size_t fence_start(const struct walk *w, size_t at)
{
    size_t line = line_start(w, at);

    while (line > 0) {
        line = line_start(w, line - 1);
        const char *p = w->text + line + strspn(w->text + line, " \t>");
        if (*p == w->fence)
            return line;
        if (*p != '\n')
            break;
    }
    return line_start(w, at);
}

static void begin(struct walk *w, int level, char fence)
{
    w->pending = true;
    w->level = level;
    w->fence = fence;
}

static void block_starts(struct walk *w, size_t at)
{
    size_t start = w->fence ? fence_start(w, at) : line_start(w, at);
    struct outline *o = w->outline;

    w->pending = false;
    if (o->n && start <= o->at[o->n - 1].start)
        return; /* two on one line */
    if (o->n == OUTLINE_MAX)
        w->budget = 0;
    else
        outline_add(w->arena, o, start)->level = w->level;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
    struct walk *w = arg;

    if (type == MD_BLOCK_QUOTE)
        w->quotes++;
    if (type == MD_BLOCK_LI && w->items++ == 0)
        begin(w, 0, 0);
    if (w->items == 0) {
        if (type == MD_BLOCK_H) {
            int level = w->quotes ? 0 : (int)((MD_BLOCK_H_DETAIL *)detail)->level;
            begin(w, level, 0);
            w->in_title = level > 0;
            cs_buf_clear(&w->title);
        } else if (type == MD_BLOCK_CODE) {
            begin(w, 0, ((MD_BLOCK_CODE_DETAIL *)detail)->fence_char);
        } else if (type == MD_BLOCK_P || type == MD_BLOCK_TR || type == MD_BLOCK_HTML) {
            begin(w, 0, 0);
        }
    }
    return spend(w, 1);
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
    struct walk *w = arg;
    struct outline *o = w->outline;

    (void)detail;
    if (type == MD_BLOCK_QUOTE)
        w->quotes--;
    if (type == MD_BLOCK_LI)
        w->items--;
    if (type == MD_BLOCK_H && w->in_title) {
        w->in_title = false;
        if (o->n && o->at[o->n - 1].level && !o->at[o->n - 1].title)
            o->at[o->n - 1].title = cs_strdup(w->arena, w->title.data ? w->title.data : "");
    }
    return 0;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *arg)
{
    uint64_t cost = 1;

    if (type == MD_SPAN_A || type == MD_SPAN_IMG) { /* one definition may be long and used often */
        const MD_SPAN_A_DETAIL *a = detail;         /* the two begin alike */
        cost += (uint64_t)a->href.size + a->title.size;
    }
    return spend(arg, cost);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *arg)
{
    (void)type;
    (void)detail;
    (void)arg;
    return 0;
}

static void add_title(struct walk *w, const char *text, size_t size)
{
    size_t n = size < TITLE_MAX - w->title.len ? size : TITLE_MAX - w->title.len;

    while (n > 0 && n < size && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--; /* not within a character */
    cs_buf_add(&w->title, text, n);
}

static int on_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *arg)
{
    struct walk *w = arg;
    uintptr_t at = (uintptr_t)text, from = (uintptr_t)w->text;
    bool in_source = at >= from && at + size <= from + w->len;

    if (w->pending && in_source)
        block_starts(w, (size_t)(at - from));
    if (w->in_title && (type == MD_TEXT_SOFTBR || type == MD_TEXT_BR))
        add_title(w, " ", 1);
    else if (w->in_title && type != MD_TEXT_HTML)
        add_title(w, text, size);
    return spend(w, 1);
}

/* length of a YAML front matter, whose --- would be taken for a heading; 0: none */
static size_t front_matter(const char *text)
{
    if (strncmp(text, "---\n", 4) != 0)
        return 0;
    const char *end = strstr(text + 3, "\n---\n");
    return end && end - text < 8192 ? (size_t)(end - text) + 5 : 0;
}

int outline_markdown(struct cs_arena *a, const char *text, size_t len, struct outline *ret)
{
    static const MD_PARSER parser = {
        .flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS,
        .enter_block = enter_block,
        .leave_block = leave_block,
        .enter_span = enter_span,
        .leave_span = leave_span,
        .text = on_text,
    };
    size_t front = front_matter(text);
    struct walk w = {
        .arena = a,
        .outline = ret,
        .text = text,
        .len = len,
        .budget = 8 * (uint64_t)len + (1 << 20),
    };

    if (front)
        outline_add(a, ret, 0);
    int r = md_parse(text + front, (MD_SIZE)(len - front), &parser, &w);
    cs_buf_free(&w.title);
    return r ? -1 : 0;
}

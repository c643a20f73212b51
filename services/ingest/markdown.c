/*
 * Markdown by md4c, which tells blocks but not where they stand. The texts it hands out point into
 * the source, though, so a block starts on the line of its first text.
 */
#include "ingest/outline.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <md4c.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { FRONT_MAX = 8192 };
_Static_assert(FRONT_MAX + 5 < OUTLINE_PIECE, "a front matter lies in the first piece");

struct walk {
    struct cs_arena *arena;
    struct outline *outline;
    const char *text;  /* the piece */
    size_t from, len;  /* where in the whole it stands */
    int items, quotes; /* how deep we are in them */
    bool pending;      /* a block began, its first text is not seen yet */
    struct block next; /* that block, but for where it stands */
    bool in_title;
    struct cs_buf title;
    uint64_t budget; /* md4c may hand out far more than it was given; callbacks and bytes left */
};

static int walk_spend(struct walk *w, uint64_t n)
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
        if (*p == w->next.fence)
            return line;
        if (*p != '\n')
            break;
    }
    return line_start(w, at);
}

/* what stands in no list and no quote is not made what it is by what stands before it */
static void block_begin(struct walk *w, int level, char fence)
{
    w->pending = true;
    w->next = (struct block){.level = level, .fence = fence, .fresh = w->quotes == 0};
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
    struct walk *w = arg;

    if (type == MD_BLOCK_QUOTE)
        w->quotes++;
    if (type == MD_BLOCK_LI && w->items++ == 0)
        block_begin(w, 0, 0);
    if (w->items == 0) {
        if (type == MD_BLOCK_H) {
            int level = w->quotes ? 0 : (int)((MD_BLOCK_H_DETAIL *)detail)->level;
            block_begin(w, level, 0);
            w->in_title = level > 0;
            cs_buf_clear(&w->title);
        } else if (type == MD_BLOCK_CODE) {
            block_begin(w, 0, ((MD_BLOCK_CODE_DETAIL *)detail)->fence_char);
        } else if (type == MD_BLOCK_P || type == MD_BLOCK_HTML) {
            block_begin(w, 0, 0);
        } else if (type == MD_BLOCK_TR) {
            block_begin(w, 0, 0);
            w->next.fresh = false;
        }
    }
    return walk_spend(w, 1);
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
    return walk_spend(arg, cost);
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
    size_t n = cs_utf8_cut(text, size, OUTLINE_MAX_TITLE - w->title.len);

    cs_buf_add(&w->title, text, n);
}

static int on_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *arg)
{
    struct walk *w = arg;
    uintptr_t at = (uintptr_t)text, from = (uintptr_t)w->text;
    bool in_source = at >= from && at + size <= from + w->len;

    if (w->pending && in_source) {
        size_t line = w->next.fence ? fence_start(w, at - from) : line_start(w, at - from);
        struct outline *o = w->outline;

        w->pending = false;
        w->next.start = w->from + line;
        if (o->n == 0 || w->next.start > o->at[o->n - 1].start) /* else two on one line */
            *outline_add(w->arena, o, w->next.start) = w->next;
    }
    if (w->in_title && (type == MD_TEXT_SOFTBR || type == MD_TEXT_BR))
        add_title(w, " ", 1);
    else if (w->in_title && type != MD_TEXT_HTML)
        add_title(w, text, size);
    return walk_spend(w, 1);
}

static int walk_parse(struct walk *w, size_t skip)
{
    static const MD_PARSER parser = {
        .flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS,
        .enter_block = enter_block,
        .leave_block = leave_block,
        .enter_span = enter_span,
        .leave_span = leave_span,
        .text = on_text,
    };
    int r = md_parse(w->text + skip, (MD_SIZE)(w->len - skip), &parser, w);

    cs_buf_free(&w->title);
    return r;
}

/* where the fenced code that starts at `at` is closed: behind that line */
static size_t fence_end(const char *text, size_t at, size_t len, char fence)
{
    const char set[] = {fence, '\0'};
    size_t opening = strspn(text + at + strspn(text + at, " "), set);

    for (;;) {
        const char *nl = memchr(text + at, '\n', len - at);
        if (!nl)
            return len;
        at = (size_t)(nl - text) + 1;
        const char *p = text + at + strspn(text + at, " ");
        size_t n = strspn(p, set);
        p += n;
        p += strspn(p, " \t");
        if (n >= opening && (*p == '\n' || *p == '\0'))
            return (size_t)(p - text) + (*p == '\n');
    }
}

/* A whole number of lines; or one line, however long. */
static size_t piece_end(const char *text, size_t at, size_t len)
{
    const char *nl;

    if (len - at <= OUTLINE_PIECE)
        return len;
    nl = memrchr(text + at, '\n', OUTLINE_PIECE);
    if (!nl)
        nl = memchr(text + at + OUTLINE_PIECE, '\n', len - at - OUTLINE_PIECE);
    return nl ? (size_t)(nl - text) + 1 : len;
}

/* the last of the blocks may go on, or be another thing, where the text goes on */
static size_t outline_cut(const char *text, size_t end, size_t len, struct outline *o)
{
    for (size_t i = o->n; i-- > 1;)
        if (o->at[i].fresh) {
            o->n = i;
            return o->at[i].start;
        }
    if (o->n == 1 && o->at[0].fence && o->at[0].fresh) {
        size_t closed = fence_end(text, o->at[0].start, len, o->at[0].fence);
        return closed > end ? closed : end;
    }
    return end;
}

size_t outline_markdown(struct cs_arena *a, const char *text, size_t at, size_t len,
                        struct outline *ret)
{
    size_t end = piece_end(text, at, len), front = 0;
    struct walk w = {
        .arena = a,
        .outline = ret,
        .text = text + at,
        .from = at,
        .len = end - at,
        .budget = 8 * (uint64_t)(end - at) + (1 << 20),
    };

    if (w.len > OUTLINE_PIECE)
        return end; /* one line, which is one block */
    if (at == 0 && strncmp(text, "---\n", 4) == 0) {
        /* the --- of a YAML front matter would be taken for a heading */
        const char *close = strstr(text + 3, "\n---\n");
        if (close && close - text < FRONT_MAX) {
            front = (size_t)(close - text) + 5;
            outline_add(a, ret, 0);
        }
    }
    if (walk_parse(&w, front) != 0) {
        ret->n = 0;
        return outline_plain(a, text, at, end, ret);
    }
    return end == len ? end : outline_cut(text, end, len, ret);
}

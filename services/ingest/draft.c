/* Blocks are rendered as they are added: number signs before headings, fences around code. */
#include "ingest/draft.h"

#include "base/grow.h"
#include "base/utf8.h"

#include <string.h>

enum { FENCE_MIN = 3, FENCE_MAX = 16 };

static int characters_count(const char *s, size_t len)
{
    return (int)cs_utf8_count(s, len);
}

/* The fence has more back-ticks than the code has in a row itself. */
struct piece piece_of(const struct block *b)
{
    int longest = FENCE_MIN - 1, run = 0;

    for (size_t i = 0; b->kind == BLOCK_CODE && i < b->len; i++) {
        run = b->text[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    longest = longest + 1 < FENCE_MAX ? longest + 1 : FENCE_MAX;
    return (struct piece){b, 0, b->len, b->kind == BLOCK_CODE ? longest : 0};
}

int piece_chars(const struct piece *p)
{
    const struct block *b = p->block;
    int chars = characters_count(b->text + p->from, p->end - p->from);

    if (b->kind == BLOCK_HEADING)
        return chars + b->level + 1;
    if (b->kind == BLOCK_CODE)
        return chars + 2 * p->fence + characters_count(b->info, strlen(b->info)) + 2;
    return chars;
}

bool draft_empty(const struct draft *d)
{
    return d->text.len == d->body;
}

static void draft_mark(struct draft *d, size_t text, size_t source)
{
    d->marks = grow(d->marks, &d->room, d->n_marks + 1, sizeof(*d->marks));
    d->marks[d->n_marks++] = (struct block_mark){(uint32_t)text, (uint32_t)source};
}

static void draft_text(struct draft *d, const struct piece *p)
{
    const struct block *b = p->block;
    size_t at = d->text.len, end = p->end;

    while (b->kind == BLOCK_CODE && end > p->from && b->text[end - 1] == '\n')
        end--; /* the fence begins a line of its own */
    draft_mark(d, at, block_source(b, p->from));
    for (size_t i = 0; i < b->n_marks; i++)
        if (b->marks[i].text > p->from && b->marks[i].text < p->end)
            draft_mark(d, at + b->marks[i].text - p->from, b->marks[i].source);
    cs_buf_add(&d->text, b->text + p->from, end - p->from);
}

void draft_add(struct draft *d, const struct piece *p, const char *separator)
{
    const struct block *b = p->block;
    size_t start = p->from ? block_source(b, p->from) : b->start;
    size_t end = p->end < b->len ? block_source(b, p->end) : b->end;
    int fence = p->fence;

    if (draft_empty(d)) {
        d->start = start;
        d->end = end;
        d->page = b->page;
        d->only_headings = true;
        d->prose = b->kind == BLOCK_PARAGRAPH;
        d->separator = separator;
    } else {
        cs_buf_adds(&d->text, separator);
        d->chars += (int)strlen(separator);
    }
    d->start = start < d->start ? start : d->start;
    d->end = end > d->end ? end : d->end;
    d->only_headings = d->only_headings && b->kind == BLOCK_HEADING;
    d->last = b->kind;
    d->chars += piece_chars(p);
    if (b->kind == BLOCK_HEADING)
        cs_buf_addf(&d->text, "%.*s ", b->level, "######");
    if (fence)
        cs_buf_addf(&d->text, "%.*s%s\n", fence, "````````````````", b->info);
    draft_text(d, p);
    if (fence)
        cs_buf_addf(&d->text, "\n%.*s", fence, "````````````````");
}

void draft_head(struct draft *d, const char *text, size_t len)
{
    cs_buf_add(&d->text, text, len);
    d->body = d->text.len;
    d->chars += characters_count(text, len);
}

void draft_join(struct draft *d, const struct draft *other)
{
    size_t shift;

    cs_buf_adds(&d->text, other->separator);
    shift = d->text.len - other->body;
    for (uint32_t i = 0; i < other->n_marks; i++)
        draft_mark(d, other->marks[i].text + shift, other->marks[i].source);
    cs_buf_add(&d->text, other->text.data + other->body, other->text.len - other->body);
    d->chars = characters_count(d->text.data, d->text.len);
    d->start = other->start < d->start ? other->start : d->start;
    d->end = other->end > d->end ? other->end : d->end;
    d->last = other->last;
}

size_t draft_source(const struct draft *d, size_t at)
{
    size_t source = d->start, most = d->end;

    for (uint32_t i = 0; i < d->n_marks && most == d->end; i++) {
        if (d->marks[i].text <= at)
            source = d->marks[i].source + (at - d->marks[i].text);
        else
            most = d->marks[i].source;
    }
    return source < most ? source : most;
}

void draft_clear(struct draft *d)
{
    cs_buf_clear(&d->text);
    d->body = 0;
    d->chars = 0;
    d->n_marks = 0;
    d->only_headings = d->prose = false;
}

void draft_swap(struct draft *a, struct draft *b)
{
    struct draft keep = *a;

    *a = *b;
    *b = keep;
}

void draft_free(struct draft *d)
{
    cs_buf_free(&d->text);
    free(d->marks);
    *d = (struct draft){0};
}

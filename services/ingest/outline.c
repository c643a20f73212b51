/* Plain text is outlined here, Markdown piece by piece in markdown.c. */
#include "ingest/outline.h"

#include <stdbool.h>
#include <string.h>

struct block *outline_add(struct cs_arena *a, struct outline *o, size_t start)
{
    if (o->n == o->room) {
        size_t room = o->room ? 2 * o->room : 256;
        struct block *at = CS_NEW(a, struct block, room);
        if (o->n)
            memcpy(at, o->at, o->n * sizeof(*at));
        o->at = at;
        o->room = room;
    }
    o->at[o->n] = (struct block){.start = start};
    return &o->at[o->n++];
}

/* one line only: text may be nothing but blank lines for megabytes */
static bool is_blank(const char *line, size_t len)
{
    size_t n = 0;

    while (n < len && strchr(" \t\f\v\n", line[n]))
        n++;
    return n == len;
}

/* paragraphs: what blank lines part */
size_t outline_plain(struct cs_arena *a, const char *text, size_t at, size_t len,
                     struct outline *ret)
{
    size_t enough = at + OUTLINE_PIECE;
    bool blank_before = true;

    while (at < len) {
        const char *nl = memchr(text + at, '\n', len - at);
        size_t next = nl ? (size_t)(nl - text) + 1 : len;
        bool blank = is_blank(text + at, next - at);
        if (!blank && blank_before) {
            if (at >= enough)
                break;
            outline_add(a, ret, at);
        }
        blank_before = blank;
        at = next;
    }
    return at;
}

struct outliner outliner(const struct extracted *text)
{
    return (struct outliner){.kind = text->kind, .text = text->text, .len = text->len};
}

bool outline_next(struct outliner *o, struct cs_arena *a, struct outline *ret)
{
    size_t end;

    *ret = (struct outline){0};
    if (o->at >= o->len)
        return false;
    if (o->kind == TEXT_MARKDOWN && o->n_headings < OUTLINE_MAX_HEADINGS)
        end = outline_markdown(a, o->text, o->at, o->len, ret);
    else
        end = outline_plain(a, o->text, o->at, o->len, ret);
    if (ret->n == 0)
        outline_add(a, ret, o->at);
    ret->at[0].start = o->at;
    for (size_t i = 0; i < ret->n; i++) {
        ret->at[i].end = i + 1 < ret->n ? ret->at[i + 1].start : end;
        o->n_headings += ret->at[i].level > 0;
    }
    o->at = end;
    return true;
}

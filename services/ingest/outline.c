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
static void outline_plain(struct cs_arena *a, const char *text, size_t len, struct outline *o)
{
    bool blank_before = true;

    for (size_t at = 0; at < len;) {
        const char *nl = memchr(text + at, '\n', len - at);
        size_t next = nl ? (size_t)(nl - text) + 1 : len;
        bool blank = is_blank(text + at, next - at);
        if (!blank && blank_before && o->n < OUTLINE_MAX)
            outline_add(a, o, at);
        blank_before = blank;
        at = next;
    }
}

void outline(struct cs_arena *a, const struct extracted *text, struct outline *ret)
{
    *ret = (struct outline){0};
    if (text->kind != TEXT_MARKDOWN || outline_markdown(a, text->text, text->len, ret) < 0) {
        ret->n = 0;
        outline_plain(a, text->text, text->len, ret);
    }
    if (ret->n == 0)
        outline_add(a, ret, 0);
    ret->at[0].start = 0;
    for (size_t i = 0; i < ret->n; i++)
        ret->at[i].end = i + 1 < ret->n ? ret->at[i + 1].start : text->len;
}

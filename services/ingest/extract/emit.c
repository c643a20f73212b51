/* Frames are gathered in memory and written 64 KiB at a time. */
#include "ingest/extract/emit.h"

#include "base/utf8.h"

#include <errno.h>
#include <unistd.h>

enum { FLUSH_BYTES = 64 * 1024 };

struct frame_header {
    char type, zero[3];
    uint32_t len;
};

static void emit_flush(struct emit *e)
{
    for (size_t done = 0; done < e->out.len && !e->full;) {
        ssize_t n = write(e->fd, e->out.data + done, e->out.len - done);
        if (n < 0 && errno != EINTR)
            e->full = true;
        done += n > 0 ? (size_t)n : 0;
    }
    cs_buf_clear(&e->out);
}

static void frame_begin(struct emit *e, char type, size_t len)
{
    struct frame_header h = {.type = type, .len = (uint32_t)len};

    if (e->out.len >= FLUSH_BYTES)
        emit_flush(e);
    cs_buf_add(&e->out, &h, sizeof(h));
}

void emit_format(struct emit *e, const char *mime, unsigned flags)
{
    char flag = (char)flags;

    frame_begin(e, 'f', 1 + strlen(mime));
    cs_buf_add(&e->out, &flag, 1);
    cs_buf_adds(&e->out, mime);
}

void emit_property(struct emit *e, const char *name, const char *value, size_t len)
{
    struct text t = {0};
    size_t name_len = strlen(name) + 1;

    text_words(&t, value, len, NO_SOURCE);
    text_tidy(&t, false);
    if (t.buf.len) {
        size_t n = cs_utf8_cut(t.buf.data, t.buf.len, BLOCK_MAX_PROPERTY - name_len);
        frame_begin(e, 'p', name_len + n);
        cs_buf_add(&e->out, name, name_len);
        cs_buf_add(&e->out, t.buf.data, n);
    }
    text_free(&t);
}

void emit_file(struct emit *e, const char *name, const char *data, size_t len)
{
    frame_begin(e, 'n', strlen(name));
    cs_buf_adds(&e->out, name);
    for (size_t at = 0, n; at < len && !e->full; at += n) {
        n = len - at < BLOCK_MAX_TEXT ? len - at : BLOCK_MAX_TEXT;
        frame_begin(e, 'd', n);
        cs_buf_add(&e->out, data + at, n);
    }
}

static bool has_source(const struct emit *e)
{
    return e->sourced && e->parts == 0;
}

/* the reader may have put the start and end of a text around its first and last byte */
static uint32_t emit_offset(const struct emit *e, const struct text *t, size_t at)
{
    if (!has_source(e))
        return (uint32_t)e->extracted;
    if (!t->placed) /* it stands for something between two others */
        return (uint32_t)e->last_end;
    return (uint32_t)(e->base + (at ? text_source(t, at) : t->start));
}

/* the marks of the bytes from `from` to `end`, at most BLOCK_MAX_MARKS */
static size_t frame_marks(const struct emit *e, const struct text *t, size_t from, size_t end,
                          struct block_mark *ret)
{
    size_t n = 0;

    if (!has_source(e) || !t->placed)
        return 0;
    ret[n++] = (struct block_mark){0, (uint32_t)(e->base + text_source(t, from))};
    for (size_t i = 0; i < t->n_marks && n < BLOCK_MAX_MARKS; i++) {
        if (t->marks[i].text <= from || t->marks[i].text >= end)
            continue;
        uint32_t source = (uint32_t)(t->marks[i].source + e->base);
        ret[n++] = (struct block_mark){(uint32_t)(t->marks[i].text - from), source};
    }
    return n;
}

static void emit_frame(struct emit *e, const struct block_header *model, const char *info,
                       const struct text *t, size_t from, size_t end)
{
    static struct block_mark marks[BLOCK_MAX_MARKS];
    struct block_header h = *model;

    h.start = emit_offset(e, t, from);
    if (!has_source(e))
        h.end = (uint32_t)(e->extracted + (end - from));
    else if (!t->placed)
        h.end = h.start;
    else
        h.end = (uint32_t)(e->base + (end < t->buf.len ? text_source(t, end) : t->end));
    if (h.end < h.start)
        h.end = h.start;
    h.text = (uint32_t)(end - from);
    h.info = (uint32_t)strlen(info);
    h.marks = (uint32_t)frame_marks(e, t, from, end, marks);
    while (h.marks && marks[h.marks - 1].source > h.end)
        h.marks--;
    frame_begin(e, 'b', sizeof(h) + h.text + h.info + h.marks * sizeof(*marks));
    cs_buf_add(&e->out, &h, sizeof(h));
    cs_buf_add(&e->out, t->buf.data + from, end - from);
    cs_buf_adds(&e->out, info);
    cs_buf_add(&e->out, marks, h.marks * sizeof(*marks));
    e->extracted += end - from;
    e->n_blocks++;
    e->last_end = h.end;
}

/* where a text that is too long for a block is cut: behind white space if there is some in the last quarter */
static size_t emit_cut(const struct text *t, size_t from)
{
    size_t end = from + cs_utf8_cut(t->buf.data + from, t->buf.len - from, BLOCK_MAX_TEXT);

    if (end < t->buf.len)
        for (size_t at = end; at > end - BLOCK_MAX_TEXT / 4; at--)
            if (t->buf.data[at - 1] == '\n' || t->buf.data[at - 1] == ' ')
                return at;
    return end;
}

/* as much of the language of code as is valid: up to a malformed byte or a control character */
static size_t info_length(const char *info)
{
    size_t len = cs_utf8_check(info, cs_utf8_cut(info, strlen(info), BLOCK_MAX_INFO)), n = 0;

    while (n < len && (unsigned char)info[n] >= ' ' && info[n] != 0x7f)
        n++;
    return n;
}

void emit_block(struct emit *e, enum block_kind kind, int level, unsigned flags, const char *info,
                struct text *t)
{
    struct block_header h = {.kind = (uint8_t)kind};
    char lang[BLOCK_MAX_INFO + 1] = "";

    text_tidy(t, kind == BLOCK_CODE || kind == BLOCK_ITEM);
    if (level)
        level = level + e->parts < BLOCK_MAX_LEVEL ? level + e->parts : BLOCK_MAX_LEVEL;
    h.level = (uint8_t)level;
    if (info)
        memcpy(lang, info, info_length(info));
    h.page = (uint32_t)(e->page <= BLOCK_MAX_PAGE ? e->page : BLOCK_MAX_PAGE);
    for (size_t from = 0, end; from < t->buf.len && !e->full; from = end) {
        end = emit_cut(t, from);
        h.flags = (uint8_t)(from ? (flags & ~(unsigned)BLOCK_FIRST) | BLOCK_GOES_ON : flags);
        if (!cs_utf8_blank(t->buf.data + from, end - from))
            emit_frame(e, &h, lang, t, from, end);
        if (e->extracted > EMIT_MAX_BYTES)
            e->full = true;
    }
    text_clear(t);
}

bool emit_end(struct emit *e)
{
    frame_begin(e, '.', 0);
    emit_flush(e);
    cs_buf_free(&e->out);
    return !e->full;
}

/* the one frame of an output without blocks */
static void emit_alone(struct emit *e, char type, const char *content, size_t max)
{
    size_t len = cs_utf8_cut(content, strlen(content), max);

    cs_buf_clear(&e->out);
    e->full = false;
    if (lseek(e->fd, 0, SEEK_SET) == 0 && ftruncate(e->fd, 0) != 0)
        e->full = true; /* the reader finds the document cut */
    frame_begin(e, type, len);
    cs_buf_add(&e->out, content, len);
    emit_flush(e);
    cs_buf_free(&e->out);
}

void emit_reason(struct emit *e, const char *reason)
{
    emit_alone(e, '!', reason, BLOCK_MAX_REASON);
}

void emit_pictures(struct emit *e)
{
    emit_alone(e, '?', e->pictures, BLOCK_MAX_PAGES);
}

void emit_progress(struct emit *e, int pages)
{
    if (lseek(e->fd, 0, SEEK_CUR) == 0 && ftruncate(e->fd, pages) != 0)
        e->full = true;
}

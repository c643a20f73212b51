/* A state machine over lines, which keeps only the event that is not complete yet. */
#include "http/sse_parse.h"

#include <string.h>

void cs_sse_init(struct cs_sse *p, size_t max, cs_sse_fn *fn, void *state)
{
    *p = (struct cs_sse){.max = max, .fn = fn, .state = state};
}

void cs_sse_free(struct cs_sse *p)
{
    cs_buf_free(&p->line);
    cs_buf_free(&p->data);
    cs_buf_free(&p->event);
    cs_buf_free(&p->id);
}

size_t cs_sse_held(const struct cs_sse *p)
{
    return p->line.cap + p->data.cap + p->event.cap + p->id.cap;
}

static const char *buf_text(const struct cs_buf *b)
{
    return b->data ? b->data : "";
}

static void event_dispatch(struct cs_sse *p, bool cut)
{
    if (p->has_data) {
        p->fn(p->state, &(struct cs_sse_event){
                            .event = buf_text(&p->event),
                            .data = buf_text(&p->data),
                            .data_len = p->data.len,
                            .id = buf_text(&p->id),
                            .cut = cut,
                        });
    }
    cs_buf_clear(&p->data);
    cs_buf_clear(&p->event);
    p->has_data = false;
}

static void event_field(struct cs_sse *p, const char *name, size_t name_len, const char *value,
                        size_t value_len)
{
    if (name_len == 4 && memcmp(name, "data", 4) == 0) {
        if (p->has_data)
            cs_buf_add(&p->data, "\n", 1);
        cs_buf_add(&p->data, value, value_len);
        p->has_data = true;
    } else if (name_len == 5 && memcmp(name, "event", 5) == 0) {
        cs_buf_clear(&p->event);
        cs_buf_add(&p->event, value, value_len);
    } else if (name_len == 2 && memcmp(name, "id", 2) == 0 && !memchr(value, '\0', value_len)) {
        cs_buf_clear(&p->id);
        cs_buf_add(&p->id, value, value_len);
    }
}

static void line_end(struct cs_sse *p)
{
    const char *line = buf_text(&p->line);
    size_t len = p->line.len;

    if (!p->started && len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
        line += 3;
        len -= 3;
    }
    p->started = true;
    if (len == 0) {
        event_dispatch(p, false);
    } else if (line[0] == '[' && !p->has_data) { /* the end mark without its field */
        event_field(p, "data", 4, line, len);
        event_dispatch(p, false);
    } else if (line[0] != ':') {
        const char *colon = memchr(line, ':', len);
        size_t name_len = colon ? (size_t)(colon - line) : len;
        size_t skip = colon ? name_len + 1 : len;
        if (colon && skip < len && line[skip] == ' ')
            skip++;
        event_field(p, line, name_len, line + skip, len - skip);
    }
    cs_buf_clear(&p->line);
}

/* ---- JSON without data: ---- */

/* Bytes of an object up to its end, or all that are there. */
static size_t object_take(struct cs_sse *p, const char *data, size_t len)
{
    size_t n = 0;

    while (n < len && p->object)
        p->object = !cs_json_span_ends(&p->span, data[n++]);
    if (p->data.len + n > p->max) {
        p->too_large = true;
        return n;
    }
    cs_buf_add(&p->data, data, n);
    if (!p->object)
        event_dispatch(p, false);
    return n;
}

static bool line_is_bom(const struct cs_sse *p)
{
    return !p->started && p->line.len == 3 && memcmp(p->line.data, "\xef\xbb\xbf", 3) == 0;
}

/*
 * What stands before, between and behind objects; false: the byte is none of it. A list may be the text [DONE], so
 * its first byte decides.
 */
static bool json_take(struct cs_sse *p, char c)
{
    bool first = !p->has_data && (p->line.len == 0 || line_is_bom(p)), inner = p->lists > 0;

    if (c == '{' && (first || inner)) {
        cs_buf_clear(&p->line);
        p->object = p->has_data = p->started = true;
        p->span = (struct cs_json_span){0};
        return true;
    }
    if (c == '[' && (first || inner)) {
        cs_buf_clear(&p->line);
        p->lists++;
    } else if (c == ']' && inner) {
        p->lists--;
    } else if (!strchr(inner ? " \t\r\n," : " \t", c) || (!first && !inner) || c == '\0') {
        return false;
    }
    p->started = p->started || c != ' ';
    return true;
}

/* A list that holds no objects was a line of text. */
static void json_leave(struct cs_sse *p)
{
    for (; p->lists > 0; p->lists--)
        cs_buf_adds(&p->line, "[");
}

/* Bytes of a line up to its end, which is taken as well, or all that are there. */
static size_t line_take(struct cs_sse *p, const char *data, size_t len)
{
    bool bom = !p->started && p->line.len < 3; /* JSON may stand behind it */
    const char *stop = data, *end = data + (bom ? 1 : len);

    while (stop < end && *stop != '\n' && *stop != '\r')
        stop++;
    if (p->line.len + p->data.len + (size_t)(stop - data) > p->max) {
        p->too_large = true;
        return len;
    }
    cs_buf_add(&p->line, data, (size_t)(stop - data));
    if (stop == end)
        return (size_t)(end - data);
    p->after_cr = *stop == '\r';
    line_end(p);
    return (size_t)(stop - data) + 1;
}

bool cs_sse_feed(struct cs_sse *p, const char *data, size_t len)
{
    const char *end = data + len;

    while (data < end && !p->too_large) {
        if (p->after_cr && *data == '\n')
            data++;
        p->after_cr = false;
        if (data == end)
            break;
        if (p->object) {
            data += object_take(p, data, (size_t)(end - data));
        } else if (json_take(p, *data)) {
            data += !p->object; /* an object is taken with its first byte */
        } else {
            json_leave(p);
            data += line_take(p, data, (size_t)(end - data));
        }
    }
    return !p->too_large;
}

void cs_sse_end(struct cs_sse *p)
{
    if (p->too_large)
        return;
    if (p->line.len)
        line_end(p);
    event_dispatch(p, true);
}

#pragma once
/*
 * sse_parse: a provider's event stream, cut into events (WHATWG event stream rules).
 *
 * Bytes go in as they come, split anywhere; each whole event comes out once, in the caller's
 * thread. Lines end in LF, CRLF or CR; one BOM is dropped; comments and unknown fields are
 * ignored. What a stream leaves behind without its blank line is given out by cs_sse_end() with
 * `cut` set: servers do forget that line, and only the reader can tell whether it is whole.
 *
 * Beyond the rules, a line that begins with { or [ begins JSON without `data:`, over as many lines as it takes; each
 * object is an event of its own, and so is each member of a list. In this way streams of JSON lines are read, lists
 * that are sent in place of a stream, a whole answer in place of one, and errors in the midst of a stream.
 *
 *     struct cs_sse p;
 *     cs_sse_init(&p, 1 << 20, on_event, state);
 *     while (more) if (!cs_sse_feed(&p, data, len)) -> too large, stop reading
 *     cs_sse_end(&p);
 *     cs_sse_free(&p);
 */
#include "base/buf.h"
#include "base/json_span.h"

#include <stdbool.h>
#include <stddef.h>

/* Strings are borrowed for the time of the callback and terminated. */
struct cs_sse_event {
    const char *event; /* "" when the stream gave none */
    const char *data;
    size_t data_len;
    const char *id; /* the last one seen, or "" */
    bool cut;
};

typedef void cs_sse_fn(void *state, const struct cs_sse_event *e);

struct cs_sse {
    struct cs_buf line, data, event, id;
    size_t max; /* bytes of one event */
    bool started, after_cr, has_data, too_large;
    unsigned lists; /* open lists of JSON without data: */
    bool object;    /* within an object of it, which is gathered in `data` */
    struct cs_json_span span;
    cs_sse_fn *fn;
    void *state;
};

void cs_sse_init(struct cs_sse *p, size_t max, cs_sse_fn *fn, void *state);
bool cs_sse_feed(struct cs_sse *p, const char *data,
                 size_t len); /* false, from now on: too large */
void cs_sse_end(struct cs_sse *p);
size_t cs_sse_held(const struct cs_sse *p); /* bytes of the event that is not complete yet */
void cs_sse_free(struct cs_sse *p);

#pragma once
/*
 * stream: a request that is answered with server-sent events, for the files that know of what.
 *
 * The answer begins with the first event; a refusal that comes before is an ordinary problem. A comment goes out after
 * 15 s without an event. A client whose unread output passes 256 KiB is cut.
 *
 * A stream lives in its request's arena and on the loop's thread; stream_finish() ends it, or its client, and stop() is
 * then called, once.
 */
#include "edge/answer.h"
#include "base/list.h"

struct stream {
    /* the owner's */
    struct request *r;
    void (*stop)(struct stream *s);                 /* nothing more is to come in */
    void (*tick)(struct stream *s, int64_t now_ms); /* each second; may be NULL */

    /* the stream's own */
    struct list link;
    bool open, over;
    int64_t commented_ms; /* or when it began */
};

void stream_begin(struct stream *s); /* r, stop and tick are set */
void stream_open(struct stream *s);  /* status and headers, if they have not gone out yet */
/* False: the stream is over, because the client does not read. */
bool stream_put(struct stream *s, const char *p, size_t n);
bool stream_put_frame(struct stream *s, const Frame *f); /* opens it */
void stream_finish(struct stream *s, bool whole);
void stream_leave(struct stream *s); /* for an answer that is no stream after all */

void stream_tick(struct edge *e); /* each second */

/* A row's turn, begun or followed, as events; r->msg is ready. */
void turn_stream_begin(struct request *r);
void turn_stream_follow(struct request *r);
/* Progress of a document as events. */
void watch_begin(struct request *r);

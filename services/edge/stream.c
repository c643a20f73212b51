/* Events are written as they come, and a list of open streams gets comments. */
#include "edge/stream.h"

#include "edge/sse.h"

#include "base/clock.h"
#include "obs/metrics.h"

enum { COMMENT_MS = 15 * 1000 };

static void streams_count(int n)
{
    cs_metric_add(cs_gauge("cs_edge_streams", NULL, "open event streams"), n);
}

static void stream_detach(struct stream *s)
{
    if (s->over)
        return;
    s->over = true;
    list_remove(&s->link);
    if (s->open)
        streams_count(-1);
    s->stop(s);
}

static void on_stream_abandon(struct request *r)
{
    stream_detach(r->work);
}

void stream_begin(struct stream *s)
{
    s->commented_ms = cs_mono_ms();
    s->r->work = s;
    s->r->abandon = on_stream_abandon;
    list_add(&s->r->edge->streams, &s->link);
}

void stream_leave(struct stream *s)
{
    stream_detach(s);
}

void stream_finish(struct stream *s, bool whole)
{
    struct http_request *http = s->r->http;

    if (s->over)
        return;
    stream_detach(s);
    http_stream_end(http, whole);
}

void stream_open(struct stream *s)
{
    struct request *r = s->r;

    if (s->open || s->over)
        return;
    s->open = true;
    streams_count(1);
    answer_stream(r, 200);
    http_set_header(r->http, "x-accel-buffering", "no");
    http_stream_open(r->http, 200, "text/event-stream", -1, NULL);
}

bool stream_put(struct stream *s, const char *p, size_t n)
{
    if (http_stream_write(s->r->http, p, n))
        return true;
    cs_metric_add(cs_counter("cs_edge_streams_cut_total", NULL,
                             "streams closed because the client was too slow"),
                  1);
    stream_finish(s, false);
    return false;
}

bool stream_put_frame(struct stream *s, const Frame *f)
{
    struct cs_buf event = {0};
    bool ok = true;

    stream_open(s);
    if (sse_frame(&event, &s->r->edge->scratch, f, s->r->id))
        ok = stream_put(s, event.data, event.len);
    cs_buf_free(&event);
    return ok;
}

void stream_tick(struct edge *e)
{
    int64_t now = cs_mono_ms();

    for (struct list *l = e->streams.next, *next; l != &e->streams; l = next) {
        struct stream *s = LIST_OF(l, struct stream, link);
        next = l->next;
        if (s->tick)
            s->tick(s, now);
        if (!s->over && s->open && now - s->commented_ms >= COMMENT_MS) {
            s->commented_ms = now;
            stream_put(s, SSE_COMMENT, sizeof(SSE_COMMENT) - 1);
        }
    }
    cs_arena_reset(&e->scratch);
}

/* Frames are written as they come, and a list of open streams is checked for silence. */
#include "edge/stream.h"

#include "edge/ask.h"
#include "edge/sse.h"

#include "base/clock.h"
#include "nats/wire.h"
#include "obs/metrics.h"

#include <string.h>

enum {
    COMMENT_MS = 15 * 1000,
    STALL_MS = 60 * 1000,
    LOST_MS = 5 * 1000, /* after the bus was lost: the frames of then will not come any more */
};

static const char LOST[] = "A part of the stream was lost. The stored message is complete.";

struct stream {
    struct list link;
    struct request *r;
    struct bridge_call call;
    bool turn, open, over;
    uint32_t seq;     /* last one seen */
    int64_t heard_ms; /* last frame */
    int64_t wrote_ms;
    char status[16]; /* of the last progress */
};

static void streams_count(int n)
{
    cs_metric_add(cs_gauge("cs_edge_streams", NULL, "open event streams"), n);
}

/* nothing comes in any more */
static void stream_detach(struct stream *s, bool tell)
{
    if (s->over)
        return;
    s->over = true;
    list_remove(&s->link);
    bridge_cancel(s->r->edge->bridge, &s->call, tell);
    if (s->open)
        streams_count(-1);
}

static void on_stream_abandon(struct request *r)
{
    struct stream *s = r->work;

    stream_detach(s, !s->turn);
}

static void stream_finish(struct stream *s, bool whole)
{
    struct http_request *http = s->r->http;

    stream_detach(s, false);
    http_stream_end(http, whole);
}

static void stream_open(struct stream *s)
{
    struct request *r = s->r;

    if (s->open)
        return;
    s->open = true;
    streams_count(1);
    answer_stream(r, 200);
    http_set_header(r->http, "x-accel-buffering", "no");
    http_stream_open(r->http, 200, "text/event-stream", -1, NULL);
}

/* false: the client does not read and was cut */
static bool stream_put(struct stream *s, const char *p, size_t n)
{
    s->wrote_ms = cs_mono_ms();
    if (http_stream_write(s->r->http, p, n))
        return true;
    cs_metric_add(cs_counter("cs_edge_streams_cut_total", NULL,
                             "streams closed because the client was too slow"),
                  1);
    stream_finish(s, false);
    return false;
}

static bool stream_put_frame(struct stream *s, const Frame *f)
{
    struct cs_arena *a = &s->r->edge->scratch;
    struct cs_buf event = {0};
    bool ok = true;

    if (sse_frame(&event, a, f, s->r->id))
        ok = stream_put(s, event.data, event.len);
    cs_buf_free(&event);
    return ok;
}

/* error and end, for a stream that its service no longer ends */
static void stream_break_off(struct stream *s, const Problem *why)
{
    struct cs_arena *a = &s->r->edge->scratch;
    Frame f = FRAME_INIT;
    EndFrame end = END_FRAME_INIT;

    stream_open(s);
    f.seq = s->seq + 1;
    f.kind_case = FRAME_KIND_ERROR;
    f.error = (Problem *)why;
    if (!stream_put_frame(s, &f))
        return;
    f.seq++;
    f.kind_case = FRAME_KIND_END;
    end.finish_reason = cs_strdup(a, "interrupted");
    f.end = &end;
    if (!s->turn || stream_put_frame(s, &f))
        stream_finish(s, true);
}

static void stream_break_with(struct stream *s, int status, const char *detail)
{
    Problem p = PROBLEM_INIT;

    p.status = status;
    p.detail = cs_strdup(&s->r->edge->scratch, detail);
    if (s->open) {
        stream_break_off(s, &p);
        return;
    }
    stream_detach(s, false);
    answer_error(s->r, status, detail);
}

static void on_stream_frame(void *user, const void *data, size_t len)
{
    struct stream *s = user;
    struct cs_arena *a = &s->r->edge->scratch;
    const Frame *f = (const Frame *)pbjson_unpack(a, &chatsphere__v1__frame__descriptor, data, len);

    if (s->over || !f || f->seq <= s->seq)
        return;
    if (f->seq != s->seq + 1) {
        stream_break_with(s, CS_UPSTREAM, LOST);
    } else {
        s->seq = f->seq;
        s->heard_ms = cs_mono_ms();
        if (f->kind_case == FRAME_KIND_PROGRESS && f->progress->status)
            snprintf(s->status, sizeof(s->status), "%s", f->progress->status);
        stream_open(s);
        if (stream_put_frame(s, f) && f->kind_case == FRAME_KIND_END)
            stream_finish(s, true);
    }
    cs_arena_reset(a);
}

/* ---- the reply ---- */

/* the service had the whole answer at once: one that is repeated by its Idempotency-Key */
static void stream_put_turn(struct stream *s, const Turn *turn)
{
    struct cs_buf events = {0};

    stream_open(s);
    sse_turn(&events, &s->r->edge->scratch, turn, s->r->id);
    if (stream_put(s, events.data, events.len))
        stream_finish(s, true);
    cs_buf_free(&events);
}

static void stream_put_document(struct stream *s, const Document *d)
{
    struct cs_arena *a = &s->r->edge->scratch;
    Frame f = FRAME_INIT;
    ProgressFrame p = PROGRESS_FRAME_INIT;

    json_t *json = pbjson_write(&d->base);
    const char *word = json_string_value(json_object_get(json, "status"));
    p.status = cs_strdup(a, word ? word : "unknown");
    json_decref(json);
    if (strcmp(s->status, p.status) == 0) {
        stream_finish(s, true); /* the last frame said so already */
        return;
    }
    p.document_id = d->id;
    p.error = d->error;
    if (d->has_chunks)
        ProgressFrame_set_chunks(&p, d->chunks);
    if (d->progress) {
        ProgressFrame_set_done(&p, d->progress->done);
        ProgressFrame_set_total(&p, d->progress->total);
    }
    f.seq = s->seq + 1;
    f.kind_case = FRAME_KIND_PROGRESS;
    f.progress = &p;
    stream_open(s);
    if (stream_put_frame(s, &f))
        stream_finish(s, true);
}

static void on_stream_reply(void *user, const struct bridge_reply *reply)
{
    struct stream *s = user;
    struct cs_arena *a = &s->r->edge->scratch;
    ProtobufCMessage *msg = NULL;

    if (s->over)
        return;
    if (reply->status == 0)
        msg = pbjson_unpack(a, s->call.rpc->output, reply->data, reply->len);
    if (!msg) {
        struct bridge_reply bad = {.status = reply->status ? reply->status : CS_UPSTREAM,
                                   .data = reply->status ? reply->data : NULL,
                                   .len = reply->len,
                                   .detail = reply->detail};
        Problem *p = problem_of_reply(s->r->http->arena, &bad);
        if (s->open) {
            stream_break_off(s, p);
        } else {
            stream_detach(s, false);
            answer_problem(s->r, p);
        }
    } else if (!s->turn) {
        stream_put_document(s, (const Document *)msg);
    } else if (s->open) {
        stream_break_with(s, CS_UPSTREAM, LOST); /* the reply follows the last frame */
    } else {
        stream_put_turn(s, (const Turn *)msg);
    }
    cs_arena_reset(a);
}

void stream_begin(struct request *r)
{
    struct stream *s = CS_NEW(r->http->arena, struct stream, 1);

    s->r = r;
    s->turn = (r->route->flags & ROUTE_TURN) != 0;
    s->heard_ms = s->wrote_ms = cs_mono_ms();
    s->call = (struct bridge_call){
        .frames = s->turn ? BRIDGE_TURN : BRIDGE_WATCH,
        .turn = s->turn ? r->turn : NULL,
        .timeout_ms = CS_TURN_MS,
        .idempotency_key = r->idempotency_key,
        .done = on_stream_reply,
        .frame = on_stream_frame,
        .user = s,
    };
    r->work = s;
    r->abandon = on_stream_abandon;
    list_add(&r->edge->streams, &s->link);
    ask_service(r, &s->call, r->route->rpc, r->msg);
}

static void stream_check(struct stream *s, int64_t now)
{
    /* both in milliseconds, so they may be equal */
    bool lost = s->call.lost_ms && s->call.lost_ms >= s->heard_ms;
    /* the first frame of a turn follows its acceptance at once */
    int64_t silence = lost ? LOST_MS : s->open ? STALL_MS : CS_CALL_MS;

    if (s->turn && now - (lost ? s->call.lost_ms : s->heard_ms) > silence)
        stream_break_with(s, CS_TIMEOUT,
                          "The stream was interrupted. The stored message holds the text so far.");
    else if (s->open && now - s->wrote_ms >= COMMENT_MS)
        stream_put(s, SSE_COMMENT, sizeof(SSE_COMMENT) - 1);
}

void stream_tick(struct edge *e)
{
    int64_t now = cs_mono_ms();

    for (struct list *l = e->streams.next, *next; l != &e->streams; l = next) {
        next = l->next;
        stream_check(LIST_OF(l, struct stream, link), now);
    }
    cs_arena_reset(&e->scratch);
}

/* watch: the progress of a document, until its processing has ended, and the events of a workspace, as server-sent events. */
#include "edge/ask.h"
#include "edge/stream.h"

#include "nats/wire.h"
#include "pbjson/pbjson.h"

#include <string.h>

static const char LOST[] = "A part of the stream was lost. The document has its status.";

struct watch {
    struct stream stream;
    struct bridge_call call;
    uint32_t seq;    /* last one seen */
    char status[16]; /* of the last progress */
};

static void watch_stop(struct stream *s)
{
    struct watch *w = LIST_OF(s, struct watch, stream);

    bridge_cancel(s->r->edge->bridge, &w->call, true);
}

/* An error behind events ends the stream; before them it is the answer. */
static void watch_break(struct watch *w, const Problem *why)
{
    struct request *r = w->stream.r;
    Frame f = FRAME_INIT;

    if (!w->stream.open) {
        stream_leave(&w->stream);
        answer_problem(r, why);
        return;
    }
    f.seq = w->seq + 1;
    f.kind_case = FRAME_KIND_ERROR;
    f.error = (Problem *)why;
    if (stream_put_frame(&w->stream, &f))
        stream_finish(&w->stream, true);
}

static void watch_lost(struct watch *w)
{
    Problem p = PROBLEM_INIT;

    p.status = CS_UPSTREAM;
    p.detail = cs_strdup(&w->stream.r->edge->scratch, LOST);
    watch_break(w, &p);
}

static void on_watch_frame(void *user, const void *data, size_t len)
{
    struct watch *w = user;
    struct cs_arena *a = &w->stream.r->edge->scratch;
    const Frame *f = (const Frame *)pbjson_unpack(a, &chatsphere__v1__frame__descriptor, data, len);

    if (w->stream.over || !f || f->seq <= w->seq)
        return;
    if (f->seq != w->seq + 1) {
        watch_lost(w);
    } else {
        w->seq = f->seq;
        if (f->kind_case == FRAME_KIND_PROGRESS && f->progress->status)
            snprintf(w->status, sizeof(w->status), "%s", f->progress->status);
        stream_put_frame(&w->stream, f);
    }
    cs_arena_reset(a);
}

static void watch_put_document(struct watch *w, const Document *d)
{
    struct cs_arena *a = &w->stream.r->edge->scratch;
    Frame f = FRAME_INIT;
    ProgressFrame p = PROGRESS_FRAME_INIT;

    json_t *json = pbjson_write(&d->base);
    const char *word = json_string_value(json_object_get(json, "status"));
    p.status = cs_strdup(a, word ? word : "unknown");
    json_decref(json);
    if (strcmp(w->status, p.status) == 0) {
        stream_finish(&w->stream, true); /* the last frame said so already */
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
    f.seq = w->seq + 1;
    f.kind_case = FRAME_KIND_PROGRESS;
    f.progress = &p;
    if (stream_put_frame(&w->stream, &f))
        stream_finish(&w->stream, true);
}

static void on_watch_reply(void *user, const struct bridge_reply *reply)
{
    struct watch *w = user;
    struct cs_arena *a = &w->stream.r->edge->scratch;
    ProtobufCMessage *msg = NULL;

    if (w->stream.over)
        return;
    if (reply->status == 0)
        msg = pbjson_unpack(a, w->call.rpc->output, reply->data, reply->len);
    if (msg && w->call.rpc == RPC_EVENTS_WATCH_EVENTS)
        stream_finish(&w->stream, true); /* its time is over; the client connects again */
    else if (msg)
        watch_put_document(w, (const Document *)msg);
    else if (reply->status)
        watch_break(w, problem_of_reply(a, reply));
    else
        watch_lost(w);
    cs_arena_reset(a);
}

void watch_begin(struct request *r)
{
    struct watch *w = CS_NEW(r->http->arena, struct watch, 1);

    w->stream.r = r;
    w->stream.stop = watch_stop;
    w->call = (struct bridge_call){
        .frames = BRIDGE_WATCH,
        .timeout_ms = CS_TURN_MS,
        .done = on_watch_reply,
        .frame = on_watch_frame,
        .user = w,
    };
    stream_begin(&w->stream);
    ask_service(r, &w->call, r->route->rpc, r->msg);
}

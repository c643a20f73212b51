/* turn_stream: the frames of a turn as server-sent events. A client that leaves does not stop its turn. */
#include "edge/feed.h"
#include "edge/readers.h"
#include "edge/stream.h"

#include "pbjson/pbjson.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct turn_stream {
    struct stream stream;
    struct feed feed;
    bool counted; /* in the share of the workspace */
};

static struct turn_stream *turn_stream_of(struct stream *s)
{
    return LIST_OF(s, struct turn_stream, stream);
}

static void turn_stream_stop(struct stream *s)
{
    struct turn_stream *t = turn_stream_of(s);

    feed_stop(&t->feed);
    if (t->counted)
        readers_leave(s->r->who.tenant);
    t->counted = false;
}

static void on_turn_frame(void *user, const Frame *f)
{
    stream_put_frame(&((struct turn_stream *)user)->stream, f);
}

static void on_turn_found(void *user, const TurnState *state)
{
    if (state->running)
        stream_open(&((struct turn_stream *)user)->stream);
}

static void on_turn_refused(void *user, const Problem *p)
{
    struct turn_stream *t = user;
    struct request *r = t->stream.r;

    stream_leave(&t->stream);
    answer_problem(r, p);
}

/* Without an event: the position is at the end, and 204 tells an EventSource to ask no more. */
static void on_turn_over(void *user)
{
    struct turn_stream *t = user;
    struct request *r = t->stream.r;

    if (t->stream.open) {
        stream_finish(&t->stream, true);
        return;
    }
    stream_leave(&t->stream);
    answer_body(r, 204, NULL, NULL, 0);
}

static const struct feed_sink turn_sink = {
    .frame = on_turn_frame,
    .found = on_turn_found,
    .refused = on_turn_refused,
    .over = on_turn_over,
};

static struct turn_stream *turn_stream_new(struct request *r)
{
    struct turn_stream *t = CS_NEW(r->http->arena, struct turn_stream, 1);

    t->stream.r = r;
    t->stream.stop = turn_stream_stop;
    t->feed.sink = &turn_sink;
    t->feed.user = t;
    t->feed.caller = (struct feed_caller){r->id, r->traceparent, r->idempotency_key, r->who};
    stream_begin(&t->stream);
    return t;
}

void turn_stream_begin(struct request *r)
{
    struct turn_stream *t = turn_stream_new(r);

    feed_begin(&t->feed, r->edge, r->route->rpc, r->msg, r->turn);
}

/* An EventSource that connects again says what it has by a header. False: it is no position. */
static bool turn_position(struct request *r, ResumeTurnRequest *req)
{
    const char *last = http_header(r->http, "last-event-id");
    size_t n = last ? strlen(last) : 0;
    unsigned long long at;

    if (n == 0)
        return true;
    if (strspn(last, "0123456789") != n || n > 10 || (at = strtoull(last, NULL, 10)) > UINT32_MAX)
        return false;
    ResumeTurnRequest_set_after(req, (uint32_t)at);
    return true;
}

void turn_stream_follow(struct request *r)
{
    ResumeTurnRequest *req = (ResumeTurnRequest *)r->msg;

    if (!turn_position(r, req)) {
        answer_error(r, CS_INVALID, "Last-Event-ID must be the id of an event of the turn.");
        return;
    }
    if (!readers_enter(r->who.tenant)) {
        answer_limited(r, READERS_RETRY_MS, "limited");
        return;
    }
    struct turn_stream *t = turn_stream_new(r);
    t->counted = true;
    feed_follow(&t->feed, r->edge, r->route->rpc, req);
}

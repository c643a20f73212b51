/*
 * Frames come from the turn's own call, from its subject, and from chat once more; feed_take() puts them in order.
 * feed_ask() asks for what is missing, and feed_conclude() tells the end of a turn that has ended without us.
 */
#include "edge/feed.h"

#include "edge/problem.h"
#include "edge/told.h"

#include "base/clock.h"
#include "nats/wire.h"
#include "obs/metrics.h"

#include <stdlib.h>
#include <string.h>

enum {
    SILENT_MS = 20 * 1000,  /* then the state of the turn is asked for */
    UNKEPT_MS = 120 * 1000, /* then a turn that cannot be asked about is given up */
    GAP_MS = 50,            /* a frame may still be on its way */
    WHOLE_MS = 1000,        /* between two looks at a turn without frames */
    MISSES_MAX = 6,
    HELD_MAX = 1024 * 1024,
    LAST_FRAMES = 2, /* usage or error, and end */
};

static const char LOST[] = "A part of the stream was lost. The stored message is complete.";

/* ---- over ---- */

/* nothing comes in any more */
static bool feed_detach(struct feed *f, bool tell)
{
    if (f->over)
        return false;
    f->over = true;
    list_remove(&f->link);
    bridge_cancel(f->edge->bridge, &f->begin, tell);
    bridge_cancel(f->edge->bridge, &f->ask, false);
    bridge_unlisten(f->edge->bridge, &f->live);
    cs_buf_free(&f->held);
    free(f->request);
    free(f->question);
    f->request = f->question = NULL;
    return true;
}

void feed_stop(struct feed *f)
{
    /* a turn of which nothing is kept is for its listener alone */
    feed_detach(f, f->unkept);
}

static void feed_over(struct feed *f)
{
    if (feed_detach(f, false))
        f->sink->over(f->user);
}

static void feed_refuse(struct feed *f, const Problem *p)
{
    if (feed_detach(f, false))
        f->sink->refused(f->user, p);
}

/* ---- in order ---- */

static void feed_hand(struct feed *f, const Frame *frame)
{
    f->seq = frame->seq;
    f->open = true;
    f->heard_ms = cs_mono_ms();
    f->misses = 0;
    f->sink->frame(f->user, frame);
    if (!f->over && frame->kind_case == FRAME_KIND_END)
        feed_over(f);
}

static void feed_hold(struct feed *f, const void *data, size_t len)
{
    uint32_t n = (uint32_t)len;

    if (f->held.len + len > HELD_MAX) /* asked for again, instead */
        cs_buf_clear(&f->held);
    cs_buf_add(&f->held, &n, sizeof(n));
    cs_buf_add(&f->held, data, len);
    if (!f->asking && !f->ask_ms)
        f->ask_ms = cs_mono_ms() + GAP_MS;
}

static void feed_take(struct feed *f, const void *data, size_t len)
{
    struct cs_arena *a = &f->edge->scratch;
    const Frame *frame =
        (const Frame *)pbjson_unpack(a, &chatsphere__v1__frame__descriptor, data, len);

    if (f->over || !frame || frame->seq <= f->seq)
        return;
    if (f->found && frame->seq == f->seq + 1)
        feed_hand(f, frame);
    else
        feed_hold(f, data, len);
}

static void on_feed_frame(void *user, const void *data, size_t len)
{
    struct feed *f = user;

    feed_take(f, data, len);
    cs_arena_reset(&f->edge->scratch);
}

/* What was held is taken once more; what is still behind a gap is held again. */
static void feed_release_once(struct feed *f)
{
    struct cs_buf held = f->held;
    uint32_t n;

    f->held = (struct cs_buf){0};
    for (size_t at = 0; !f->over && at < held.len; at += n) {
        memcpy(&n, held.data + at, sizeof(n));
        at += sizeof(n);
        feed_take(f, held.data + at, n);
    }
    cs_buf_free(&held);
}

/* What was heard first may stand behind what chat has sent once more. */
static void feed_release(struct feed *f)
{
    uint32_t before;

    do {
        before = f->seq;
        feed_release_once(f);
    } while (!f->over && f->held.len && f->seq > before);
}

/* ---- an end that we make ourselves ---- */

static void feed_break(struct feed *f, const Problem *why, const char *message_id,
                       const char *reason)
{
    struct cs_arena *a = &f->edge->scratch;
    Frame frame = FRAME_INIT;
    EndFrame end = END_FRAME_INIT;

    if (!f->open) {
        feed_refuse(f, why);
        return;
    }
    frame.seq = f->seq + 1;
    frame.kind_case = FRAME_KIND_ERROR;
    frame.error = (Problem *)why;
    feed_hand(f, &frame);
    if (f->over)
        return;
    frame.seq++;
    frame.kind_case = FRAME_KIND_END;
    end.message_id = cs_strdup(a, message_id);
    end.finish_reason = cs_strdup(a, reason);
    frame.end = &end;
    feed_hand(f, &frame);
}

static void feed_break_with(struct feed *f, int status, const char *detail)
{
    Problem p = PROBLEM_INIT;

    p.status = status;
    p.detail = cs_strdup(&f->edge->scratch, detail);
    feed_break(f, &p, NULL, "interrupted");
}

static bool feed_told(void *user, const Frame *frame)
{
    struct feed *f = user;

    if (frame->seq == f->seq + 1)
        feed_hand(f, frame);
    return !f->over;
}

/* The turn has ended, and frames behind our position are gone. */
static void feed_conclude(struct feed *f, const TurnState *s)
{
    struct cs_arena *a = &f->edge->scratch;
    Frame frame = FRAME_INIT;
    Frame end = FRAME_INIT;

    if (s->whole || f->seq == 0) {
        told_turn(a, s->turn, feed_told, f);
        feed_over(f); /* the position was at the end, or beyond it */
        return;
    }
    told_end(a, s->turn, &end);
    if (f->seq + LAST_FRAMES < s->last_seq || f->seq > s->last_seq) {
        Problem p = PROBLEM_INIT;
        p.status = CS_UPSTREAM;
        p.detail = cs_strdup(a, LOST);
        f->open = true; /* an event of the stream, also where it is the first one */
        feed_break(f, &p, end.end->message_id, end.end->finish_reason);
        return;
    }
    frame.seq = s->last_seq - 1;
    if (f->seq + 1 == frame.seq && told_outcome(a, s->turn, &frame))
        feed_hand(f, &frame);
    end.seq = s->last_seq;
    if (!f->over)
        feed_hand(f, &end);
}

/* ---- asking ---- */

static void feed_ask_later(struct feed *f, int64_t ms)
{
    f->ask_ms = cs_mono_ms() + ms;
}

static void feed_missed(struct feed *f, int64_t ms)
{
    if (++f->misses > MISSES_MAX)
        feed_break_with(f, CS_UPSTREAM, LOST);
    else
        feed_ask_later(f, ms * f->misses);
}

static void feed_state(struct feed *f, const TurnState *s)
{
    if (!f->found && f->sink->found)
        f->sink->found(f->user, s);
    f->found = true;
    f->open = f->open || s->running;
    f->heard_ms = cs_mono_ms();
    if (!f->over)
        feed_release(f);
    if (f->over)
        return;
    if (s->running) {
        if (f->held.len)
            feed_missed(f, GAP_MS);
        else
            f->ask_ms = s->whole ? cs_mono_ms() + WHOLE_MS : 0;
    } else if (!s->turn) {
        feed_break_with(f, CS_UPSTREAM, LOST);
    } else if (!s->whole && f->seq == s->last_seq) {
        feed_over(f);
    } else if (!s->whole && f->misses == 0 && f->seq < s->last_seq) {
        feed_missed(f, 6 * GAP_MS); /* its last frames may be on their way */
    } else {
        feed_conclude(f, s);
    }
}

static void on_feed_asked(void *user, const struct bridge_reply *reply)
{
    struct feed *f = user;
    struct cs_arena *a = &f->edge->scratch;
    ProtobufCMessage *state = NULL;

    f->asking = false;
    bridge_cancel(f->edge->bridge, &f->ask, false); /* no further frame comes by it */
    if (f->over)
        return;
    if (reply->status == 0)
        state = pbjson_unpack(a, f->rpc->output, reply->data, reply->len);
    if (state)
        feed_state(f, (const TurnState *)state);
    else if (!f->open)
        feed_refuse(f, problem_of_reply(a, reply));
    else if (reply->status == CS_OVERLOADED || reply->status == CS_TIMEOUT)
        feed_missed(f, WHOLE_MS);
    else
        feed_break(f, problem_of_reply(a, reply), NULL, "interrupted");
    cs_arena_reset(a);
}

static void feed_send(struct feed *f, struct bridge_call *call, const struct cs_rpc *rpc,
                      const ProtobufCMessage *msg, void **ret_packed)
{
    struct cs_arena *a = &f->edge->scratch;
    const struct feed_caller *c = &f->caller;
    void *packed = pbjson_pack(a, msg, &call->len);

    free(*ret_packed);
    *ret_packed = malloc(call->len + 1);
    if (!*ret_packed)
        abort();
    memcpy(*ret_packed, packed, call->len);
    call->rpc = rpc;
    call->data = *ret_packed;
    call->request_id = c->request_id;
    call->traceparent = c->traceparent;
    call->tenant = c->who.tenant;
    call->principal = c->who.principal;
    call->roles = c->who.roles;
    call->session = c->who.session;
    call->user = f;
    bridge_send(f->edge->bridge, call);
}

static void feed_ask(struct feed *f)
{
    f->ask_ms = 0;
    f->asking = true;
    f->heard_ms = cs_mono_ms();
    ResumeTurnRequest_set_after(&f->resume, f->seq);
    f->ask = (struct bridge_call){
        .frames = BRIDGE_WATCH,
        .repeatable = true,
        .done = on_feed_asked,
        .frame = on_feed_frame,
    };
    feed_send(f, &f->ask, f->rpc, &f->resume.base, &f->question);
}

/* ---- beginning ---- */

static void on_feed_begun(void *user, const struct bridge_reply *reply)
{
    struct feed *f = user;
    struct cs_arena *a = &f->edge->scratch;
    ProtobufCMessage *turn = NULL;

    if (f->over)
        return;
    if (reply->status == 0)
        turn = pbjson_unpack(a, f->begin.rpc->output, reply->data, reply->len);
    if (turn && !f->open) /* an answer that is repeated by its Idempotency-Key */
        told_turn(a, (const Turn *)turn, feed_told, f);
    else if (turn && !f->unkept)
        feed_ask_later(f, GAP_MS); /* the reply follows the last frame, which did not come */
    else if (reply->status)
        feed_break(f, problem_of_reply(a, reply), NULL, "interrupted");
    else
        feed_break_with(f, CS_UPSTREAM, LOST);
    cs_arena_reset(a);
}

static void feed_start(struct feed *f, struct edge *e, const char *turn)
{
    f->edge = e;
    f->heard_ms = cs_mono_ms();
    snprintf(f->turn, sizeof(f->turn), "%s", turn);
    list_add(&e->feeds, &f->link);
}

void feed_begin(struct feed *f, struct edge *e, const struct cs_rpc *rpc,
                const ProtobufCMessage *msg, const char *turn)
{
    feed_start(f, e, turn);
    f->found = true;
    f->rpc = RPC_CHAT_RESUME_TURN;
    f->resume = (ResumeTurnRequest)RESUME_TURN_REQUEST_INIT;
    f->resume.turn_id = f->turn;
    f->begin = (struct bridge_call){
        /* frames in an inbox are captured by no stream */
        .frames = f->unkept ? BRIDGE_WATCH : BRIDGE_TURN,
        .turn = f->turn,
        .timeout_ms = CS_TURN_MS,
        .idempotency_key = f->caller.idempotency_key,
        .done = on_feed_begun,
        .frame = on_feed_frame,
    };
    feed_send(f, &f->begin, rpc, msg, &f->request);
}

void feed_follow(struct feed *f, struct edge *e, const struct cs_rpc *rpc,
                 const ResumeTurnRequest *req)
{
    feed_start(f, e, req->turn_id);
    f->rpc = rpc;
    f->resume = *req;
    f->resume.turn_id = f->turn;
    f->seq = req->after;
    f->live.frame = on_feed_frame;
    f->live.user = f;
    snprintf(f->live.turn, sizeof(f->live.turn), "%s", f->turn);
    /* first, so that no frame falls between what is kept and what is heard; an id that is none names nothing */
    if (cs_id_valid(f->turn))
        bridge_listen(e->bridge, &f->live);
    feed_ask(f);
}

/* ---- time ---- */

static void feed_check(struct feed *f, int64_t now)
{
    struct bridge *b = f->edge->bridge;
    int64_t silence = now - f->heard_ms;

    if (f->asking)
        return;
    if (!f->open && f->begin.rpc) { /* the first frame of a turn follows its acceptance at once */
        if (silence > CS_CALL_MS)
            feed_break_with(f, CS_TIMEOUT, "The turn was not accepted in time.");
    } else if (f->unkept) {
        if (silence > UNKEPT_MS || f->begin.lost_ms)
            feed_break_with(f, CS_TIMEOUT, "The answer was interrupted.");
    } else if (bridge_connected(b) &&
               ((f->ask_ms && f->ask_ms <= now) || silence > SILENT_MS || f->begin.lost_ms)) {
        f->begin.lost_ms = 0;
        feed_ask(f);
    }
}

void feed_tick(struct edge *e)
{
    struct list round;
    int64_t now = cs_mono_ms();

    list_init(&round);
    list_move(&round, &e->feeds);
    while (!list_empty(&round)) {
        struct feed *f = LIST_OF(round.next, struct feed, link);
        list_remove(&f->link);
        list_add(&e->feeds, &f->link);
        feed_check(f, now);
    }
    cs_arena_reset(&e->scratch);
}

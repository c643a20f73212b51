#pragma once
/*
 * feed: the frames of one turn in their order, without a gap and without a repetition, for one listener.
 *
 * The turn is begun by the feed itself, or followed from any position: then chat sends what is kept of it once
 * more, and what comes later is heard on the turn's own subject. Frames that are missing (the bus was lost, or
 * the listener was slow to come) are asked for in the same way; so is a turn that has been silent, which may
 * have ended without a word. A stored turn whose frames are gone is told from its message.
 *
 *     f->sink = &sink; f->user = s; f->caller = ...;
 *     feed_begin(f, edge, rpc, msg, turn);          or feed_follow(f, edge, rpc, req)
 *     feed_stop(f);                                 the listener left; harmless when it is over
 *
 * A callback may stop the feed. The owner keeps feed and caller until over() or refused() was called or it has
 * stopped the feed, and their memory until the turn of the loop ends. On the loop's thread; feed_tick() once a second.
 */
#include "edge/bus/bridge.h"
#include "edge/edge.h"
#include "edge/token.h"
#include "base/buf.h"
#include "base/id.h"

#include "chatsphere/v1/names.h"

struct feed_sink {
    void (*frame)(void *user, const Frame *f); /* valid during the call */
    /* A followed turn was found; frames may have come before. NULL: not wanted */
    void (*found)(void *user, const TurnState *state);
    void (*refused)(void *user, const Problem *p); /* in place of a first frame; the feed is over */
    void (*over)(void *user);                      /* behind the last frame */
};

/* In whose name; the strings live as long as the feed. */
struct feed_caller {
    const char *request_id, *traceparent, *idempotency_key;
    struct identity who;
};

struct feed {
    /* the owner's */
    const struct feed_sink *sink;
    void *user;
    struct feed_caller caller;
    bool unkept; /* nothing of the turn is kept, so nothing can be asked for again */

    /* the feed's own */
    struct list link; /* of edge->feeds */
    struct edge *edge;
    struct bridge_call begin, ask;
    struct bridge_listener live;
    void *request, *question; /* packed: of `begin`, of `ask` */
    const struct cs_rpc *rpc; /* of `ask` */
    ResumeTurnRequest resume;
    char turn[CS_ID_SIZE];
    struct cs_buf held; /* frames behind a gap */
    uint32_t seq; /* of the last frame that was handed over, or the position of the listener */
    bool over, asking;
    bool found; /* the turn is: found() was called, or it is ours; frames are held until then */
    bool open;  /* it was found running, or a frame was handed over */
    int misses; /* answers that did not help, in a row */
    int64_t heard_ms, ask_ms; /* ask_ms: when to ask next; 0: when it is silent */
};

/* Begins the turn: msg is sent to rpc, which answers with a Turn. */
void feed_begin(struct feed *f, struct edge *e, const struct cs_rpc *rpc,
                const ProtobufCMessage *msg, const char *turn);
/* Follows a turn behind req->after; rpc answers with a TurnState. Strings of req live as long as the feed. */
void feed_follow(struct feed *f, struct edge *e, const struct cs_rpc *rpc,
                 const ResumeTurnRequest *req);
void feed_stop(struct feed *f);

void feed_tick(struct edge *e);

#pragma once
/*
 * bridge: calling services from inside an HTTP loop. Each loop has one bridge with its own NATS
 * connection, whose socket is watched by the loop; nothing here blocks and nothing is shared.
 * Everything runs on the loop's thread.
 *
 * The caller owns struct bridge_call and keeps it (and what it points to) alive until `done` was
 * called or bridge_cancel(). A plain call is over when `done` is called. A call with frames stays
 * open after `done`, until bridge_cancel(), since frames and reply are two messages.
 *
 *     call->rpc = RPC_AUTH_GET_ME; call->data = packed; call->len = n; call->done = on_reply; ...
 *     bridge_send(b, call);
 *
 * A service that is full or absent, or has begun nothing, is asked twice more; after any other 503
 * only if the call is repeatable. `done` always comes: with the reply, or with a problem of our own
 * (503 absent or no bus, 504 too late or the bus was lost).
 *
 * A call of an rpc that is not read_only is signed for this call alone (crypto/context.h).
 *
 * A reply counts only if it comes by the inbox of the service that was called and bears the call's
 * random word; the broker lets a service publish into its own inboxes only (nats/permission.h). So
 * no service answers for another one, and none that was not called can guess where to answer.
 *
 * No-responders notices carry no hint as to which call they mean, once the library has turned
 * them into a status. So every service has an inbox of its own, which names the service; and the
 * broker answers in the order of the publishes, so the notice means the latest unanswered call.
 */
#include "edge/http/http.h"
#include "base/id.h"
#include "base/list.h"
#include "crypto/context.h"
#include "nats/reply.h"
#include "nats/wire.h"
#include "pbjson/contract.h"

#include <stdbool.h>
#include <stdint.h>

struct bridge;

enum bridge_frames {
    BRIDGE_NO_FRAMES,
    BRIDGE_TURN, /* chatsphere.turn.<edge>-<loop>.<slot>-<word>.<turn>: captured by the turn stream */
    BRIDGE_WATCH, /* _INBOX.edge.<edge>-<loop>.<service>.w<slot>-<word> */
};

struct bridge_reply {
    int status;       /* 0: data is the packed reply; else data is a packed Problem, or NULL */
    const void *data; /* valid during the call-back */
    size_t len;
    const char *detail; /* of a problem of our own; constant text */
};

struct bridge_call {
    /* what is asked, and in whose name; strings may be NULL */
    const struct cs_rpc *rpc;
    const void *data;
    size_t len;
    const char *request_id, *traceparent, *tenant, *principal, *roles, *session, *idempotency_key;
    const char *turn; /* Cs-Turn */
    enum bridge_frames frames;
    int64_t timeout_ms; /* 0: CS_CALL_MS */
    bool repeatable;    /* asking twice does no harm */
    void (*done)(void *user, const struct bridge_reply *reply);
    void (*frame)(void *user, const void *data, size_t len);
    void *user;

    /* the bridge's own */
    struct list link;
    const char *ping; /* service, when this is a ping */
    char cancel[CS_CANCEL_SIZE];
    int service;
    struct cs_reply id;
    int tries;
    bool open, waiting; /* waiting: for its next try */
    struct cs_span *span;
    int64_t due_ms, deadline_ms; /* monotonic */
    int64_t lost_ms;             /* when the bus was lost under a turn, monotonic; 0: never */
};

/* Frames of a turn that any edge began, and announcements of turns. */
struct bridge_listener {
    char turn[CS_ID_SIZE];
    void (*frame)(void *user, const void *data, size_t len);
    void *user;

    /* the bridge's own */
    struct list link;
    struct __natsSubscription *sub;
};

struct bridge_settings {
    const char *url, *creds, *ca; /* creds and ca may be NULL */
    const char *edge_id;          /* token of this process in subjects */
    struct cs_signer *signer;
};

/* Connects in the background, for ever; s must live as long. */
struct bridge *bridge_new(struct http_loop *http, int loop, const struct bridge_settings *s);
void bridge_close(struct bridge *b);
bool bridge_connected(const struct bridge *b);

void bridge_send(struct bridge *b, struct bridge_call *call);
/* Is the service there? done gets status 0, 503 or 504. Needs user, done and timeout_ms only. */
void bridge_ping(struct bridge *b, const char *service, struct bridge_call *call);
/* Forgets the call; harmless when it is over. tell: the service may stop working on it. */
void bridge_cancel(struct bridge *b, struct bridge_call *call, bool tell);

/* Hears the turn's frames from now on; the listener is kept until bridge_unlisten(), which is harmless twice. */
void bridge_listen(struct bridge *b, struct bridge_listener *l);
void bridge_unlisten(struct bridge *b, struct bridge_listener *l);
/* Hears which turn begins in which conversation, while fn is not NULL. */
typedef void bridge_turn_fn(void *user, const char *conversation, const char *turn, size_t len);
void bridge_announced(struct bridge *b, bridge_turn_fn *fn, void *user);

int bridge_turn(struct bridge *b);  /* flushes; returns ms until it has something to do */
void bridge_tick(struct bridge *b); /* deadlines */

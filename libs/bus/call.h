#pragma once
/*
 * call: one call and its caller, cancellation, frames, and suspension. How a call fails is bus/fail.h.
 *
 * A call belongs to the thread that works on it: a worker, or the thread of a job, a reaction or a
 * ticker. A suspended call belongs to no thread, and continues on any worker. Its strings and
 * messages live in its arena and end with it.
 */
#include "base/arena.h"
#include "base/err.h"
#include "bus/fail.h"
#include "pbjson/contract.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

struct cs_pg;
struct cs_call_state;
struct cs_node;

/*
 * What a handler or a stage returns besides 0 and negative numbers; never an outcome of bus/store.h.
 * CS_LATER: it was staged. CS_ANSWERED: call->rep is an answer kept earlier (bus/idempotency.h).
 */
enum { CS_LATER = 1000, CS_ANSWERED };

/* One call being worked on. Strings live as long as the call; absent ones are NULL. */
/* Bytes that the arena of a call may hold: all it unpacks, asks for and answers. */
enum { CS_CALL_MEMORY = 64 << 20 };

struct cs_call {
    struct cs_arena *arena;   /* its ceiling is CS_CALL_MEMORY: a call that has taken more fails */
    struct cs_pg *pg;         /* this worker's connection; NULL in a service without a schema */
    const struct cs_rpc *rpc; /* NULL in a job or ticker */
    ProtobufCMessage *req, *rep; /* what the handler got */
    const char *request_id, *traceparent;
    const char *cancel;    /* the word by which the caller may call it off; NULL: nobody may */
    const char *tenant;    /* verified by the edge */
    const char *principal; /* user:<id>, key:<id>, visitor:<session>, service:<name> */
    const char *roles;     /* comma separated */
    const char *session;   /* id of the session that a user signed in to */
    const struct cs_node *signer; /* the service that has signed the call; NULL: none */
    const char *auth;             /* the caller's signature over this call: bus/signature.h */
    const char *frames;           /* subject for frames; NULL: a whole answer is wanted */
    const char *reply; /* subject of the answer, by which another process may end the call */
    const char *turn;  /* id of the turn that `frames` belongs to */
    const char *idempotency_key;
    const ProtobufCMessage *begun; /* kept by an earlier call of this key: bus/idempotency.h */
    int64_t deadline_ms; /* cs_mono_ms(), so that no step of the wall clock matters; never 0 */
    uint32_t frame_seq;  /* last frame sent */
    int status;          /* set by cs_fail(); 0 while all is well */
    const char *detail;
    const char *cause; /* what the log says beyond detail, and never the caller; NULL: nothing */
    const char *code;  /* of the problem; NULL: that of the status */
    int64_t retry_after_ms;
    struct cs_fields *fields;           /* wrong fields noted by cs_fail_field() */
    struct cs_idempotency *idempotency; /* the runtime's own, as is the next */
    struct cs_call_state *state;        /* bus/call_state.h; NULL in some tests */
};

/* ---- who calls ---- */

/* 0 when the call comes from a principal in a workspace (tenant is a UUID); else 401. */
int cs_need_caller(struct cs_call *call);
int cs_fail_caller(struct cs_call *call); /* that 401: nobody has vouched for the caller */
bool cs_has_role(const struct cs_call *call, const char *word); /* exact word in roles */
/* The part of principal behind "user:" (or "visitor:" ...), or NULL if it is of another kind. */
const char *cs_principal_id(const struct cs_call *call, const char *kind);

/* ---- while it runs ---- */

bool cs_cancelled(struct cs_call *call); /* the caller gave up, or the deadline passed */

/* Numbers the frame and publishes it to call->frames; nothing happens when that is NULL. */
struct Chatsphere__V1__Frame;
void cs_frame(struct cs_call *call, struct Chatsphere__V1__Frame *frame);
/* The same for a frame of a call that is no longer here (a dead runner's turn). */
void cs_frame_to(const char *subject, uint32_t seq, struct Chatsphere__V1__Frame *frame);

/* ---- later ---- */

/*
 * Suspends the call: the handler returns CS_LATER right after. Whoever holds the call then calls
 * cs_call_resume() exactly once, from any thread; fn runs on a worker and returns as a handler does.
 */
typedef int cs_resume_fn(struct cs_call *call, void *state);
void cs_call_resume(struct cs_call *call, cs_resume_fn *fn, void *state);

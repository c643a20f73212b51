#pragma once
/*
 * call_state: what the runtime keeps of a call; internal to libs/bus.
 *
 * It holds the struct cs_call and its arena. Those of workers come from a free list (cs_call_open,
 * cs_call_close) and have the message that is answered; header strings are borrowed from it. Those
 * of tickers, jobs and reactions (background.h), and of tests, have no message: their thread waits
 * when a step returns CS_LATER, so staged code serves them too.
 */
#include "bus/call.h"
#include "chatsphere/v1/names.h"
#include "nats/wire.h"
#include "obs/span.h"
#include "pbjson/pbjson.h"

#include <stdatomic.h>

struct __natsMsg;
struct cs_stat;

/* call->fields: what cs_fail_field() noted; goes into the Problem as it is */
struct cs_fields {
    FieldError *at[PBJSON_MAX_ERRORS];
    size_t n;
};

struct cs_call_state {
    struct cs_call *call; /* &own, or a test's */
    struct cs_call own;
    struct cs_arena arena;
    struct __natsMsg *msg; /* NULL: nobody waits for an answer */
    struct cs_stat *stat;
    struct cs_flow *flow; /* of the queue */
    int64_t began_us;
    char request_id[CS_REQUEST_ID_SIZE], traceparent[CS_TRACEPARENT_SIZE],
        trace_id[CS_TRACE_ID_SIZE];
    struct cs_span *span; /* of `traceparent`; NULL: not recorded */
    const char *what;     /* of a background call: see struct cs_background */

    bool background;     /* resumed by waking its thread rather than by a worker */
    bool running, ready; /* under the lock of the queue, or of background.c */
    cs_resume_fn *fn;    /* what goes on, and with what */
    void *state;
    struct cs_call_state *next; /* in the queue of resumed calls, or the free list */

    bool unbegun; /* refused before anything was done: may be sent again */
    bool outbox;  /* something went into the outbox: wake the relay when the call ends */
    atomic_bool cancelled;
    struct cs_call_state *same, **at; /* in the table of calls under way (cancel.h) */
};

struct cs_queue;
void cs_calls_init(struct cs_queue *q); /* where cs_call_resume() puts calls */
void cs_calls_dispose(void);

/* Takes msg. The call is under way and can be cancelled. */
struct cs_call_state *cs_call_open(struct __natsMsg *msg);
/* Answers with what the last step returned, counts, and gives the call back. */
void cs_call_close(struct cs_call_state *s, int r);

/* Deadline from a header: absent, malformed or too far ones are bounded. */
int64_t cs_call_deadline(const char *header, int64_t now_ms);

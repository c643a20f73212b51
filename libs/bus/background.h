#pragma once
/*
 * background: calls that come from no message: tickers, jobs, reactions. Each thread has one
 * cs_call_state with its own arena and database connection and uses it again and again. Internal.
 */
#include "bus/call_state.h"

enum { CS_BACKGROUND_MS = 30 * 60 * 1000 }; /* one round may take that long */

struct cs_background {
    const char *tenant, *request_id, *traceparent; /* any may be NULL */
    const char *what; /* job.extract, event.bot.deleted, ticker.renew: named in the log */
    bool received;    /* it came in a message: a span records it */
};

struct cs_call_state *cs_background_new(void);
void cs_background_free(struct cs_call_state *s);

/* A new call with principal service:<name>; what was in the arena is gone. Strings are copied. */
struct cs_call *cs_background_begin(struct cs_call_state *s, const struct cs_background *b);
void cs_background_end(struct cs_call_state *s); /* rolls back what the handler left open */

/* Waits while r is CS_LATER and runs the next stage. 0, or negative with a problem on the call. */
int cs_background_wait(struct cs_call_state *s, int r);

void cs_background_resume(struct cs_call_state *s); /* for cs_call_resume() */

/* A thread that must exist; aborts when the system cannot give one. */
void cs_thread(pthread_t *ret, void *(*fn)(void *), void *arg);

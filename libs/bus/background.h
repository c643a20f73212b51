#pragma once
/*
 * background: calls that come from no message: tickers, jobs, reactions. Each thread has one
 * cs_later with its own arena and database connection and uses it again and again. Internal.
 */
#include "bus/call.h"

enum { CS_BACKGROUND_MS = 30 * 60 * 1000 }; /* one round may take that long */

struct cs_background {
    const char *tenant, *request_id, *traceparent; /* any may be NULL */
    const char *what; /* job.extract, event.bot.deleted, ticker.renew: named in the log */
    bool received;    /* it came in a message: a span records it */
};

struct cs_later *cs_background_new(void);
void cs_background_free(struct cs_later *l);

/* A new call with principal service:<name>; what was in the arena is gone. Strings are copied. */
struct cs_call *cs_background_begin(struct cs_later *l, const struct cs_background *b);
void cs_background_end(struct cs_later *l); /* rolls back what the handler left open */

void cs_background_resume(struct cs_later *l); /* for cs_call_resume() */

/* A thread that must exist; aborts when the system cannot give one. */
void cs_thread(pthread_t *ret, void *(*fn)(void *), void *arg);

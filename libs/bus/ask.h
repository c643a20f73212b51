#pragma once
/*
 * ask: requests under way to other services; internal. bus/client.h is made of it.
 *
 * One wildcard inbox per process; a reply whose service or word is another one is dropped
 * (nats/reply.h). A struct cs_ask lives in its call's arena and
 * is under way until `done`: a reply, the deadline, a cancel or the last failed try, whichever
 * comes first, ends it under one lock. One thread keeps deadlines and sends the retries.
 */
#include "bus/client.h"
#include "nats/reply.h"

#include <pthread.h>

struct __natsMsg;

enum { CS_ASK_TRIES = 3 };

struct cs_ask {
    /* set by the caller, then only read */
    struct cs_call *call;
    const struct cs_rpc *rpc;
    const void *data;
    size_t len;
    const char *auth;      /* signature, the same at each try; NULL: none */
    const char *instance;  /* first try goes to this process; NULL: to the queue group */
    int64_t deadline_ms;   /* monotonic */
    cs_resume_fn *resumed; /* staged: goes on with this ask; NULL: a thread waits */
    cs_stage_fn *next;     /* client.c's own: what `resumed` then calls */
    void *state;
    struct cs_span *span; /* client.c's own, too; its context travels */
    const char *holder;   /* ask.c's own: the workspace whose share it is in */

    /* how it ended: a reply, else a status */
    struct __natsMsg *reply;
    int status;

    /* under the lock */
    struct cs_reply id;
    int tried;
    bool waiting, done; /* waiting: for the next try */
    int64_t due_ms;     /* monotonic: when the thread must look */
    struct cs_ask *older, **at;
    pthread_cond_t woken;
};

int cs_ask_start(void);               /* 0 or -1 */
void cs_ask_stop(void);               /* after the workers have gone */
void cs_ask_cancel(const char *word); /* ends waits of the calls that bear it */

void cs_ask_begin(struct cs_ask *k); /* sends it */
void cs_ask_wait(struct cs_ask *k);  /* until it is done; not for staged ones */

/* Wait before the next try after `tried` ones (1, 2), with jitter from `random`; -1: no more. */
int64_t cs_ask_backoff_ms(int tried, uint32_t random);

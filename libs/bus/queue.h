#pragma once
/*
 * queue: what the workers of a service take from.
 *
 * New work is bounded: an offer to a full queue, or while too many calls are suspended, is refused
 * at once, which is how a service sheds. Calls that go on after a suspension are never refused and
 * go first: their callers have waited longest and they free memory.
 *
 * The calls of one workspace are a flow. Workers serve the flows in turn, so a workspace with many calls
 * delays the others by one each. A flow has a share of the places, of the suspended calls and of the
 * workers; a call beyond its share is refused or waits, while the others go on. Calls without a workspace
 * (sign-ins, visitors) are one flow that has no share, because they are many callers.
 *
 * A call may be resumed by another thread before the handler that suspended it has returned.
 * `running` and `ready` of struct cs_call_state settle that under the queue's lock: the worker that still
 * holds the call then goes on with it itself, so a call is never in two threads at once.
 *
 * Idle workers are a stack: the last to become idle is the first to get work. So light load is done
 * by one worker with warm caches, and the others and what they hold can rest.
 */
#include "base/list.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cs_call_state;
struct cs_idle;
struct cs_flow;
struct cs_waiting;

enum { CS_MAX_SUSPENDED = 4096, CS_FLOW_BUCKETS = 256 };

/* What one workspace may have; at least 1 each. */
struct cs_queue_share {
    size_t waiting, suspended, running;
};

struct cs_queue {
    pthread_mutex_t lock;
    pthread_cond_t drained;
    struct cs_idle *idle; /* workers that wait in cs_queue_take(), the last to come on top */
    struct cs_queue_share share;
    struct cs_flow *flows[CS_FLOW_BUCKETS]; /* those that have something */
    struct list fresh, resumed;             /* flows in turn: with new calls, with resumed ones */
    struct cs_waiting *places, *free_place; /* of new calls, not begun */
    size_t cap, count;
    size_t running, suspended;
    bool stopping;
};

struct cs_work {
    void *fresh;                   /* a message, or */
    struct cs_call_state *resumed; /* a call that goes on */
    struct cs_flow *flow;          /* a fresh call keeps it in its state */
};

enum cs_offer {
    CS_OFFER_TAKEN,
    CS_OFFER_FULL,  /* the queue is full, or too many calls are suspended */
    CS_OFFER_SHARE, /* this workspace has its share of them */
};

/* share NULL: one workspace may have all */
void cs_queue_init(struct cs_queue *q, size_t cap, const struct cs_queue_share *share);
void cs_queue_dispose(struct cs_queue *q);

/* tenant: id of the workspace; NULL or too long for one: none. */
enum cs_offer cs_queue_offer(struct cs_queue *q, void *fresh, const char *tenant);
/* Waits. False: stopping, and nothing is left that could still need a worker. */
bool cs_queue_take(struct cs_queue *q, struct cs_work *ret);
/* A step has returned CS_LATER. True: let go of it; false: it is ready, go on with it now. */
bool cs_queue_suspend(struct cs_queue *q, struct cs_call_state *s);
void cs_queue_resume(struct cs_queue *q, struct cs_call_state *s); /* any thread */
/* A call of this flow has ended; its worker takes again. */
void cs_queue_done(struct cs_queue *q, struct cs_flow *flow);

/* Lets workers go once all is done; false when that took longer than ms: the rest is given up. */
bool cs_queue_stop(struct cs_queue *q, int64_t ms);
size_t cs_queue_depth(struct cs_queue *q);

#pragma once
/*
 * queue: what the workers of a service take from.
 *
 * New work is bounded: an offer to a full queue, or while too many calls are suspended, is refused
 * at once, which is how a service sheds. Calls that go on after a suspension are never refused and
 * go first: their callers have waited longest and they free memory.
 *
 * A call may be resumed by another thread before the handler that suspended it has returned.
 * `running` and `ready` of struct cs_call_state settle that under the queue's lock: the worker that still
 * holds the call then goes on with it itself, so a call is never in two threads at once.
 *
 * Idle workers are a stack: the last to become idle is the first to get work. So light load is done
 * by one worker with warm caches, and the others and what they hold can rest.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cs_call_state;
struct cs_idle;

enum { CS_MAX_SUSPENDED = 4096 };

struct cs_queue {
    pthread_mutex_t lock;
    pthread_cond_t drained;
    struct cs_idle *idle; /* workers that wait in cs_queue_take(), the last to come on top */
    void **ring;          /* new work, not begun: messages */
    size_t cap, head, count;
    struct cs_call_state *first, **last; /* resumed */
    size_t running, suspended;
    bool stopping;
};

struct cs_work {
    void *fresh;                   /* a message, or */
    struct cs_call_state *resumed; /* a call that goes on */
};

void cs_queue_init(struct cs_queue *q, size_t cap);
void cs_queue_dispose(struct cs_queue *q);

bool cs_queue_offer(struct cs_queue *q, void *fresh); /* false: refused */
/* Waits. False: stopping, and nothing is left that could still need a worker. */
bool cs_queue_take(struct cs_queue *q, struct cs_work *ret);
/* A step has returned CS_LATER. True: let go of it; false: it is ready, go on with it now. */
bool cs_queue_suspend(struct cs_queue *q, struct cs_call_state *s);
void cs_queue_resume(struct cs_queue *q, struct cs_call_state *s); /* any thread */
void cs_queue_done(struct cs_queue *q);                            /* what was taken has ended */

/* Lets workers go once all is done; false when that took longer than ms: the rest is given up. */
bool cs_queue_stop(struct cs_queue *q, int64_t ms);
size_t cs_queue_depth(struct cs_queue *q);

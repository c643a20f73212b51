/* Two lists under one lock: fresh calls, and those that are resumed and go first. */
#include "bus/queue.h"

#include "base/wait.h"
#include "bus/call_state.h"

#include <stdlib.h>

/* a worker that waits; on its own stack */
struct cs_idle {
    pthread_cond_t wake;
    bool woken;
    struct cs_idle *below;
};

void cs_queue_init(struct cs_queue *q, size_t cap)
{
    *q = (struct cs_queue){.cap = cap, .ring = calloc(cap, sizeof(*q->ring))};
    if (!q->ring)
        abort();
    q->last = &q->first;
    pthread_mutex_init(&q->lock, NULL);
    cs_cond_init(&q->drained);
}

void cs_queue_dispose(struct cs_queue *q)
{
    free(q->ring);
    q->ring = NULL;
    pthread_cond_destroy(&q->drained);
    pthread_mutex_destroy(&q->lock);
}

static void wake_last_idle(struct cs_queue *q)
{
    struct cs_idle *top = q->idle;

    if (!top)
        return;
    q->idle = top->below;
    top->woken = true;
    pthread_cond_signal(&top->wake);
}

static void wait_for_work(struct cs_queue *q)
{
    struct cs_idle self = {.wake = PTHREAD_COND_INITIALIZER, .below = q->idle};

    /* cppcheck-suppress autoVariables ; woken means that it has left the list */
    q->idle = &self;
    while (!self.woken)
        pthread_cond_wait(&self.wake, &q->lock);
    pthread_cond_destroy(&self.wake);
}

bool cs_queue_offer(struct cs_queue *q, void *fresh)
{
    pthread_mutex_lock(&q->lock);
    bool room = q->count < q->cap && q->suspended < CS_MAX_SUSPENDED;
    if (room) {
        q->ring[(q->head + q->count++) % q->cap] = fresh;
        wake_last_idle(q);
    }
    pthread_mutex_unlock(&q->lock);
    return room;
}

static bool finished(const struct cs_queue *q)
{
    return q->count == 0 && !q->first && q->running == 0 && q->suspended == 0;
}

static struct cs_call_state *pop_resumed(struct cs_queue *q)
{
    struct cs_call_state *s = q->first;

    if (!s)
        return NULL;
    q->first = s->next;
    if (!q->first)
        q->last = &q->first;
    s->next = NULL;
    s->running = true;
    q->suspended--;
    return s;
}

static void *pop_fresh(struct cs_queue *q)
{
    void *fresh = q->ring[q->head];

    q->head = (q->head + 1) % q->cap;
    q->count--;
    return fresh;
}

bool cs_queue_take(struct cs_queue *q, struct cs_work *ret)
{
    bool took = false;

    *ret = (struct cs_work){0};
    pthread_mutex_lock(&q->lock);
    while (!q->first && q->count == 0 && !(q->stopping && finished(q)))
        wait_for_work(q);
    if ((ret->resumed = pop_resumed(q)))
        took = true;
    else if (q->count > 0)
        took = (ret->fresh = pop_fresh(q)) != NULL;
    if (took)
        q->running++;
    pthread_mutex_unlock(&q->lock);
    return took;
}

bool cs_queue_suspend(struct cs_queue *q, struct cs_call_state *s)
{
    pthread_mutex_lock(&q->lock);
    bool gone = !s->ready;
    s->ready = false;
    if (gone) {
        s->running = false;
        q->suspended++;
        q->running--;
    }
    pthread_mutex_unlock(&q->lock);
    return gone;
}

void cs_queue_resume(struct cs_queue *q, struct cs_call_state *s)
{
    pthread_mutex_lock(&q->lock);
    if (s->running) {
        s->ready = true;
    } else {
        s->next = NULL;
        *q->last = s;
        q->last = &s->next;
        wake_last_idle(q);
    }
    pthread_mutex_unlock(&q->lock);
}

static void wake_if_finished(struct cs_queue *q)
{
    if (q->stopping && finished(q)) {
        while (q->idle)
            wake_last_idle(q);
        pthread_cond_broadcast(&q->drained);
    }
}

void cs_queue_done(struct cs_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->running--;
    wake_if_finished(q);
    pthread_mutex_unlock(&q->lock);
}

bool cs_queue_stop(struct cs_queue *q, int64_t ms)
{
    struct timespec until = cs_mono_after(ms);

    pthread_mutex_lock(&q->lock);
    q->stopping = true;
    wake_if_finished(q);
    while (!finished(q) && pthread_cond_timedwait(&q->drained, &q->lock, &until) == 0)
        ;
    bool all = finished(q);
    pthread_mutex_unlock(&q->lock);
    return all;
}

size_t cs_queue_depth(struct cs_queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t n = q->count;
    pthread_mutex_unlock(&q->lock);
    return n;
}

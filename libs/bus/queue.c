#include "bus/queue.h"

#include "base/wait.h"
#include "bus/call.h"

#include <stdlib.h>

void cs_queue_init(struct cs_queue *q, size_t cap)
{
    *q = (struct cs_queue){.cap = cap, .ring = calloc(cap, sizeof(*q->ring))};
    if (!q->ring)
        abort();
    q->last = &q->first;
    pthread_mutex_init(&q->lock, NULL);
    cs_cond_init(&q->more);
    cs_cond_init(&q->idle);
}

void cs_queue_dispose(struct cs_queue *q)
{
    free(q->ring);
    q->ring = NULL;
    pthread_cond_destroy(&q->more);
    pthread_cond_destroy(&q->idle);
    pthread_mutex_destroy(&q->lock);
}

bool cs_queue_offer(struct cs_queue *q, void *fresh)
{
    pthread_mutex_lock(&q->lock);
    bool room = q->count < q->cap && q->suspended < CS_MAX_SUSPENDED;
    if (room) {
        q->ring[(q->head + q->count++) % q->cap] = fresh;
        pthread_cond_signal(&q->more);
    }
    pthread_mutex_unlock(&q->lock);
    return room;
}

static bool finished(const struct cs_queue *q)
{
    return q->count == 0 && !q->first && q->running == 0 && q->suspended == 0;
}

static struct cs_later *pop_resumed(struct cs_queue *q)
{
    struct cs_later *l = q->first;

    if (!l)
        return NULL;
    q->first = l->next;
    if (!q->first)
        q->last = &q->first;
    l->next = NULL;
    l->running = true;
    q->suspended--;
    return l;
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
        pthread_cond_wait(&q->more, &q->lock);
    if ((ret->resumed = pop_resumed(q)))
        took = true;
    else if (q->count > 0)
        took = (ret->fresh = pop_fresh(q)) != NULL;
    if (took)
        q->running++;
    pthread_mutex_unlock(&q->lock);
    return took;
}

bool cs_queue_suspend(struct cs_queue *q, struct cs_later *l)
{
    pthread_mutex_lock(&q->lock);
    bool gone = !l->ready;
    l->ready = false;
    if (gone) {
        l->running = false;
        q->suspended++;
        q->running--;
    }
    pthread_mutex_unlock(&q->lock);
    return gone;
}

void cs_queue_resume(struct cs_queue *q, struct cs_later *l)
{
    pthread_mutex_lock(&q->lock);
    if (l->running) {
        l->ready = true;
    } else {
        l->next = NULL;
        *q->last = l;
        q->last = &l->next;
        pthread_cond_signal(&q->more);
    }
    pthread_mutex_unlock(&q->lock);
}

static void wake_if_finished(struct cs_queue *q)
{
    if (q->stopping && finished(q)) {
        pthread_cond_broadcast(&q->more);
        pthread_cond_broadcast(&q->idle);
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
    while (!finished(q) && pthread_cond_timedwait(&q->idle, &q->lock, &until) == 0)
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

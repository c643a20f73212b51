/* Flows under one lock, each with its new calls and with those that are resumed and go first. */
#include "bus/queue.h"

#include "base/hash.h"
#include "base/id.h"
#include "base/wait.h"
#include "bus/call_state.h"

#include <stdlib.h>
#include <string.h>

/* a worker that waits; on its own stack */
struct cs_idle {
    pthread_cond_t wake;
    bool woken;
    struct cs_idle *below;
};

/* a place of a new call */
struct cs_waiting {
    void *fresh;
    struct cs_waiting *next;
};

/* what one workspace has in the queue */
struct cs_flow {
    char tenant[CS_ID_SIZE]; /* "": the calls without one */
    struct cs_flow *next;    /* in its bucket */
    struct list in_fresh, in_resumed;
    struct cs_waiting *fresh, **fresh_last;
    struct cs_call_state *resumed, **resumed_last;
    size_t waiting, running, suspended; /* suspended: resumed ones, too */
};

void cs_queue_init(struct cs_queue *q, size_t cap, const struct cs_queue_share *share)
{
    static const struct cs_queue_share all = {SIZE_MAX, SIZE_MAX, SIZE_MAX};

    *q = (struct cs_queue){
        .cap = cap, .places = calloc(cap, sizeof(*q->places)), .share = share ? *share : all};
    if (!q->places)
        abort();
    for (size_t i = 0; i < cap; i++) {
        q->places[i].next = q->free_place;
        q->free_place = &q->places[i];
    }
    list_init(&q->fresh);
    list_init(&q->resumed);
    pthread_mutex_init(&q->lock, NULL);
    cs_cond_init(&q->drained);
}

void cs_queue_dispose(struct cs_queue *q)
{
    for (size_t i = 0; i < CS_FLOW_BUCKETS; i++)
        while (q->flows[i]) {
            struct cs_flow *flow = q->flows[i];
            q->flows[i] = flow->next;
            free(flow);
        }
    free(q->places);
    q->places = NULL;
    pthread_cond_destroy(&q->drained);
    pthread_mutex_destroy(&q->lock);
}

/* ---- flows; the lock is held, as in all below that are static ---- */

static struct cs_flow **flow_at(struct cs_queue *q, const char *tenant)
{
    struct cs_flow **at = &q->flows[cs_hash(0, tenant) % CS_FLOW_BUCKETS];

    while (*at && strcmp((*at)->tenant, tenant) != 0)
        at = &(*at)->next;
    return at;
}

static struct cs_flow *flow_new(const char *tenant)
{
    struct cs_flow *flow = calloc(1, sizeof(*flow));

    if (!flow)
        abort();
    memcpy(flow->tenant, tenant, strlen(tenant) + 1);
    list_init(&flow->in_fresh);
    list_init(&flow->in_resumed);
    flow->fresh_last = &flow->fresh;
    flow->resumed_last = &flow->resumed;
    return flow;
}

/* The first in turn that may have one more worker. */
static struct cs_flow *flow_next(const struct cs_queue *q, const struct list *turn, bool resumed)
{
    for (struct list *l = turn->next; l != turn; l = l->next) {
        struct cs_flow *flow =
            resumed ? LIST_OF(l, struct cs_flow, in_resumed) : LIST_OF(l, struct cs_flow, in_fresh);
        if (!*flow->tenant || flow->running < q->share.running)
            return flow;
    }
    return NULL;
}

/* ---- workers ---- */

static void queue_wake_last_idle(struct cs_queue *q)
{
    struct cs_idle *top = q->idle;

    if (!top)
        return;
    q->idle = top->below;
    top->woken = true;
    pthread_cond_signal(&top->wake);
}

/* ---- offers ---- */

static void queue_push_fresh(struct cs_queue *q, struct cs_flow *flow, void *fresh)
{
    struct cs_waiting *place = q->free_place;

    q->free_place = place->next;
    *place = (struct cs_waiting){.fresh = fresh};
    *flow->fresh_last = place;
    flow->fresh_last = &place->next;
    if (flow->waiting++ == 0)
        list_add(&q->fresh, &flow->in_fresh);
    q->count++;
}

enum cs_offer cs_queue_offer(struct cs_queue *q, void *fresh, const char *tenant)
{
    if (!tenant || strlen(tenant) >= CS_ID_SIZE) /* of a malformed one the call is refused later */
        tenant = "";
    pthread_mutex_lock(&q->lock);
    struct cs_flow **at = flow_at(q, tenant);
    enum cs_offer r = CS_OFFER_TAKEN;
    if (q->count >= q->cap || q->suspended >= CS_MAX_SUSPENDED) {
        r = CS_OFFER_FULL;
    } else if (*at && *tenant &&
               ((*at)->waiting >= q->share.waiting || (*at)->suspended >= q->share.suspended)) {
        r = CS_OFFER_SHARE;
    } else {
        if (!*at)
            *at = flow_new(tenant);
        queue_push_fresh(q, *at, fresh);
        queue_wake_last_idle(q);
    }
    pthread_mutex_unlock(&q->lock);
    return r;
}

/* ---- taking ---- */

static bool queue_finished(const struct cs_queue *q)
{
    return q->count == 0 && list_empty(&q->resumed) && q->running == 0 && q->suspended == 0;
}

/* A flow that has more of the same goes to the end of its turn. */
static void flow_turn(struct list *turn, struct list *link, bool more)
{
    list_remove(link);
    if (more)
        list_add(turn, link);
}

static struct cs_call_state *queue_pop_resumed(struct cs_queue *q, struct cs_flow *flow)
{
    struct cs_call_state *s = flow->resumed;

    flow->resumed = s->next;
    if (!flow->resumed)
        flow->resumed_last = &flow->resumed;
    flow_turn(&q->resumed, &flow->in_resumed, flow->resumed != NULL);
    s->next = NULL;
    s->running = true;
    flow->suspended--;
    q->suspended--;
    return s;
}

static void *queue_pop_fresh(struct cs_queue *q, struct cs_flow *flow)
{
    struct cs_waiting *place = flow->fresh;
    void *fresh = place->fresh;

    flow->fresh = place->next;
    if (!flow->fresh)
        flow->fresh_last = &flow->fresh;
    flow->waiting--;
    flow_turn(&q->fresh, &flow->in_fresh, flow->waiting > 0);
    place->next = q->free_place;
    q->free_place = place;
    q->count--;
    return fresh;
}

static bool queue_pop(struct cs_queue *q, struct cs_work *ret)
{
    if ((ret->flow = flow_next(q, &q->resumed, true)))
        ret->resumed = queue_pop_resumed(q, ret->flow);
    else if ((ret->flow = flow_next(q, &q->fresh, false)))
        ret->fresh = queue_pop_fresh(q, ret->flow);
    else
        return false;
    ret->flow->running++;
    q->running++;
    return true;
}

/*
 * An idle worker sleeps again when it was woken for a flow that has its share of workers. Nothing is
 * forgotten: the worker that ends a call of that flow takes next, and so finds it.
 */
bool cs_queue_take(struct cs_queue *q, struct cs_work *ret)
{
    bool took;

    *ret = (struct cs_work){0};
    pthread_mutex_lock(&q->lock);
    while (!(took = queue_pop(q, ret)) && !(q->stopping && queue_finished(q))) {
        struct cs_idle self = {.wake = PTHREAD_COND_INITIALIZER, .below = q->idle};

        /* cppcheck-suppress autoVariables ; woken means that it has left the list */
        q->idle = &self;
        while (!self.woken)
            pthread_cond_wait(&self.wake, &q->lock);
        pthread_cond_destroy(&self.wake);
    }
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
        s->flow->suspended++;
        s->flow->running--;
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
        struct cs_flow *flow = s->flow;
        s->next = NULL;
        if (!flow->resumed)
            list_add(&q->resumed, &flow->in_resumed);
        *flow->resumed_last = s;
        flow->resumed_last = &s->next;
        queue_wake_last_idle(q);
    }
    pthread_mutex_unlock(&q->lock);
}

static void queue_wake_if_finished(struct cs_queue *q)
{
    if (q->stopping && queue_finished(q)) {
        while (q->idle)
            queue_wake_last_idle(q);
        pthread_cond_broadcast(&q->drained);
    }
}

void cs_queue_done(struct cs_queue *q, struct cs_flow *flow)
{
    pthread_mutex_lock(&q->lock);
    q->running--;
    flow->running--;
    if (!flow->waiting && !flow->running && !flow->suspended) {
        *flow_at(q, flow->tenant) = flow->next;
        free(flow);
    }
    queue_wake_if_finished(q);
    pthread_mutex_unlock(&q->lock);
}

bool cs_queue_stop(struct cs_queue *q, int64_t ms)
{
    struct timespec until = cs_mono_after(ms);

    pthread_mutex_lock(&q->lock);
    q->stopping = true;
    queue_wake_if_finished(q);
    while (!queue_finished(q) && pthread_cond_timedwait(&q->drained, &q->lock, &until) == 0)
        ;
    bool all = queue_finished(q);
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

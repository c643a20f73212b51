/* Delivery enqueues or sheds, workers dispatch, and the stop drains both. */
#include "bus/pool.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "bus/background.h"
#include "bus/dispatch.h"
#include "bus/queue.h"
#include "bus/share.h"
#include "bus/stat.h"
#include "nats/bus.h"
#include "nats/wire.h"
#include "obs/metrics.h"
#include "pg/pg.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DRAIN_MS = 5000, MAX_SUBJECT = 160, LANE_RETRY_MS = 1000 };

static struct {
    const struct cs_service *service;
    struct cs_queue queue;
    pthread_t *workers;
    int n_workers;
    natsSubscription *group, *own;
    struct cs_metric *depth, *shed, *refused;
    int lane_size;
    atomic_int lane_calls; /* of the service's lane, from delivery to their end */
    struct cs_metric *lane_depth, *lane_refused;
} pool;

static const char *msg_method(natsMsg *msg)
{
    return strrchr(natsMsg_GetSubject(msg), '.') + 1;
}

/* ---- the lane ---- */

static bool lane_has(natsMsg *msg)
{
    const char *method = msg_method(msg);

    if (pool.lane_size == 0)
        return false;
    for (const char *const *m = pool.service->lane->methods; *m; m++)
        if (strcmp(*m, method) == 0)
            return true;
    return false;
}

static void lane_leave(void)
{
    cs_metric_set(pool.lane_depth, atomic_fetch_sub(&pool.lane_calls, 1) - 1);
}

static bool lane_friendly(natsMsg *msg)
{
    const struct cs_lane *lane = pool.service->lane;

    return lane->friendly && lane->friendly(msg_method(msg), natsMsg_GetData(msg),
                                            (size_t)natsMsg_GetDataLength(msg));
}

/* false: it is full */
static bool lane_enter(natsMsg *msg)
{
    int n = atomic_fetch_add(&pool.lane_calls, 1) + 1;

    cs_metric_set(pool.lane_depth, n);
    if (n <= pool.lane_size || (n <= 2 * pool.lane_size && lane_friendly(msg)))
        return true;
    lane_leave();
    return false;
}

static void lane_start(const struct cs_lane *lane)
{
    char labels[64];

    if (!lane)
        return;
    snprintf(labels, sizeof(labels), "lane=\"%s\"", lane->name);
    pool.lane_depth = cs_gauge("cs_lane_calls", labels, "Calls of a bounded lane under way");
    pool.lane_refused =
        cs_counter("cs_lane_refused_total", labels, "Calls refused because their lane was full");
    pool.lane_size = (int)cs_env_int(lane->setting);
}

/* ---- delivery thread ---- */

static void msg_refuse(natsMsg *msg, struct cs_call *call, bool unbegun)
{
    struct cs_arena a;
    size_t len = 0;

    cs_arena_init(&a);
    /* cppcheck-suppress autoVariables ; only until we return */
    call->arena = &a;
    void *body = cs_problem_pack(call, &len);
    cs_bus_answer_error(msg, call->status, unbegun, body, len);
    cs_arena_dispose(&a);
}

/* final: a caller that asked again at once would only meet the same crowd */
static void msg_limit(natsMsg *msg)
{
    cs_metric_add(pool.lane_refused, 1);
    msg_refuse(msg,
               &(struct cs_call){.status = CS_LIMITED,
                                 .detail = "Too many requests of this kind are under way.",
                                 .retry_after_ms = LANE_RETRY_MS},
               false);
}

/* as final: the share of a workspace is full for longer than a retry takes */
static void msg_refuse_share(natsMsg *msg)
{
    cs_metric_add(pool.refused, 1);
    msg_refuse(msg,
               &(struct cs_call){.status = CS_LIMITED,
                                 .detail = "The workspace has as many requests under way as it may "
                                           "have. Retry when some have ended.",
                                 .retry_after_ms = CS_SHARE_RETRY_MS},
               false);
}

static void msg_refuse_headers(natsMsg *msg)
{
    msg_refuse(msg,
               &(struct cs_call){.status = CS_TOO_LARGE,
                                 .detail = "The headers of a call must have at most 16 KiB."},
               false);
}

static void pool_show_depth(void)
{
    cs_metric_set(pool.depth, (int64_t)cs_queue_depth(&pool.queue));
}

/* false: it was refused */
static bool msg_enqueue(natsMsg *msg)
{
    bool laned = lane_has(msg);

    if (!cs_bus_headers_fit(msg)) {
        msg_refuse_headers(msg);
        return false;
    }
    if (laned && !lane_enter(msg)) {
        msg_limit(msg);
        return false;
    }
    enum cs_offer r = cs_queue_offer(&pool.queue, msg, cs_bus_header(msg, CS_H_TENANT));
    if (r == CS_OFFER_TAKEN) {
        pool_show_depth();
        return true;
    }
    if (laned)
        lane_leave();
    if (r == CS_OFFER_SHARE) {
        msg_refuse_share(msg);
        return false;
    }
    /* nothing was begun, which the header says: the caller may ask again */
    cs_metric_add(pool.shed, 1);
    msg_refuse(msg, &(struct cs_call){.status = CS_OVERLOADED}, true);
    return false;
}

static void on_call(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure)
{
    (void)nc;
    (void)sub;
    (void)closure;

    if (strcmp(msg_method(msg), "ping") == 0) {
        if (natsMsg_GetReply(msg))
            cs_bus_publish(natsMsg_GetReply(msg), "", 0);
    } else if (msg_enqueue(msg)) {
        return;
    }
    natsMsg_Destroy(msg);
}

/* ---- workers ---- */

static int call_begin(struct cs_call_state *s)
{
    struct cs_call *call = s->call;

    if (cs_cancelled(call)) {
        s->unbegun = true; /* the caller may know better: its clock or ours may have stepped */
        return cs_fail(call, CS_TIMEOUT, "The caller is no longer waiting for the reply.");
    }
    if (call->tenant && !cs_id_valid(call->tenant))
        return cs_fail(call, CS_INVALID, "Malformed %s.", CS_H_TENANT);
    return cs_dispatch(pool.service, call, msg_method(s->msg), natsMsg_GetData(s->msg),
                       (size_t)natsMsg_GetDataLength(s->msg));
}

static int call_go_on(struct cs_call_state *s)
{
    return s->fn(s->call, s->state);
}

/* what this thread logs and asks the database is this call's */
static void call_scope(const struct cs_call_state *s)
{
    cs_log_scope(s->request_id, s->trace_id);
    cs_span_scope(s->traceparent);
}

static void call_scope_end(void)
{
    cs_log_scope(NULL, NULL);
    cs_span_scope(NULL);
}

static void call_work(const struct cs_work *w, struct cs_pg *pg)
{
    struct cs_call_state *s = w->resumed ? w->resumed : cs_call_open(w->fresh);

    s->flow = w->flow;
    s->call->pg = pg;
    if (pg)
        cs_pg_deadline(pg, s->call->deadline_ms);
    call_scope(s);
    int r = w->resumed ? call_go_on(s) : call_begin(s);
    while (r == CS_LATER) {
        if (pg)
            cs_pg_rollback(pg); /* a transaction does not survive a stage */
        call_scope_end();
        if (cs_queue_suspend(&pool.queue, s))
            return;
        call_scope(s);
        r = call_go_on(s);
    }
    if (pg)
        cs_pg_rollback(pg);
    if (lane_has(s->msg))
        lane_leave();
    cs_call_close(s, r);
    call_scope_end();
    cs_queue_done(&pool.queue, w->flow);
}

static void *pool_worker(void *arg)
{
    struct cs_work w;
    struct cs_pg *pg = NULL;
    (void)arg;

    if (cs_bus.node->has_schema)
        pg = cs_pg_new(cs_env("PG_URL"), cs_bus.node->service);
    while (cs_queue_take(&pool.queue, &w)) {
        pool_show_depth();
        call_work(&w, pg);
    }
    cs_pg_free(pg);
    return NULL;
}

/* ---- start and stop ---- */

static size_t at_least_one(size_t n)
{
    return n > 0 ? n : 1;
}

static struct cs_queue_share pool_share(const struct cs_service *s, size_t workers, size_t queue)
{
    size_t parts = (size_t)cs_env_int("TENANT_SHARE");

    if (parts <= 1)
        return (struct cs_queue_share){SIZE_MAX, SIZE_MAX, SIZE_MAX};
    return (struct cs_queue_share){
        .waiting = at_least_one(queue / 2),
        .suspended = at_least_one(CS_MAX_SUSPENDED / parts),
        .running = s->share_workers ? at_least_one(workers / 2) : SIZE_MAX,
    };
}

void cs_pool_start(const struct cs_service *s, int workers, int queue)
{
    pool.service = s;
    pool.n_workers = workers;
    pool.depth = cs_gauge("cs_queue_depth", NULL, "Calls waiting for a worker");
    pool.shed = cs_counter("cs_calls_shed_total", NULL, "Calls refused because the queue was full");
    lane_start(s->lane);
    pool.refused = cs_counter("cs_share_refused_total", "share=\"calls\"",
                              "Places refused because the holder had as many as it may have");
    struct cs_queue_share share = pool_share(s, (size_t)workers, (size_t)queue);
    cs_queue_init(&pool.queue, (size_t)queue, &share);
    cs_calls_init(&pool.queue);
    pool.workers = calloc((size_t)workers, sizeof(*pool.workers));
    if (!pool.workers)
        abort();
    for (int i = 0; i < workers; i++)
        cs_thread(&pool.workers[i], pool_worker, NULL);
}

int cs_pool_serve(void)
{
    const char *name = cs_bus.node->service;
    char subject[MAX_SUBJECT];

    snprintf(subject, sizeof(subject), CS_SUBJECT "%s.*", name);
    pool.group = cs_bus_subscribe(subject, name, on_call, NULL);
    snprintf(subject, sizeof(subject), CS_AT_SUBJECT "%s.%s.*", name, cs_bus.instance);
    pool.own = cs_bus_subscribe(subject, NULL, on_call, NULL);
    return pool.group && pool.own ? 0 : -1;
}

static void pool_drain(natsSubscription *sub)
{
    if (sub && natsSubscription_Drain(sub) == NATS_OK)
        natsSubscription_WaitForDrainCompletion(sub, DRAIN_MS);
}

bool cs_pool_stop(int64_t ms)
{
    pool_drain(pool.own);
    pool_drain(pool.group);
    if (!cs_queue_stop(&pool.queue, ms))
        return false; /* the process ends with them */
    for (int i = 0; i < pool.n_workers; i++)
        pthread_join(pool.workers[i], NULL);
    free(pool.workers);
    cs_queue_dispose(&pool.queue);
    cs_calls_dispose();
    return true;
}

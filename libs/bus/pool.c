/* Delivery enqueues or sheds, workers dispatch, and the stop drains both. */
#include "bus/pool.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "bus/background.h"
#include "bus/dispatch.h"
#include "bus/queue.h"
#include "bus/stat.h"
#include "nats/bus.h"
#include "nats/wire.h"
#include "obs/metrics.h"
#include "pg/pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DRAIN_MS = 5000, MAX_SUBJECT = 160 };

static struct {
    const struct cs_service *service;
    struct cs_queue queue;
    pthread_t *workers;
    int n_workers;
    natsSubscription *group, *own;
    struct cs_metric *depth, *shed;
} pool;

/* ---- delivery thread ---- */

/* nothing was begun, which the header says: the caller may ask again */
static void shed(natsMsg *msg)
{
    struct cs_arena a;
    struct cs_call call = {.arena = &a, .status = CS_OVERLOADED};
    size_t len = 0;

    cs_metric_add(pool.shed, 1);
    cs_arena_init(&a);
    void *body = cs_problem_pack(&call, &len);
    cs_bus_answer_error(msg, CS_OVERLOADED, true, body, len);
    cs_arena_dispose(&a);
}

static void show_depth(void)
{
    cs_metric_set(pool.depth, (int64_t)cs_queue_depth(&pool.queue));
}

static void on_call(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure)
{
    (void)nc;
    (void)sub;
    (void)closure;
    const char *method = strrchr(natsMsg_GetSubject(msg), '.') + 1;

    if (strcmp(method, "ping") == 0) {
        if (natsMsg_GetReply(msg))
            cs_bus_publish(natsMsg_GetReply(msg), "", 0);
    } else if (cs_queue_offer(&pool.queue, msg)) {
        show_depth();
        return;
    } else {
        shed(msg);
    }
    natsMsg_Destroy(msg);
}

/* ---- workers ---- */

static int begin(struct cs_call_state *s)
{
    const char *method = strrchr(natsMsg_GetSubject(s->msg), '.') + 1;
    struct cs_call *call = s->call;

    if (cs_cancelled(call)) {
        s->unbegun = true; /* the caller may know better: its clock or ours may have stepped */
        return cs_fail(call, CS_TIMEOUT, "The caller is no longer waiting for the reply.");
    }
    if (call->tenant && !cs_id_valid(call->tenant))
        return cs_fail(call, CS_INVALID, "Malformed %s.", CS_H_TENANT);
    return cs_dispatch(pool.service, call, method, natsMsg_GetData(s->msg),
                       (size_t)natsMsg_GetDataLength(s->msg));
}

static int go_on(struct cs_call_state *s)
{
    return s->fn(s->call, s->state);
}

/* what this thread logs and asks the database is this call's */
static void enter(const struct cs_call_state *s)
{
    cs_log_scope(s->request_id, s->trace_id);
    cs_span_scope(s->traceparent);
}

static void leave(void)
{
    cs_log_scope(NULL, NULL);
    cs_span_scope(NULL);
}

static void work(const struct cs_work *w, struct cs_pg *pg)
{
    struct cs_call_state *s = w->resumed ? w->resumed : cs_call_open(w->fresh);

    s->call->pg = pg;
    if (pg)
        cs_pg_deadline(pg, s->call->deadline_ms);
    enter(s);
    int r = w->resumed ? go_on(s) : begin(s);
    while (r == CS_LATER) {
        if (pg)
            cs_pg_rollback(pg); /* a transaction does not survive a stage */
        leave();
        if (cs_queue_suspend(&pool.queue, s))
            return;
        enter(s);
        r = go_on(s);
    }
    if (pg)
        cs_pg_rollback(pg);
    cs_call_close(s, r);
    leave();
    cs_queue_done(&pool.queue);
}

static void *worker(void *arg)
{
    struct cs_work w;
    struct cs_pg *pg = NULL;
    (void)arg;

    if (cs_bus.node->has_schema)
        pg = cs_pg_new(cs_env("PG_URL"), cs_bus.node->service);
    while (cs_queue_take(&pool.queue, &w)) {
        show_depth();
        work(&w, pg);
    }
    cs_pg_free(pg);
    return NULL;
}

/* ---- start and stop ---- */

void cs_pool_start(const struct cs_service *s, int workers, int queue)
{
    pool.service = s;
    pool.n_workers = workers;
    pool.depth = cs_gauge("cs_queue_depth", NULL, "Calls waiting for a worker");
    pool.shed = cs_counter("cs_calls_shed_total", NULL, "Calls refused because the queue was full");
    cs_queue_init(&pool.queue, (size_t)queue);
    cs_calls_init(&pool.queue);
    pool.workers = calloc((size_t)workers, sizeof(*pool.workers));
    if (!pool.workers)
        abort();
    for (int i = 0; i < workers; i++)
        cs_thread(&pool.workers[i], worker, NULL);
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

static void drain(natsSubscription *sub)
{
    if (sub && natsSubscription_Drain(sub) == NATS_OK)
        natsSubscription_WaitForDrainCompletion(sub, DRAIN_MS);
}

bool cs_pool_stop(int64_t ms)
{
    drain(pool.own);
    drain(pool.group);
    if (!cs_queue_stop(&pool.queue, ms))
        return false; /* the process ends with them */
    for (int i = 0; i < pool.n_workers; i++)
        pthread_join(pool.workers[i], NULL);
    free(pool.workers);
    cs_queue_dispose(&pool.queue);
    cs_calls_dispose();
    return true;
}

#include "bus/background.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "bus/dispatch.h"
#include "bus/event.h"
#include "nats/bus.h"
#include "pg/pg.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;

struct cs_later *cs_background_new(void)
{
    struct cs_later *l = calloc(1, sizeof(*l));

    if (!l)
        abort();
    cs_arena_init(&l->arena);
    l->background = true;
    l->call = &l->own;
    if (cs_bus.node->has_schema)
        l->own.pg = cs_pg_new(cs_env("PG_URL"), cs_bus.node->service);
    return l;
}

void cs_background_free(struct cs_later *l)
{
    cs_pg_free(l->own.pg);
    cs_arena_dispose(&l->arena);
    free(l);
}

static void begin_span(struct cs_later *l, const struct cs_background *b)
{
    l->span = b->received ? cs_span_new(CS_SPAN_CONSUMER, l->traceparent, b->traceparent) : NULL;
    if (!l->span)
        return;
    cs_span_name(l->span, "process %s", b->what);
    cs_span_text(l->span, "messaging.system", "nats");
    cs_span_text(l->span, "messaging.operation.type", "process");
    cs_span_scope(l->traceparent);
}

static void end_span(struct cs_later *l)
{
    if (l->own.status)
        cs_span_status(l->span, "rpc.response.status_code", l->own.status, 0);
    cs_span_end(l->span);
    l->span = NULL;
    cs_span_scope(NULL);
}

struct cs_call *cs_background_begin(struct cs_later *l, const struct cs_background *b)
{
    cs_arena_reset(&l->arena);
    if (b->request_id && *b->request_id)
        snprintf(l->request_id, sizeof(l->request_id), "%s", b->request_id);
    else
        cs_id_new(l->request_id);
    cs_trace_child(b->traceparent, l->traceparent);
    cs_trace_id(l->traceparent, l->trace_id);
    l->what = cs_strdup(&l->arena, b->what);
    begin_span(l, b);
    l->own = (struct cs_call){
        .arena = &l->arena,
        .pg = l->own.pg,
        .later = l,
        .request_id = l->request_id,
        .traceparent = l->traceparent,
        .tenant = cs_strdup(&l->arena, b->tenant),
        .principal = cs_printf(&l->arena, "service:%s", cs_bus.node->service),
        .deadline_ms = cs_mono_ms() + CS_BACKGROUND_MS,
    };
    cs_log_scope(l->request_id, l->trace_id);
    return &l->own;
}

void cs_background_end(struct cs_later *l)
{
    if (l->own.pg)
        cs_pg_rollback(l->own.pg);
    end_span(l);
    if (l->told)
        cs_outbox_wake();
    l->told = false;
    cs_log_scope(NULL, NULL);
}

void cs_background_resume(struct cs_later *l)
{
    pthread_mutex_lock(&lock);
    l->ready = true;
    pthread_cond_broadcast(&ready);
    pthread_mutex_unlock(&lock);
}

int cs_later_wait(struct cs_later *l, int r)
{
    while (r == CS_LATER) {
        if (l->call->pg)
            cs_pg_rollback(l->call->pg); /* a transaction does not survive a stage */
        pthread_mutex_lock(&lock);
        while (!l->ready)
            pthread_cond_wait(&ready, &lock);
        l->ready = false;
        pthread_mutex_unlock(&lock);
        r = l->fn(l->call, l->state);
    }
    return cs_dispatch_result(l->call, r);
}

void cs_thread(pthread_t *ret, void *(*fn)(void *), void *arg)
{
    if (pthread_create(ret, NULL, fn, arg) != 0) {
        cs_log(CS_ERROR, "cannot start a thread", NULL);
        abort();
    }
}

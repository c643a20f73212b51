/* A call for a thread that has no message, resumed on that same thread. */
#include "bus/background.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "bus/event.h"
#include "bus/store.h"
#include "nats/bus.h"
#include "pg/pg.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;

struct cs_call_state *cs_background_new(void)
{
    struct cs_call_state *s = calloc(1, sizeof(*s));

    if (!s)
        abort();
    cs_arena_init(&s->arena);
    s->arena.ceiling = CS_CALL_MEMORY;
    s->background = true;
    s->call = &s->own;
    if (cs_bus.node->has_schema)
        s->own.pg = cs_pg_new(cs_env("PG_URL"), cs_bus.node->service);
    return s;
}

void cs_background_free(struct cs_call_state *s)
{
    cs_pg_free(s->own.pg);
    cs_arena_dispose(&s->arena);
    free(s);
}

struct cs_call *cs_background_begin(struct cs_call_state *s, const struct cs_background *b)
{
    cs_arena_reset(&s->arena);
    if (b->request_id && *b->request_id)
        snprintf(s->request_id, sizeof(s->request_id), "%s", b->request_id);
    else
        cs_id_new(s->request_id);
    cs_trace_child(b->traceparent, s->traceparent);
    cs_trace_id(s->traceparent, s->trace_id);
    s->what = cs_strdup(&s->arena, b->what);
    s->span = b->received ? cs_span_new(CS_SPAN_CONSUMER, s->traceparent, b->traceparent) : NULL;
    if (s->span) {
        cs_span_name(s->span, "process %s", b->what);
        cs_span_text(s->span, "messaging.system", "nats");
        cs_span_text(s->span, "messaging.operation.type", "process");
        cs_span_scope(s->traceparent);
    }
    s->own = (struct cs_call){
        .arena = &s->arena,
        .pg = s->own.pg,
        .state = s,
        .request_id = s->request_id,
        .traceparent = s->traceparent,
        .tenant = cs_strdup(&s->arena, b->tenant),
        .principal = cs_printf(&s->arena, "service:%s", cs_bus.node->service),
        .deadline_ms = cs_mono_ms() + CS_BACKGROUND_MS,
    };
    cs_log_scope(s->request_id, s->trace_id);
    return &s->own;
}

void cs_background_end(struct cs_call_state *s)
{
    if (s->own.pg)
        cs_pg_rollback(s->own.pg);
    if (s->own.status)
        cs_span_status(s->span, "rpc.response.status_code", s->own.status, 0);
    cs_span_end(s->span);
    s->span = NULL;
    cs_span_scope(NULL);
    if (s->outbox)
        cs_outbox_wake();
    s->outbox = false;
    cs_log_scope(NULL, NULL);
}

void cs_background_resume(struct cs_call_state *s)
{
    pthread_mutex_lock(&lock);
    s->ready = true;
    pthread_cond_broadcast(&ready);
    pthread_mutex_unlock(&lock);
}

int cs_background_wait(struct cs_call_state *s, int r)
{
    while (r == CS_LATER) {
        if (s->call->pg)
            cs_pg_rollback(s->call->pg); /* a transaction does not survive a stage */
        pthread_mutex_lock(&lock);
        while (!s->ready)
            pthread_cond_wait(&ready, &lock);
        s->ready = false;
        pthread_mutex_unlock(&lock);
        r = s->fn(s->call, s->state);
    }
    r = store_result(s->call, r);
    return r == 0 ? cs_fail_memory(s->call) : r;
}

void cs_thread(pthread_t *ret, void *(*fn)(void *), void *arg)
{
    if (pthread_create(ret, NULL, fn, arg) != 0) {
        cs_log(CS_ERROR, "cannot start a thread", NULL);
        abort();
    }
}

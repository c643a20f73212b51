/* Calls of workers: made from a message's headers, answered, and returned to the free list. */
#include "bus/call_state.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "bus/background.h"
#include "bus/cancel.h"
#include "bus/dispatch.h"
#include "bus/event.h"
#include "bus/queue.h"
#include "bus/rpc_span.h"
#include "bus/stat.h"
#include "nats/bus.h"
#include "nats/wire.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FREE = 64, MAX_HEADER = 1024 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct cs_call_state *free_calls;
static size_t n_free;
static struct cs_queue *queue;

void cs_calls_init(struct cs_queue *q)
{
    queue = q;
}

void cs_calls_dispose(void)
{
    while (free_calls) {
        struct cs_call_state *s = free_calls;
        free_calls = s->next;
        cs_arena_dispose(&s->arena);
        free(s);
    }
    n_free = 0;
}

static struct cs_call_state *state_get(void)
{
    pthread_mutex_lock(&lock);
    struct cs_call_state *s = free_calls;
    if (s) {
        free_calls = s->next;
        n_free--;
    }
    pthread_mutex_unlock(&lock);
    if (s)
        return s;
    if (!(s = calloc(1, sizeof(*s))))
        abort();
    cs_arena_init(&s->arena);
    s->arena.ceiling = CS_CALL_MEMORY;
    return s;
}

static void state_put(struct cs_call_state *s)
{
    struct cs_arena arena;

    cs_arena_reset(&s->arena);
    arena = s->arena;
    memset(s, 0, sizeof(*s));
    s->arena = arena;
    pthread_mutex_lock(&lock);
    bool keep = n_free < MAX_FREE;
    if (keep) {
        s->next = free_calls;
        free_calls = s;
        n_free++;
    }
    pthread_mutex_unlock(&lock);
    if (!keep) {
        cs_arena_dispose(&s->arena);
        free(s);
    }
}

int64_t cs_call_deadline(const char *header, int64_t now_ms)
{
    char *end = NULL;
    long long at;

    if (!header || !*header)
        return now_ms + CS_CALL_MS;
    errno = 0;
    at = strtoll(header, &end, 10);
    if (errno || *end || at <= 0)
        return now_ms + CS_CALL_MS;
    return at < now_ms + CS_TURN_MS ? at : now_ms + CS_TURN_MS;
}

/* a header that is too long is as good as none */
static const char *call_header(natsMsg *msg, const char *name)
{
    const char *v = cs_bus_header(msg, name);
    return v && *v && strlen(v) <= MAX_HEADER ? v : NULL;
}

static void call_set_ids(struct cs_call_state *s)
{
    const char *id = call_header(s->msg, CS_H_REQUEST_ID),
               *parent = call_header(s->msg, CS_H_TRACEPARENT);

    if (id && strlen(id) < sizeof(s->request_id))
        snprintf(s->request_id, sizeof(s->request_id), "%s", id);
    else
        cs_id_new(s->request_id);
    cs_trace_child(parent, s->traceparent);
    cs_trace_id(s->traceparent, s->trace_id);
    s->span = cs_span_new(CS_SPAN_SERVER, s->traceparent, parent);
}

struct cs_call_state *cs_call_open(natsMsg *msg)
{
    struct cs_call_state *s = state_get();
    const char *method = strrchr(natsMsg_GetSubject(msg), '.') + 1;
    int64_t now = cs_now_ms();

    s->msg = msg;
    s->began_us = cs_mono_us();
    s->running = true;
    s->stat = cs_stat_find(method);
    call_set_ids(s);
    s->own = (struct cs_call){
        .arena = &s->arena,
        .state = s,
        .request_id = s->request_id,
        .traceparent = s->traceparent,
        .cancel = call_header(msg, CS_H_CANCEL),
        .tenant = call_header(msg, CS_H_TENANT),
        .principal = call_header(msg, CS_H_PRINCIPAL),
        .roles = call_header(msg, CS_H_ROLES),
        .session = call_header(msg, CS_H_SESSION),
        .auth = call_header(msg, CS_H_AUTH),
        .frames = call_header(msg, CS_H_FRAMES),
        .reply = natsMsg_GetReply(msg),
        .turn = call_header(msg, CS_H_TURN),
        .idempotency_key = call_header(msg, CS_H_IDEMPOTENCY),
        .deadline_ms = cs_mono_ms() + cs_call_deadline(call_header(msg, CS_H_DEADLINE), now) - now,
    };
    s->call = &s->own;
    cs_cancel_enter(s);
    return s;
}

void cs_call_close(struct cs_call_state *s, int r)
{
    void *out = NULL;
    size_t len = 0;
    const char *to = natsMsg_GetReply(s->msg);
    bool ok = cs_dispatch_pack(s->call, r, &out, &len);
    int64_t us = cs_mono_us() - s->began_us;

    cs_cancel_leave(s);
    if (!ok)
        cs_bus_answer_error(s->msg, s->call->status, s->unbegun, out, len);
    else if (to)
        cs_bus_publish(to, out, len);
    cs_stat_count(s->stat, ok ? 200 : s->call->status, us);
    cs_rpc_span_end(s->span, s->call->rpc, ok ? 200 : s->call->status, CS_INTERNAL);
    cs_log(CS_DEBUG, "call", "method", natsMsg_GetSubject(s->msg), "status",
           cs_log_int(ok ? 200 : s->call->status), "us", cs_log_int(us), NULL);
    natsMsg_Destroy(s->msg);
    if (s->outbox)
        cs_outbox_wake();
    state_put(s);
}

void cs_call_resume(struct cs_call *call, cs_resume_fn *fn, void *state)
{
    struct cs_call_state *s = call->state;

    s->fn = fn;
    s->state = state;
    if (s->background)
        cs_background_resume(s);
    else
        cs_queue_resume(queue, s);
}

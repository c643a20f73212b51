#include "bus/call.h"

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
#include "bus/stop.h"
#include "nats/bus.h"
#include "nats/wire.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FREE = 64, MAX_HEADER = 1024 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct cs_later *free_calls;
static size_t n_free;
static struct cs_queue *queue;

void cs_calls_init(struct cs_queue *q)
{
    queue = q;
}

void cs_calls_dispose(void)
{
    while (free_calls) {
        struct cs_later *l = free_calls;
        free_calls = l->next;
        cs_arena_dispose(&l->arena);
        free(l);
    }
    n_free = 0;
}

static struct cs_later *later_get(void)
{
    pthread_mutex_lock(&lock);
    struct cs_later *l = free_calls;
    if (l) {
        free_calls = l->next;
        n_free--;
    }
    pthread_mutex_unlock(&lock);
    if (l)
        return l;
    if (!(l = calloc(1, sizeof(*l))))
        abort();
    cs_arena_init(&l->arena);
    return l;
}

static void later_put(struct cs_later *l)
{
    struct cs_arena arena;

    cs_arena_reset(&l->arena);
    arena = l->arena;
    memset(l, 0, sizeof(*l));
    l->arena = arena;
    pthread_mutex_lock(&lock);
    bool keep = n_free < MAX_FREE;
    if (keep) {
        l->next = free_calls;
        free_calls = l;
        n_free++;
    }
    pthread_mutex_unlock(&lock);
    if (!keep) {
        cs_arena_dispose(&l->arena);
        free(l);
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
static const char *header(natsMsg *msg, const char *name)
{
    const char *v = cs_bus_header(msg, name);
    return v && *v && strlen(v) <= MAX_HEADER ? v : NULL;
}

static void set_ids(struct cs_later *l)
{
    const char *id = header(l->msg, CS_H_REQUEST_ID), *parent = header(l->msg, CS_H_TRACEPARENT);

    if (id && strlen(id) < sizeof(l->request_id))
        snprintf(l->request_id, sizeof(l->request_id), "%s", id);
    else
        cs_id_new(l->request_id);
    cs_trace_child(parent, l->traceparent);
    cs_trace_id(l->traceparent, l->trace_id);
    l->span = cs_span_new(CS_SPAN_SERVER, l->traceparent, parent);
}

struct cs_later *cs_call_open(natsMsg *msg)
{
    struct cs_later *l = later_get();
    const char *method = strrchr(natsMsg_GetSubject(msg), '.') + 1;
    int64_t now = cs_now_ms();

    l->msg = msg;
    l->began_us = cs_mono_us();
    l->running = true;
    l->stat = cs_stat_find(method);
    set_ids(l);
    l->own = (struct cs_call){
        .arena = &l->arena,
        .later = l,
        .request_id = l->request_id,
        .traceparent = l->traceparent,
        .cancel = header(msg, CS_H_CANCEL),
        .tenant = header(msg, CS_H_TENANT),
        .principal = header(msg, CS_H_PRINCIPAL),
        .roles = header(msg, CS_H_ROLES),
        .auth = header(msg, CS_H_AUTH),
        .frames = header(msg, CS_H_FRAMES),
        .reply = natsMsg_GetReply(msg),
        .turn = header(msg, CS_H_TURN),
        .idempotency_key = header(msg, CS_H_IDEMPOTENCY),
        .deadline_ms = cs_mono_ms() + cs_call_deadline(header(msg, CS_H_DEADLINE), now) - now,
    };
    l->call = &l->own;
    cs_cancel_enter(l);
    return l;
}

static void answer(struct cs_later *l, bool ok, const void *data, size_t len)
{
    const char *to = natsMsg_GetReply(l->msg);

    if (ok && to)
        cs_bus_publish(to, data, len);
    else if (!ok)
        cs_bus_answer_error(l->msg, l->call->status, l->unbegun, data, len);
}

void cs_call_close(struct cs_later *l, int r)
{
    void *out = NULL;
    size_t len = 0;
    bool ok = cs_dispatch_pack(l->call, r, &out, &len);
    int64_t us = cs_mono_us() - l->began_us;

    cs_cancel_leave(l);
    answer(l, ok, out, len);
    cs_stat_count(l->stat, ok ? 200 : l->call->status, us);
    cs_rpc_span_end(l->span, l->call->rpc, ok ? 200 : l->call->status, CS_INTERNAL);
    cs_log(CS_DEBUG, "call", "method", natsMsg_GetSubject(l->msg), "status",
           cs_log_int(ok ? 200 : l->call->status), "us", cs_log_int(us), NULL);
    natsMsg_Destroy(l->msg);
    if (l->told)
        cs_outbox_wake();
    later_put(l);
}

void cs_call_resume(struct cs_call *call, cs_resume_fn *fn, void *state)
{
    struct cs_later *l = call->later;

    l->fn = fn;
    l->state = state;
    if (l->background)
        cs_background_resume(l);
    else
        cs_queue_resume(queue, l);
}

bool cs_cancelled(struct cs_call *call)
{
    if (call->later && atomic_load(&call->later->cancelled))
        return true;
    if (call->later && call->later->background && cs_stopping())
        return true;
    return call->deadline_ms != 0 && cs_mono_ms() >= call->deadline_ms;
}

bool cs_has_role(const struct cs_call *call, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = call->roles; p && *p; p += *p == ',') {
        size_t len = strcspn(p, ",");
        if (len == n && strncmp(p, word, n) == 0)
            return true;
        p += len;
    }
    return false;
}

const char *cs_principal_id(const struct cs_call *call, const char *kind)
{
    size_t n = strlen(kind);

    if (!call->principal || strncmp(call->principal, kind, n) != 0 || call->principal[n] != ':')
        return NULL;
    return call->principal + n + 1;
}

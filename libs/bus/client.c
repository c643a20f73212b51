/*
 * A typed call of another service: the request is packed, asked, and its reply or problem
 * unpacked.
 */
#include "bus/client.h"

#include "base/clock.h"
#include "base/log.h"
#include "bus/ask.h"
#include "bus/call_state.h"
#include "bus/peers.h"
#include "bus/rpc_span.h"
#include "bus/share.h"
#include "bus/signature.h"
#include "nats/bus.h"
#include "nats/wire.h"

#include <stdlib.h>
#include <string.h>

static struct cs_fields *fields_of(struct cs_call *call, const Problem *p)
{
    struct cs_fields *f;

    if (p->n_errors == 0)
        return NULL;
    f = CS_NEW(call->arena, struct cs_fields, 1);
    while (f->n < p->n_errors && f->n < PBJSON_MAX_ERRORS) {
        f->at[f->n] = p->errors[f->n];
        f->n++;
    }
    return f;
}

/* the problem the other service gave; it has logged its own failures */
static int take_problem(struct cs_call *call, const char *code, const void *data, size_t len)
{
    const Problem *p = (const Problem *)pbjson_unpack_bounded(
        call->arena, &chatsphere__v1__problem__descriptor, data, len);
    long status = strtol(code, NULL, 10);

    if (status < CS_INVALID || status > 599)
        status = CS_INTERNAL;
    call->status = status == CS_INTERNAL ? CS_UPSTREAM : (int)status;
    call->detail = p ? p->detail : NULL;
    call->code = p && status != CS_INTERNAL ? p->code : NULL;
    call->fields = p ? fields_of(call, p) : NULL;
    call->retry_after_ms = p ? p->retry_after_ms : 0;
    return -call->status;
}

static int take_reply(struct cs_call *call, const struct cs_ask *k, ProtobufCMessage **ret_rep)
{
    const void *data = natsMsg_GetData(k->reply);
    size_t len = (size_t)natsMsg_GetDataLength(k->reply);
    const char *code = cs_bus_header(k->reply, CS_H_ERROR_CODE);

    if (code)
        return take_problem(call, code, data, len);
    if (!(*ret_rep = pbjson_unpack_bounded(call->arena, k->rpc->output, data, len)))
        return cs_fail(call, CS_UPSTREAM,
                       call->arena->exceeded ? "The service %s sent a reply of too many values."
                                             : "The service %s sent a malformed reply.",
                       k->rpc->service);
    return 0;
}

static int take_outcome(struct cs_call *call, struct cs_ask *k, ProtobufCMessage **ret_rep)
{
    const char *code = k->reply ? cs_bus_header(k->reply, CS_H_ERROR_CODE) : NULL;
    int r, status = !k->reply ? k->status : code ? (int)strtol(code, NULL, 10) : 200;

    cs_rpc_span_end(k->span, k->rpc, status, CS_INVALID);
    *ret_rep = NULL;
    if (k->reply) {
        r = take_reply(call, k, ret_rep);
        natsMsg_Destroy(k->reply);
        return r;
    }
    if (k->status == CS_FORBIDDEN)
        return cs_fail_internal(call, "The topology does not allow this call.");
    if (k->status == CS_OVERLOADED)
        return cs_fail(call, CS_OVERLOADED, "The service %s is overloaded or unavailable.",
                       k->rpc->service);
    if (k->status == CS_LIMITED) {
        call->retry_after_ms = CS_SHARE_RETRY_MS;
        return cs_fail(
            call, CS_LIMITED,
            "The workspace has as many requests under way as it may have. Retry when some "
            "have ended.");
    }
    if (cs_cancelled(call))
        return cs_fail(call, CS_TIMEOUT, "The caller is no longer waiting for the reply.");
    return cs_fail(call, CS_TIMEOUT, "The service %s did not reply in time.", k->rpc->service);
}

static struct cs_ask *ask_new(struct cs_call *call, const struct cs_rpc *rpc,
                              const ProtobufCMessage *req)
{
    struct cs_ask *k = CS_NEW(call->arena, struct cs_ask, 1);
    int64_t bound = cs_mono_ms() + CS_CALL_MS;

    k->call = call;
    k->rpc = rpc;
    k->data = pbjson_pack(call->arena, req, &k->len);
    k->auth = cs_signature_make(call, rpc, k->data, k->len);
    k->span = cs_span_child(CS_SPAN_CLIENT, call->traceparent);
    k->deadline_ms = call->deadline_ms && call->deadline_ms < bound ? call->deadline_ms : bound;
    return k;
}

static bool ask_allowed(const struct cs_ask *k)
{
    return !cs_bus.node || cs_topology_may_call(cs_bus.node, k->rpc->service, k->rpc->method);
}

static int ask_resumed(struct cs_call *call, void *arg)
{
    struct cs_ask *k = arg;
    ProtobufCMessage *rep;

    take_outcome(call, k, &rep);
    return k->next(call, k->state, rep);
}

static int ask_then(struct cs_ask *k, cs_stage_fn *next, void *state)
{
    k->resumed = ask_resumed;
    k->next = next;
    k->state = state;
    if (ask_allowed(k)) {
        cs_ask_begin(k);
    } else {
        k->status = CS_FORBIDDEN;
        cs_call_resume(k->call, ask_resumed, k);
    }
    return CS_LATER;
}

int cs_ask(struct cs_call *call, const struct cs_rpc *rpc, const ProtobufCMessage *req,
           ProtobufCMessage **ret_rep)
{
    struct cs_ask *k = ask_new(call, rpc, req);

    if (!ask_allowed(k)) {
        k->status = CS_FORBIDDEN;
    } else {
        cs_ask_begin(k);
        cs_ask_wait(k);
    }
    return take_outcome(call, k, ret_rep);
}

int cs_ask_then(struct cs_call *call, const struct cs_rpc *rpc, const ProtobufCMessage *req,
                cs_stage_fn *next, void *state)
{
    return ask_then(ask_new(call, rpc, req), next, state);
}

int cs_ask_at_then(struct cs_call *call, const char *key, const struct cs_rpc *rpc,
                   const ProtobufCMessage *req, cs_stage_fn *next, void *state)
{
    struct cs_ask *k = ask_new(call, rpc, req);
    char instance[CS_INSTANCE_SIZE];

    if (cs_peer_choose(rpc->service, key, cs_mono_ms(), instance))
        k->instance = cs_strdup(call->arena, instance);
    return ask_then(k, next, state);
}

void cs_ask_clear(struct cs_call *call)
{
    call->status = 0;
    call->detail = NULL;
    call->fields = NULL;
    call->retry_after_ms = 0;
}

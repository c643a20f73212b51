/* A call to a service, with the request's context signed when the service wants it. */
#include "edge/ask.h"

static const char *ask_sign(struct request *r)
{
    struct cs_context c = {
        .request_id = r->id,
        .tenant = r->who.tenant,
        .principal = r->who.principal,
        .roles = r->who.roles,
        .session = r->who.session,
    };

    return cs_context_sign(r->http->arena, r->edge->shared->signer, &c);
}

void ask_send(struct request *r, struct bridge_call *call)
{
    if (!r->auth)
        r->auth = ask_sign(r);
    call->request_id = r->id;
    call->traceparent = r->traceparent;
    call->tenant = r->who.tenant;
    call->principal = r->who.principal;
    call->roles = r->who.roles;
    call->session = r->who.session;
    call->auth = r->auth;
    call->repeatable = r->route->method == HTTP_GET;
    bridge_send(r->edge->bridge, call);
}

void ask_service(struct request *r, struct bridge_call *call, const struct cs_rpc *rpc,
                 const ProtobufCMessage *msg)
{
    call->rpc = rpc;
    call->data = pbjson_pack(r->http->arena, msg, &call->len);
    ask_send(r, call);
}

ProtobufCMessage *ask_reply(struct request *r, const struct cs_rpc *rpc,
                            const struct bridge_reply *reply)
{
    ProtobufCMessage *msg;

    if (reply->status) {
        answer_problem(r, problem_of_reply(r->http->arena, reply));
        return NULL;
    }
    msg = pbjson_unpack(r->http->arena, rpc->output, reply->data, reply->len);
    if (!msg)
        problem_simple(r, CS_UPSTREAM, "The service sent an unreadable reply.");
    return msg;
}

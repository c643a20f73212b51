/* A call to a service in the name of a request's caller. */
#include "edge/ask.h"

void ask_send(struct request *r, struct bridge_call *call)
{
    call->request_id = r->id;
    call->traceparent = r->traceparent;
    call->tenant = r->who.tenant;
    call->principal = r->who.principal;
    call->roles = r->who.roles;
    call->session = r->who.session;
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
        answer_error(r, CS_UPSTREAM, "The service sent an unreadable reply.");
    return msg;
}

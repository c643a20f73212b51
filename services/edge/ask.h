#pragma once
/* ask: calls to services in the name of a request's caller. On the loop's thread. */
#include "edge/answer.h"

/*
 * Sends msg in the name of the request's caller. The call has done, user and what else is wanted of
 * it already; ask_send() is for one whose rpc, data and len are set, too.
 */
void ask_send(struct request *r, struct bridge_call *call);
void ask_service(struct request *r, struct bridge_call *call, const struct cs_rpc *rpc,
                 const ProtobufCMessage *msg);
/* Unpacks a good reply into the arena; NULL: it was answered as a problem. */
ProtobufCMessage *ask_reply(struct request *r, const struct cs_rpc *rpc,
                            const struct bridge_reply *reply);

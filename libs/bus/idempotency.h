#pragma once
/*
 * Idempotency: one Idempotency-Key, one effect.
 *
 * The edge forwards the key of a POST, except on routes marked ROUTE_UNKEYED. Before the handler
 * runs the runtime looks for what was kept under (workspace, principal, rpc, key): the same
 * request gets the same answer again, another one 422. The handler keeps its answer in the
 * transaction of the effect, so that both are there or neither:
 *
 *     fill(rep, bot);
 *     cs_idempotency_keep(call, &rep->base);     queued; nothing happens without a key
 *     return store_commit(call);
 *
 * Of two at the same time the later one breaks the table's primary key, has no effect, and
 * cs_fail_pg() makes it 409. What failed is not kept: asked again it is tried again.
 *
 * Fields that are (secret) are never kept, so a repeated answer lacks them; nor do they count when
 * requests are compared.
 *
 * Where the answer comes long after the effect (a turn, an upload) the handler keeps what names it;
 * a repeat runs the handler with that in call->begun, and it tells how things stand by now.
 *
 * Kept for 24 hours in the schema's table idempotency; `cs_idempotency_forget` is a ticker.
 */
#include "bus/call.h"

/*
 * For the runtime; and for a handler that learns only by itself whose call it is, as soon as
 * tenant and principal are set. 0: go on (call->begun may be set); CS_ANSWERED: call->rep is the
 * answer, and the handler returns that; negative: refused.
 */
int cs_idempotency_find(struct cs_call *call);

void cs_idempotency_keep(struct cs_call *call, const ProtobufCMessage *rep);
void cs_idempotency_keep_begun(struct cs_call *call, const ProtobufCMessage *rep);

bool cs_idempotency_lost(const struct cs_call *call); /* what failed just now is the later of two */
void cs_idempotency_forget(struct cs_call *call);     /* what is older than a day */

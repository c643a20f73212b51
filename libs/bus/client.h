#pragma once
/*
 * Client: calling another service from within a call.
 *
 * The request id, deadline, tenant, principal, roles, session and trace of `call` travel along, signed by
 * this service where the method needs it.
 * A service that is full or absent (503) is asked twice more with a short wait. Whom a service may
 * call stands in nats/topology.c.
 *
 * Blocking, typed, generated in chatsphere/v1/names.h:
 *     Bot *bot;
 *     if (bot_store_get_bot(call, &req, &bot) < 0) return -1;     the problem is set on call
 * Staged, for waits on others (no worker is held):
 *     return cs_ask_then(call, RPC_EMBED_EMBED_TEXTS, &req.base, with_vectors, state);
 */
#include "bus/call.h"

/*
 * 0 and the reply in call's arena, or negative: the problem the other service gave stands on the
 * call (5xx become 502/503/504 of ours); cs_ask_clear() forgets it if the caller can do without.
 */
int cs_ask(struct cs_call *call, const struct cs_rpc *rpc, const ProtobufCMessage *req,
           ProtobufCMessage **ret_rep);
void cs_ask_clear(struct cs_call *call);

/* rep is NULL when it failed; the problem then stands on the call, as with cs_ask(). */
typedef int cs_stage_fn(struct cs_call *call, void *state, ProtobufCMessage *rep);
int cs_ask_then(struct cs_call *call, const struct cs_rpc *rpc, const ProtobufCMessage *req,
                cs_stage_fn *next, void *state); /* returns CS_LATER */

/* The same, to one process that is alive, chosen by rendezvous hash of key. */
int cs_ask_at_then(struct cs_call *call, const char *key, const struct cs_rpc *rpc,
                   const ProtobufCMessage *req, cs_stage_fn *next, void *state);

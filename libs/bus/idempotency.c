/* Answers looked up before a handler runs, and kept in the transaction of its effect. */
#include "bus/idempotency.h"

#include "crypto/crypto.h"
#include "pbjson/pbjson.h"
#include "pbjson/redact.h"
#include "pg/pg.h"

#include <string.h>

enum { WHOLE = 200, BEGUN = 202 };

/* under what this call is looked for and kept; the principal may change while it runs */
struct cs_idempotency {
    const char *principal;
    char body[CS_SHA256_HEX];
};

static const struct cs_stmt FIND = {
    "idempotency_find", "select body_hash, status, result from idempotency where tenant_id = "
                        "$1::uuid and principal = $2 and route = $3 and key = $4"};
static const struct cs_stmt KEEP = {
    "idempotency_keep",
    "insert into idempotency (tenant_id, principal, route, key, body_hash, status, result) "
    "values ($1::uuid, $2, $3, $4, $5, $6::int, $7)"};
static const struct cs_stmt FORGET = {"idempotency_forget", "select idempotency_expire()"};

static int reply_kept(struct cs_call *call, const PGresult *r)
{
    size_t len = 0;
    const void *kept = cs_pg_bytes(call->arena, r, 0, 2, &len);
    ProtobufCMessage *rep = pbjson_unpack(call->arena, call->rpc->output, kept, len);

    if (strcmp(cs_pg_text(r, 0, 0), call->idempotency->body) != 0)
        return cs_fail(call, CS_UNPROCESSABLE,
                       "The Idempotency-Key was used for a different request.");
    if (!rep)
        return cs_fail_internal(call, "The stored reply of an Idempotency-Key cannot be read.");
    if (cs_pg_i64(r, 0, 1) == BEGUN) {
        call->begun = rep;
        return 0;
    }
    call->rep = rep;
    return CS_ANSWERED;
}

int cs_idempotency_find(struct cs_call *call)
{
    const PGresult *r;
    size_t len = 0;
    void *body;

    if (!call->idempotency_key || !call->pg || !call->tenant || !call->principal)
        return 0;
    body = pbjson_pack(call->arena, pbjson_redact(call->arena, call->req), &len);
    call->idempotency = CS_NEW(call->arena, struct cs_idempotency, 1);
    call->idempotency->principal = call->principal;
    cs_sha256_hex(call->idempotency->body, body, len);
    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &FIND, CS_S(call->tenant), CS_S(call->principal),
                   CS_S(call->rpc->method), CS_S(call->idempotency_key));
    if (!r)
        return cs_fail_pg(call);
    return PQntuples(r) == 0 ? 0 : reply_kept(call, r);
}

static void reply_keep(struct cs_call *call, const ProtobufCMessage *rep, int status)
{
    const struct cs_idempotency *i = call->idempotency;
    size_t len = 0;
    void *data;

    if (!i)
        return;
    data = pbjson_pack(call->arena, pbjson_redact(call->arena, rep), &len);
    cs_pg_push(call->pg, &KEEP, CS_S(call->tenant), CS_S(i->principal), CS_S(call->rpc->method),
               CS_S(call->idempotency_key), CS_S(i->body), CS_I(status), CS_B(data, len));
}

void cs_idempotency_keep(struct cs_call *call, const ProtobufCMessage *rep)
{
    reply_keep(call, rep, WHOLE);
}

void cs_idempotency_keep_begun(struct cs_call *call, const ProtobufCMessage *rep)
{
    reply_keep(call, rep, BEGUN);
}

bool cs_idempotency_lost(const struct cs_call *call)
{
    return cs_pg_unique_violation(call->pg) &&
           strcmp(cs_pg_constraint(call->pg), "idempotency_pkey") == 0;
}

void cs_idempotency_forget(struct cs_call *call)
{
    cs_pg_begin(call->pg, NULL);
    if (!cs_pg_last(call->pg, &FORGET))
        cs_fail_pg(call);
}

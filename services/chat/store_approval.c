/* Tool calls that wait for a decision, in SQL. */
#include "chat/store.h"

#include "pg/pg.h"

static const struct cs_stmt APPROVAL_ADD = {
    "approval_add", "insert into approvals (tenant_id, turn_id, call_id) values ($1::uuid, "
                    "$2::uuid, $3::text)"};

/* One row for a call of the owner's turn: whether this decision is the one that counts. */
static const struct cs_stmt APPROVAL_DECIDE = {
    "approval_decide",
    "with own as (select t.status = 'running' as running from turns t join approvals a on "
    "a.tenant_id = t.tenant_id and a.turn_id = t.id where t.id = $1::uuid and t.owner = $2::text "
    "and a.call_id = $3::text), "
    "done as (update approvals set approved = $4::boolean where turn_id = $1::uuid and call_id = "
    "$3::text and approved is null and (select running from own) returning 1) "
    "select (select count(*) from done) > 0 from own"};

static const struct cs_stmt APPROVAL_END = {
    "approval_end", "update approvals set approved = coalesce(approved, false) where turn_id = "
                    "$1::uuid and call_id = $2::text returning approved"};

static const struct cs_stmt APPROVALS_DECIDED = {
    "approvals_decided", "select turn_id, call_id from approvals_decided($1::uuid[])"};

int store_approval_add(struct cs_call *call, const char *turn, const char *call_id)
{
    store_begin(call);
    if (!cs_pg_last(call->pg, &APPROVAL_ADD, CS_S(call->tenant), CS_S(turn), CS_S(call_id)))
        return cs_fail_pg(call);
    return 0;
}

int store_approval_decide(struct cs_call *call, const ApproveToolCallRequest *req,
                          const char *owner)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_query(call->pg, &APPROVAL_DECIDE, CS_S(req->turn_id), CS_S(owner), CS_S(req->call_id),
                    CS_BOOL(req->approve));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) > 0 && cs_pg_bool(r, 0, 0))
        return 0;
    int outcome = PQntuples(r) > 0 ? STORE_STALE : STORE_NONE;
    cs_pg_rollback(call->pg);
    return outcome;
}

int store_approval_end(struct cs_call *call, const char *turn, const char *call_id,
                       bool *ret_approved)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &APPROVAL_END, CS_S(turn), CS_S(call_id));
    if (!r)
        return cs_fail_pg(call);
    *ret_approved = PQntuples(r) > 0 && cs_pg_bool(r, 0, 0);
    return 0;
}

int store_approvals_decided(struct cs_call *call, char *const *turns, size_t n,
                            struct store_decided **ret, size_t *ret_n)
{
    PGresult *r;

    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &APPROVALS_DECIDED, CS_S(cs_pg_array(call->arena, turns, n)));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct store_decided, *ret_n);
    for (size_t i = 0; i < *ret_n; i++) {
        (*ret)[i].turn = cs_strdup(call->arena, cs_pg_text(r, (int)i, 0));
        (*ret)[i].call_id = cs_strdup(call->arena, cs_pg_text(r, (int)i, 1));
    }
    return 0;
}

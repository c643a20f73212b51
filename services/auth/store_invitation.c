/* store_invitation: the SQL of invitations to the platform. */
#include "auth/store.h"

#include "bus/service.h"
#include "pg/pg.h"

static const struct cs_stmt INVITATION_ADD = {
    "invitation_add",
    "insert into platform_invitations (tenant_id, id, hash, email, created_by, created_at, "
    "expires_at)"
    " select $1::uuid, $2::uuid, $3::bytea, $4, $5::uuid, to_timestamp($6::bigint / 1000.0),"
    " to_timestamp($7::bigint / 1000.0) where platform_invitations_count() < $8::int returning id"};
static const struct cs_stmt INVITATIONS_PAGE = {
    "invitations_page",
    "select id, email, created_by, " CS_MS("created_at") ", " CS_MS(
        "expires_at") ", used_by, " CS_MS("used_at") " from platform_invitations_page($1::bigint,"
                                                     " $2::uuid, $3::int)"};
static const struct cs_stmt INVITATION_REVOKE = {"invitation_revoke",
                                                 "select platform_invitation_revoke($1::uuid)"};
static const struct cs_stmt INVITATION_USE = {
    "invitation_use", "select platform_invitation_use($1::bytea, $2, $3::uuid)"};

int store_invitation_add(struct cs_call *call, const struct invitation_row *row)
{
    const PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_query(call->pg, &INVITATION_ADD, CS_S(call->tenant), CS_S(row->id),
                    CS_B(row->hash, STORE_HASH), CS_S(row->email), CS_S(row->created_by),
                    CS_I(row->created_ms), CS_I(row->expires_ms), CS_I(STORE_MAX_INVITATIONS));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) > 0)
        return 0;
    cs_pg_rollback(call->pg);
    return STORE_FULL;
}

int store_invitations_page(struct cs_call *call, const struct cs_page *page,
                           struct invitation_row **ret, size_t *ret_n)
{
    const PGresult *r;
    int n;

    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &INVITATIONS_PAGE, page->after ? CS_I(page->ms) : CS_NULL,
                   CS_S(page->id), CS_I(page->n));
    if (!r)
        return cs_fail_pg(call);
    n = PQntuples(r);
    *ret = CS_NEW(call->arena, struct invitation_row, n);
    for (int i = 0; i < n; i++) {
        struct invitation_row *row = &(*ret)[i];

        row->id = cs_strdup(call->arena, cs_pg_text(r, i, 0));
        row->email = cs_strdup(call->arena, cs_pg_text(r, i, 1));
        row->created_by = cs_strdup(call->arena, cs_pg_text(r, i, 2));
        row->created_ms = cs_pg_i64(r, i, 3);
        row->expires_ms = cs_pg_i64(r, i, 4);
        row->used_by = cs_strdup(call->arena, cs_pg_text(r, i, 5));
        row->used_ms = cs_pg_i64(r, i, 6);
    }
    *ret_n = (size_t)n;
    return 0;
}

int store_invitation_revoke(struct cs_call *call, const char *id)
{
    const PGresult *r;

    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &INVITATION_REVOKE, CS_S(id));
    if (!r)
        return cs_fail_pg(call);
    return cs_pg_bool(r, 0, 0) ? 0 : STORE_NONE;
}

int store_invitation_use(struct cs_call *call, const unsigned char hash[STORE_HASH],
                         const struct account *acc)
{
    const PGresult *r = cs_pg_query(call->pg, &INVITATION_USE, CS_B(hash, STORE_HASH),
                                    CS_S(acc->email), CS_S(acc->id));

    if (!r)
        return cs_fail_pg(call);
    if (cs_pg_bool(r, 0, 0))
        return 0;
    cs_pg_rollback(call->pg);
    return STORE_NONE;
}

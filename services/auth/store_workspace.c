/* store_workspace: the SQL of workspaces as staff see them, and of the standing of bearers. */
#include "auth/store.h"

#include "bus/service.h"
#include "pg/pg.h"

#define WORKSPACE "tenant_id, name, plan, status, owner_id, " CS_MS("created_at")

static const struct cs_stmt WORKSPACES_PAGE = {
    "workspaces_page", "select " WORKSPACE " from workspaces_page($1::bigint, $2::uuid, $3::int)"};
static const struct cs_stmt WORKSPACE_OF = {"workspace_of",
                                            "select " WORKSPACE " from workspace_of($1::uuid)"};
static const struct cs_stmt WORKSPACE_STATUS = {
    "workspace_status", "update workspaces set status = $2 where tenant_id = $1::uuid"
                        " and status <> $2 returning tenant_id"};
static const struct cs_stmt STANDINGS = {
    "standings",
    "select place, refusal from standings($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[])"};

static int workspace_rows(struct cs_call *call, const PGresult *r, struct workspace_row **ret,
                          size_t *ret_n)
{
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct workspace_row, *ret_n);
    for (int i = 0; i < PQntuples(r); i++)
        (*ret)[i] = (struct workspace_row){
            .tenant = cs_strdup(call->arena, cs_pg_text(r, i, 0)),
            .name = cs_strdup(call->arena, cs_pg_text(r, i, 1)),
            .plan = cs_strdup(call->arena, cs_pg_text(r, i, 2)),
            .status = cs_strdup(call->arena, cs_pg_text(r, i, 3)),
            .owner = cs_strdup(call->arena, cs_pg_text(r, i, 4)),
            .created_ms = cs_pg_i64(r, i, 5),
        };
    return 0;
}

int store_workspaces_page(struct cs_call *call, const struct cs_page *page,
                          struct workspace_row **ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, NULL);
    return workspace_rows(call,
                          cs_pg_last(call->pg, &WORKSPACES_PAGE,
                                     page->after ? CS_I(page->ms) : CS_NULL, CS_S(page->id),
                                     CS_I(page->n)),
                          ret, ret_n);
}

int store_workspace(struct cs_call *call, const char *tenant, struct workspace_row **ret)
{
    size_t n;
    int r;

    cs_pg_begin(call->pg, NULL);
    r = workspace_rows(call, cs_pg_last(call->pg, &WORKSPACE_OF, CS_S(tenant)), ret, &n);
    if (r == 0 && n == 0)
        *ret = NULL;
    return r;
}

int store_workspace_status(struct cs_call *call, const char *tenant, const char *status)
{
    const PGresult *r;

    cs_pg_begin(call->pg, tenant);
    r = cs_pg_query(call->pg, &WORKSPACE_STATUS, CS_S(tenant), CS_S(status));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) > 0)
        return 0;
    cs_pg_rollback(call->pg);
    return STORE_NONE;
}

int store_standings(struct cs_call *call, struct standing_row *rows, size_t n)
{
    enum { TENANT, USER, SESSION, KEY, COLUMNS };
    const char *arrays[COLUMNS];
    char **columns[COLUMNS];
    const PGresult *r;

    for (int c = 0; c < COLUMNS; c++)
        columns[c] = CS_NEW(call->arena, char *, n);
    for (size_t i = 0; i < n; i++) {
        columns[TENANT][i] = (char *)(uintptr_t)rows[i].tenant;
        columns[USER][i] = (char *)(uintptr_t)rows[i].user;
        columns[SESSION][i] = (char *)(uintptr_t)rows[i].session;
        columns[KEY][i] = (char *)(uintptr_t)rows[i].key;
    }
    for (int c = 0; c < COLUMNS; c++)
        arrays[c] = cs_pg_array(call->arena, columns[c], n);
    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &STANDINGS, CS_S(arrays[TENANT]), CS_S(arrays[USER]),
                   CS_S(arrays[SESSION]), CS_S(arrays[KEY]));
    if (!r)
        return cs_fail_pg(call);
    for (int i = 0; i < PQntuples(r); i++)
        rows[cs_pg_i64(r, i, 0) - 1].refusal = cs_strdup(call->arena, cs_pg_text(r, i, 1));
    return 0;
}

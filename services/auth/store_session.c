/* store_session: the SQL of sessions. */
#include "auth/store.h"

#include "bus/service.h"
#include "pg/pg.h"

#define MS(arg_) "to_timestamp(" arg_ "::bigint / 1000.0)"

static const struct cs_stmt SESSION_ADD = {
    "session_add", "insert into sessions (tenant_id, id, user_id, expires_at, user_agent, address) "
                   "values ($1::uuid, $2::uuid, $3::uuid, " MS("$4") ", $5, $6)"};
static const struct cs_stmt REFRESH_ADD = {
    "refresh_add", "insert into refresh_tokens (tenant_id, hash, session_id) "
                   "values ($1::uuid, $2::bytea, $3::uuid)"};
/* not over a password that was changed meanwhile */
static const struct cs_stmt PASSWORD_REHASH = {
    "password_rehash", "update users set password = $3 where id = $1::uuid and password = $2"};
static const struct cs_stmt SESSIONS_PAGE = {
    "sessions_page",
    "select id, " CS_MS("created_at") ", " CS_MS("coalesce(last_used_at, created_at)") ", " CS_MS(
        "expires_at") ", user_agent, address from sessions where tenant_id = $1::uuid and"
                      " user_id = $2::uuid and ended_at is null and expires_at > now() and"
                      " ($3::bigint is null or (created_at, id) < (" MS(
                          "$3") ", $4::uuid))"
                                " order by created_at desc, id desc limit $5::int"};
static const struct cs_stmt SESSION_END = {
    "session_end", "update sessions set ended_at = now() where tenant_id = $1::uuid and user_id ="
                   " $2::uuid and id = $3::uuid and ended_at is null and expires_at > now()"
                   " returning id"};

void store_session_push(struct cs_call *call, const struct account *acc,
                        const struct session_row *s)
{
    cs_pg_push(call->pg, &SESSION_ADD, CS_S(acc->tenant), CS_S(s->id), CS_S(acc->id),
               CS_I(s->expires_ms), CS_S(s->user_agent), CS_S(s->address));
    cs_pg_push(call->pg, &REFRESH_ADD, CS_S(acc->tenant), CS_B(s->hash, STORE_HASH), CS_S(s->id));
}

int store_session_open(struct cs_call *call, const struct account *acc,
                       const struct session_row *session, const char *rehash)
{
    cs_pg_begin(call->pg, acc->tenant);
    if (rehash)
        cs_pg_push(call->pg, &PASSWORD_REHASH, CS_S(acc->id), CS_S(acc->password), CS_S(rehash));
    store_session_push(call, acc, session);
    return cs_pg_commit(call->pg) < 0 ? cs_fail_pg(call) : 0;
}

int store_sessions_page(struct cs_call *call, const char *user, const struct cs_page *page,
                        struct device_row **ret, size_t *ret_n)
{
    const PGresult *r;
    int n;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &SESSIONS_PAGE, CS_S(call->tenant), CS_S(user),
                   page->after ? CS_I(page->ms) : CS_NULL, CS_S(page->id), CS_I(page->n));
    if (!r)
        return cs_fail_pg(call);
    n = PQntuples(r);
    *ret = CS_NEW(call->arena, struct device_row, n);
    for (int i = 0; i < n; i++) {
        struct device_row *row = &(*ret)[i];

        row->id = cs_strdup(call->arena, cs_pg_text(r, i, 0));
        row->created_ms = cs_pg_i64(r, i, 1);
        row->last_used_ms = cs_pg_i64(r, i, 2);
        row->expires_ms = cs_pg_i64(r, i, 3);
        row->user_agent = cs_strdup(call->arena, cs_pg_text(r, i, 4));
        row->address = cs_strdup(call->arena, cs_pg_text(r, i, 5));
    }
    *ret_n = (size_t)n;
    return 0;
}

int store_session_end(struct cs_call *call, const char *user, const char *session)
{
    const PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &SESSION_END, CS_S(call->tenant), CS_S(user), CS_S(session));
    if (!r)
        return cs_fail_pg(call);
    return PQntuples(r) > 0 ? 0 : STORE_NONE;
}

/* store_credential: the SQL that finds the bearer of a session or an API key. */
#include "auth/store.h"

#include "bus/service.h"
#include "pg/pg.h"

static const struct cs_stmt SESSION_BEARER = {
    "session_bearer", "select tenant_id, user_id, plan, " CS_MS(
                          "expires_at") ", role, is_staff from session_bearer($1::uuid)"};
static const struct cs_stmt KEY_BEARER = {
    "key_bearer",
    "select tenant_id, id, plan, " CS_MS("expires_at") ", scopes"
                                                       " from api_key_bearer($1::bytea)"};

/* the columns that both have; NULL when there is no row */
static struct bearer *bearer_row(struct cs_call *call, const PGresult *r)
{
    struct bearer *b;

    if (PQntuples(r) == 0)
        return NULL;
    b = CS_NEW(call->arena, struct bearer, 1);
    b->tenant = cs_strdup(call->arena, cs_pg_text(r, 0, 0));
    b->id = cs_strdup(call->arena, cs_pg_text(r, 0, 1));
    b->plan = cs_strdup(call->arena, cs_pg_text(r, 0, 2));
    b->expires_ms = cs_pg_i64(r, 0, 3);
    return b;
}

int store_session_bearer(struct cs_call *call, const char *session, struct bearer **ret)
{
    const PGresult *r;

    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &SESSION_BEARER, CS_S(session));
    if (!r)
        return cs_fail_pg(call);
    *ret = bearer_row(call, r);
    if (*ret) {
        (*ret)->role = cs_strdup(call->arena, cs_pg_text(r, 0, 4));
        (*ret)->staff = cs_pg_bool(r, 0, 5);
    }
    return 0;
}

int store_key_bearer(struct cs_call *call, const unsigned char hash[STORE_HASH],
                     struct bearer **ret)
{
    const PGresult *r;

    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &KEY_BEARER, CS_B(hash, STORE_HASH));
    if (!r)
        return cs_fail_pg(call);
    *ret = bearer_row(call, r);
    if (*ret)
        (*ret)->scopes = cs_pg_texts(call->arena, r, 0, 4, &(*ret)->n_scopes);
    return 0;
}

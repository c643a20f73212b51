/* store_refresh: the SQL of refresh tokens. */
#include "auth/store.h"

#include "bus/service.h"
#include "pg/pg.h"

#include <string.h>

static const struct cs_stmt REFRESH_EXCHANGE = {
    "refresh_exchange", "select outcome, session_id, user_id, box from refresh_exchange($1::bytea,"
                        " $2::bytea, $3::bytea, to_timestamp($4::bigint / 1000.0))"};
static const struct cs_stmt SESSION_REFRESHED = {"session_refreshed",
                                                 "select session_refreshed($1::uuid, $2, $3)"};
static const struct cs_stmt REFRESH_END = {"refresh_end", "select refresh_end($1::bytea)"};
static const struct cs_stmt REFRESH_ERASE = {"refresh_erase", "select refresh_erase()"};

int store_refresh_exchange(struct cs_call *call, const unsigned char old[STORE_HASH],
                           const struct session_row *fresh, const struct refresh_box *box,
                           struct refresh_exchange *ret)
{
    const char *outcome, *user;
    const PGresult *r;
    int status;

    *ret = (struct refresh_exchange){0};
    cs_pg_begin(call->pg, NULL);
    r = cs_pg_query(call->pg, &REFRESH_EXCHANGE, CS_B(old, STORE_HASH),
                    CS_B(fresh->hash, STORE_HASH), CS_B(box->data, box->len),
                    CS_I(fresh->expires_ms));
    if (!r)
        return cs_fail_pg(call);
    outcome = cs_pg_text(r, 0, 0);
    ret->session = cs_strdup(call->arena, cs_pg_text(r, 0, 1));
    user = cs_strdup(call->arena, cs_pg_text(r, 0, 2));
    if (strcmp(outcome, "repeated") == 0)
        ret->n_links = (size_t)PQntuples(r);
    ret->links = CS_NEW(call->arena, struct refresh_box, ret->n_links);
    for (size_t i = 0; i < ret->n_links; i++)
        ret->links[i].data = cs_pg_bytes(call->arena, r, (int)i, 3, &ret->links[i].len);
    if (strcmp(outcome, "rotated") == 0 || strcmp(outcome, "repeated") == 0) {
        cs_pg_push(call->pg, &SESSION_REFRESHED, CS_S(ret->session), CS_S(fresh->user_agent),
                   CS_S(fresh->address));
        /* one transaction: a token must not be used up by an exchange that is not answered */
        return store_account_last(call, user, &ret->account);
    }
    ret->suspended = strcmp(outcome, "suspended") == 0;
    status = strcmp(outcome, "reused") == 0 ? STORE_REUSED : STORE_NONE;
    return cs_pg_commit(call->pg) < 0 ? cs_fail_pg(call) : status;
}

int store_refresh_end(struct cs_call *call, const unsigned char hash[STORE_HASH])
{
    cs_pg_begin(call->pg, NULL);
    return cs_pg_last(call->pg, &REFRESH_END, CS_B(hash, STORE_HASH)) ? 0 : cs_fail_pg(call);
}

void store_refresh_erase(struct cs_call *call)
{
    cs_pg_begin(call->pg, NULL);
    if (!cs_pg_last(call->pg, &REFRESH_ERASE))
        cs_fail_pg(call);
}

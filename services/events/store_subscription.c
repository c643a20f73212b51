/* Event subscriptions in SQL. */
#include "events/store_row.h"

#include "base/id.h"

#define SUBSCRIPTION                                                                               \
    "s.tenant_id, s.id, s.name, s.types, s.bots, s.account, s.user_key, s.box, s.revoked, "        \
    "s.revoked_at, " CS_MS("s.created_at")

static const struct cs_stmt SUBSCRIPTIONS_LOCK = {
    "subscriptions_lock",
    "insert into positions (tenant_id, seq) values ($1::uuid, 0) on conflict (tenant_id) do update "
    "set seq = positions.seq"};
static const struct cs_stmt SUBSCRIPTION_ADD = {
    "subscription_add",
    "insert into subscriptions (tenant_id, id, name, types, bots, account, box, user_key, "
    "created_at) select $1::uuid, $2::uuid, $3, $4::text[], $5::uuid[], $6, $7::bytea, $8, " MS(
        "$9") " where (select count(*) from subscriptions) < $10::bigint returning id"};
static const struct cs_stmt SUBSCRIPTIONS_PAGE = {
    "subscriptions_page",
    "select " SUBSCRIPTION " from subscriptions s where $1::bigint is null or (s.created_at, s.id) "
    "< (" MS("$1") ", $2::uuid)"
                   " order by s.created_at desc, s.id desc limit $3::int"};
static const struct cs_stmt SUBSCRIPTION_GET = {
    "subscription_get", "select " SUBSCRIPTION " from subscriptions s where s.id = $1::uuid"};
static const struct cs_stmt SUBSCRIPTION_LOCK = {
    "subscription_lock",
    "select " SUBSCRIPTION " from subscriptions s where s.id = $1::uuid for update of s"};
static const struct cs_stmt SUBSCRIPTION_REKEY = {
    "subscription_rekey", "update subscriptions set user_key = $2, revoked = $3::text[], "
                          "revoked_at = $4::bigint where id = $1::uuid"};
static const struct cs_stmt SUBSCRIPTION_REMOVE = {"subscription_remove",
                                                   "delete from subscriptions where id = $1::uuid"};
static const struct cs_stmt SUBSCRIPTIONS_ALL = {
    "subscriptions_all", "select " SUBSCRIPTION " from subscriptions_all() s"};

static void row_subscription(struct cs_arena *a, const PGresult *r, int row,
                             struct subscription_row *s)
{
    *s = (struct subscription_row){
        .tenant = cs_strdup(a, cs_pg_text(r, row, 0)),
        .id = cs_strdup(a, cs_pg_text(r, row, 1)),
        .name = cs_strdup(a, cs_pg_text(r, row, 2)),
        .account = cs_strdup(a, cs_pg_text(r, row, 5)),
        .user_key = cs_strdup(a, cs_pg_text(r, row, 6)),
        .revoked_s = cs_pg_i64(r, row, 9),
        .created_ms = cs_pg_i64(r, row, 10),
    };
    s->filter.types = cs_pg_texts(a, r, row, 3, &s->filter.n_types);
    s->filter.bots = cs_pg_texts(a, r, row, 4, &s->filter.n_bots);
    s->box = cs_pg_bytes(a, r, row, 7, &s->box_len);
    s->revoked = cs_pg_texts(a, r, row, 8, &s->n_revoked);
}

static int subscription_rows(struct cs_call *call, const PGresult *r, struct subscription_row **ret,
                             size_t *ret_n)
{
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct subscription_row, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        row_subscription(call->arena, r, (int)i, &(*ret)[i]);
    return 0;
}

static int subscription_one(struct cs_call *call, const PGresult *r, struct subscription_row **ret)
{
    size_t n;
    int failed = subscription_rows(call, r, ret, &n);

    if (failed || n > 0)
        return failed;
    cs_pg_rollback(call->pg);
    return STORE_NONE;
}

int store_subscription_add(struct cs_call *call, const struct subscription_row *s, int64_t most)
{
    struct cs_arena *a = call->arena;
    PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &SUBSCRIPTIONS_LOCK, CS_S(call->tenant));
    r = cs_pg_query(call->pg, &SUBSCRIPTION_ADD, CS_S(call->tenant), CS_S(s->id), CS_S(s->name),
                    CS_S(cs_pg_array(a, s->filter.types, s->filter.n_types)),
                    CS_S(cs_pg_array(a, s->filter.bots, s->filter.n_bots)), CS_S(s->account),
                    CS_B(s->box, s->box_len), CS_S(s->user_key), CS_I(s->created_ms), CS_I(most));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) > 0)
        return 0;
    cs_pg_rollback(call->pg);
    return STORE_FULL;
}

int store_subscriptions_page(struct cs_call *call, const struct cs_page *page,
                             struct subscription_row **ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, call->tenant);
    return subscription_rows(call,
                             cs_pg_last(call->pg, &SUBSCRIPTIONS_PAGE,
                                        page->after ? CS_I(page->ms) : CS_NULL, CS_S(page->id),
                                        CS_I(page->n)),
                             ret, ret_n);
}

int store_subscription_get(struct cs_call *call, const char *id, struct subscription_row **ret)
{
    if (!cs_id_valid(id))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    return subscription_one(call, cs_pg_last(call->pg, &SUBSCRIPTION_GET, CS_S(id)), ret);
}

int store_subscription_lock(struct cs_call *call, const char *id, struct subscription_row **ret)
{
    if (!cs_id_valid(id))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    return subscription_one(call, cs_pg_query(call->pg, &SUBSCRIPTION_LOCK, CS_S(id)), ret);
}

void store_subscription_rekey(struct cs_call *call, const struct subscription_row *s)
{
    cs_pg_push(call->pg, &SUBSCRIPTION_REKEY, CS_S(s->id), CS_S(s->user_key),
               CS_S(cs_pg_array(call->arena, s->revoked, s->n_revoked)), CS_I(s->revoked_s));
}

int store_subscription_remove(struct cs_call *call, const char *id)
{
    return cs_pg_query(call->pg, &SUBSCRIPTION_REMOVE, CS_S(id)) ? 0 : cs_fail_pg(call);
}

int store_subscriptions_all(struct cs_call *call, struct subscription_row **ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, NULL);
    return subscription_rows(call, cs_pg_last(call->pg, &SUBSCRIPTIONS_ALL), ret, ret_n);
}

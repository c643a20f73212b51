/* Rows are locked in the order of their keys, so that two calls with the same texts do not wait for each other. */
#include "embed/store.h"

#include "bus/call.h"
#include "pg/pg.h"

#include <string.h>

enum { DROP_AT_ONCE = 1000, EXPIRE_AT_ONCE = 5000 };

static const struct cs_stmt VECTORS_TOUCH = {
    "vectors_touch",
    "with old as (select key from vectors where tenant_id = $1 and key = any($2::bytea[])"
    " and used_on < current_date order by key for update skip locked)"
    " update vectors v set used_on = current_date from old where v.tenant_id = $1 and v.key = "
    "old.key"};
static const struct cs_stmt VECTORS_GET = {
    "vectors_get", "select k.i, v.data from unnest($2::bytea[]) with ordinality k (key, i)"
                   " join vectors v on v.tenant_id = $1 and v.key = k.key"};
static const struct cs_stmt VECTORS_PUT = {
    "vectors_put",
    "insert into vectors (tenant_id, key, data)"
    " select $1::uuid, k.key, substring($3::bytea from ((k.i - 1) * $4::int + 1)::int for $4::int)"
    " from unnest($2::bytea[]) with ordinality k (key, i) order by k.key on conflict do nothing"};
static const struct cs_stmt VECTORS_DROP = {
    "vectors_drop", "delete from vectors v using (select key from vectors where tenant_id = $1"
                    " and (select bytes from held where tenant_id = $1) > $2"
                    " order by used_on, key limit $3 for update skip locked) old"
                    " where v.tenant_id = $1 and v.key = old.key"};
static const struct cs_stmt VECTORS_EXPIRE = {"vectors_expire", "select expire($1, $2)"};

/* The keys as a literal of bytea[]. */
static const char *keys_array(struct cs_call *call, const struct store_vector *v, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    char **items = CS_NEW(call->arena, char *, n);

    for (size_t i = 0; i < n; i++) {
        items[i] = cs_alloc(call->arena, 2 + 2 * STORE_KEY + 1);
        memcpy(items[i], "\\x", 2);
        for (size_t k = 0; k < STORE_KEY; k++) {
            items[i][2 + 2 * k] = digits[v[i].key[k] >> 4];
            items[i][3 + 2 * k] = digits[v[i].key[k] & 15];
        }
    }
    return cs_pg_array(call->arena, items, n);
}

int store_vectors(struct cs_call *call, struct store_vector *v, size_t n)
{
    const char *keys = keys_array(call, v, n);

    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &VECTORS_TOUCH, CS_S(call->tenant), CS_S(keys));
    PGresult *r = cs_pg_last(call->pg, &VECTORS_GET, CS_S(call->tenant), CS_S(keys));
    if (!r)
        return cs_fail_pg(call);
    for (int row = 0; row < PQntuples(r); row++) {
        struct store_vector *found = &v[cs_pg_i64(r, row, 0) - 1];
        found->halves = cs_pg_bytes(call->arena, r, row, 1, &found->len);
    }
    return 0;
}

int store_put_vectors(struct cs_call *call, const struct store_vector *v, size_t n, int64_t most)
{
    size_t len = v[0].len;
    unsigned char *data = cs_alloc(call->arena, n * len);

    for (size_t i = 0; i < n; i++)
        memcpy(data + i * len, v[i].halves, len);
    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &VECTORS_PUT, CS_S(call->tenant), CS_S(keys_array(call, v, n)),
               CS_B(data, n * len), CS_I(len));
    if (!cs_pg_last(call->pg, &VECTORS_DROP, CS_S(call->tenant), CS_I(most), CS_I(DROP_AT_ONCE)))
        return cs_fail_pg(call);
    return 0;
}

int store_expire(struct cs_call *call, int64_t days, bool *ret_more)
{
    cs_pg_begin(call->pg, NULL);
    PGresult *r = cs_pg_last(call->pg, &VECTORS_EXPIRE, CS_I(days), CS_I(EXPIRE_AT_ONCE));
    if (!r)
        return cs_fail_pg(call);
    *ret_more = cs_pg_i64(r, 0, 0) == EXPIRE_AT_ONCE;
    return 0;
}

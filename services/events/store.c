/* The log of events, and webhooks, in SQL. */
#include "events/store_row.h"

#include "base/clock.h"
#include "base/id.h"

#include <string.h>

/* ---- the log ---- */

/* One statement: the place is taken, the event is kept unless it is there, and what it is delivered to is noted. */
static const struct cs_stmt LOG_ADD = {
    "log_add",
    "with place as ("
    "  insert into positions as p (tenant_id, seq) values ($1::uuid, 1)"
    "  on conflict (tenant_id) do update set seq = p.seq + 1 returning seq"
    "), kept as ("
    "  insert into log (tenant_id, seq, id, wire, bot_id, aggregate, event, subject, version, "
    "ordering, happened_at, kept_at, payload)"
    "  select $1::uuid, seq, $2::uuid, $3, $4::uuid, $5, $6, $7, $8::bigint, $9, " MS(
        "$10") ", " MS("$11") ", $12::bytea from place"
                              "  on conflict (tenant_id, id) do nothing returning seq"
                              ") insert into deliveries (tenant_id, webhook_id, id, event_id, seq, "
                              "ordering, "
                              "next_at, created_at)"
                              " select w.tenant_id, w.id, gen_random_uuid(), $2::uuid, kept.seq, "
                              "$9, " MS("$11") ", " MS(
                                  "$11") " from kept, webhooks w"
                                         " where w.enabled and (w.types = '{}' or $5 || '.' || $6 "
                                         "= any(w.types) or $5 || '.*' = any(w.types))"
                                         " and (w.bots = '{}' or $4::uuid = any(w.bots))"
                                         " on conflict do nothing returning 1"};
static const struct cs_stmt LOG_PLACE = {
    "log_place", "select seq from log where id = $1::uuid and only_webhook is null"};
static const struct cs_stmt LOG_LATEST = {"log_latest",
                                          "select coalesce(max(seq), 0) from positions"};
static const struct cs_stmt LOG_AFTER = {
    "log_after",
    "select event_id, aggregate, event, bot_id, subject, version, happened_ms, payload, "
    "seq, tenant_id from log_after($1::uuid[], $2::bigint[], $3::int)"};
static const struct cs_stmt LOG_EXPIRE = {"log_expire", "select log_expire(" MS("$1") ")"};

int store_log_add(struct cs_call *call, const struct kept_event *e, const char *wire,
                  const char *ordering)
{
    cs_pg_begin(call->pg, call->tenant);
    return cs_pg_last(call->pg, &LOG_ADD, CS_S(call->tenant), CS_S(e->id), CS_S(wire), CS_S(e->bot),
                      CS_S(e->aggregate), CS_S(e->event), CS_S(e->subject), CS_I(e->version),
                      CS_S(ordering), CS_I(e->happened_ms), CS_I(cs_now_ms()),
                      CS_B(e->payload, e->len))
               ? 0
               : cs_fail_pg(call);
}

int store_log_place(struct cs_call *call, const char *event, int64_t *ret_seq)
{
    PGresult *r;

    if (event && !cs_id_valid(event))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    r = event ? cs_pg_last(call->pg, &LOG_PLACE, CS_S(event)) : cs_pg_last(call->pg, &LOG_LATEST);
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    *ret_seq = cs_pg_i64(r, 0, 0);
    return 0;
}

void row_event(struct cs_arena *a, const PGresult *r, int row, int at, struct kept_event *ret)
{
    *ret = (struct kept_event){
        .id = cs_strdup(a, cs_pg_text(r, row, at)),
        .aggregate = cs_strdup(a, cs_pg_text(r, row, at + 1)),
        .event = cs_strdup(a, cs_pg_text(r, row, at + 2)),
        .bot = cs_strdup(a, cs_pg_text(r, row, at + 3)),
        .subject = cs_strdup(a, cs_pg_text(r, row, at + 4)),
        .version = cs_pg_i64(r, row, at + 5),
        .happened_ms = cs_pg_i64(r, row, at + 6),
    };
    ret->payload = cs_pg_bytes(a, r, row, at + 7, &ret->len);
}

int store_log_after(struct cs_call *call, char *const *tenants, const int64_t *places, size_t n,
                    int most, struct kept_event **ret, size_t *ret_n)
{
    char **numbers = CS_NEW(call->arena, char *, n);
    PGresult *r;

    for (size_t i = 0; i < n; i++)
        numbers[i] = cs_printf(call->arena, "%lld", (long long)places[i]);
    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &LOG_AFTER, CS_S(cs_pg_array(call->arena, tenants, n)),
                   CS_S(cs_pg_array(call->arena, numbers, n)), CS_I(most));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct kept_event, *ret_n);
    for (size_t i = 0; i < *ret_n; i++) {
        row_event(call->arena, r, (int)i, 0, &(*ret)[i]);
        (*ret)[i].seq = cs_pg_i64(r, (int)i, 8);
        (*ret)[i].tenant = cs_strdup(call->arena, cs_pg_text(r, (int)i, 9));
    }
    return 0;
}

int store_log_expire(struct cs_call *call, int64_t before_ms)
{
    cs_pg_begin(call->pg, NULL);
    return cs_pg_last(call->pg, &LOG_EXPIRE, CS_I(before_ms)) ? 0 : cs_fail_pg(call);
}

/* ---- webhooks ---- */

#define WEBHOOK                                                                                    \
    "w.id, w.url, w.types, w.bots, w.ordered, w.enabled, w.disabled_reason, w.last_error, w.box, " \
    "w.version, " CS_MS("w.created_at") ", " CS_MS("w.updated_at") ", " CS_MS("w.old_until")
#define PENDING                                                                                    \
    ", (select count(*) from deliveries d where d.tenant_id = w.tenant_id and d.webhook_id = "     \
    "w.id and d.status = 'pending')"

/* of two at once the later one counts after the earlier one has committed */
static const struct cs_stmt WEBHOOKS_LOCK = {
    "webhooks_lock",
    "insert into positions (tenant_id, seq) values ($1::uuid, 0) on conflict (tenant_id) do update "
    "set seq = positions.seq"};
static const struct cs_stmt WEBHOOK_ADD = {
    "webhook_add",
    "insert into webhooks (tenant_id, id, url, types, bots, ordered, enabled, box, created_at, "
    "updated_at)"
    " select $1::uuid, $2::uuid, $3, $4::text[], $5::uuid[], $6::boolean, $7::boolean, "
    "$8::bytea, " MS("$9") ", " MS(
        "$9") " where (select count(*) from webhooks) < $10::bigint returning id"};
static const struct cs_stmt WEBHOOKS_PAGE = {
    "webhooks_page",
    "select " WEBHOOK PENDING " from webhooks w where $1::bigint is null or (w.created_at, w.id) < "
    "(" MS("$1") ", $2::uuid)"
                 " order by w.created_at desc, w.id desc limit $3::int"};
static const struct cs_stmt WEBHOOK_GET = {"webhook_get", "select " WEBHOOK PENDING
                                                          " from webhooks w where w.id = $1::uuid"};
static const struct cs_stmt WEBHOOK_LOCK = {
    "webhook_lock",
    "select " WEBHOOK PENDING " from webhooks w where w.id = $1::uuid for update of w"};
static const struct cs_stmt WEBHOOK_SAVE = {
    "webhook_save",
    "update webhooks set url = $2, types = $3::text[], bots = $4::uuid[], ordered = $5::boolean, "
    "enabled = $6::boolean, disabled_reason = $7, last_error = case when $6::boolean and not "
    "enabled then null else last_error end, failing_since = case when $6::boolean and not enabled "
    "then null else failing_since end, version = $8::bigint, updated_at = " MS(
        "$9") " where id = $1::uuid"};
static const struct cs_stmt WEBHOOK_ROTATE = {
    "webhook_rotate",
    "update webhooks set old_box = box, box = $2::bytea, old_until = " MS(
        "$3") ", version = $4::bigint, updated_at = " MS("$5") " where id = $1::uuid"};
static const struct cs_stmt WEBHOOK_REMOVE = {
    "webhook_remove", "delete from webhooks where id = $1::uuid returning version + 1"};

static void row_webhook(struct cs_arena *a, const PGresult *r, int row, struct webhook_row *w)
{
    *w = (struct webhook_row){
        .id = cs_strdup(a, cs_pg_text(r, row, 0)),
        .url = cs_strdup(a, cs_pg_text(r, row, 1)),
        .ordered = cs_pg_bool(r, row, 4),
        .enabled = cs_pg_bool(r, row, 5),
        .disabled_reason = cs_strdup(a, cs_pg_text(r, row, 6)),
        .last_error = cs_strdup(a, cs_pg_text(r, row, 7)),
        .version = cs_pg_i64(r, row, 9),
        .created_ms = cs_pg_i64(r, row, 10),
        .updated_ms = cs_pg_i64(r, row, 11),
        .old_until_ms = cs_pg_i64(r, row, 12),
        .pending = cs_pg_i64(r, row, 13),
    };
    w->filter.types = cs_pg_texts(a, r, row, 2, &w->filter.n_types);
    w->filter.bots = cs_pg_texts(a, r, row, 3, &w->filter.n_bots);
    w->box = cs_pg_bytes(a, r, row, 8, &w->box_len);
}

int store_webhook_add(struct cs_call *call, const struct webhook_row *w, int64_t most)
{
    struct cs_arena *a = call->arena;
    PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &WEBHOOKS_LOCK, CS_S(call->tenant));
    r = cs_pg_query(call->pg, &WEBHOOK_ADD, CS_S(call->tenant), CS_S(w->id), CS_S(w->url),
                    CS_S(cs_pg_array(a, w->filter.types, w->filter.n_types)),
                    CS_S(cs_pg_array(a, w->filter.bots, w->filter.n_bots)), CS_BOOL(w->ordered),
                    CS_BOOL(w->enabled), CS_B(w->box, w->box_len), CS_I(w->created_ms), CS_I(most));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) > 0)
        return 0;
    cs_pg_rollback(call->pg);
    return STORE_FULL;
}

int store_webhooks_page(struct cs_call *call, const struct cs_page *page, struct webhook_row **ret,
                        size_t *ret_n)
{
    PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &WEBHOOKS_PAGE, page->after ? CS_I(page->ms) : CS_NULL, CS_S(page->id),
                   CS_I(page->n));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct webhook_row, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        row_webhook(call->arena, r, (int)i, &(*ret)[i]);
    return 0;
}

static int webhook_one(struct cs_call *call, const PGresult *r, struct webhook_row **ret)
{
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0) {
        cs_pg_rollback(call->pg);
        return STORE_NONE;
    }
    *ret = CS_NEW(call->arena, struct webhook_row, 1);
    row_webhook(call->arena, r, 0, *ret);
    return 0;
}

int store_webhook_get(struct cs_call *call, const char *id, struct webhook_row **ret)
{
    if (!cs_id_valid(id))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    return webhook_one(call, cs_pg_last(call->pg, &WEBHOOK_GET, CS_S(id)), ret);
}

int store_webhook_lock(struct cs_call *call, const char *id, struct webhook_row **ret)
{
    if (!cs_id_valid(id))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    return webhook_one(call, cs_pg_query(call->pg, &WEBHOOK_LOCK, CS_S(id)), ret);
}

void store_webhook_save(struct cs_call *call, const struct webhook_row *w)
{
    struct cs_arena *a = call->arena;

    cs_pg_push(call->pg, &WEBHOOK_SAVE, CS_S(w->id), CS_S(w->url),
               CS_S(cs_pg_array(a, w->filter.types, w->filter.n_types)),
               CS_S(cs_pg_array(a, w->filter.bots, w->filter.n_bots)), CS_BOOL(w->ordered),
               CS_BOOL(w->enabled), CS_S(w->disabled_reason), CS_I(w->version),
               CS_I(w->updated_ms));
}

void store_webhook_rotate(struct cs_call *call, const struct webhook_row *w, const void *box,
                          size_t len, int64_t old_until_ms)
{
    cs_pg_push(call->pg, &WEBHOOK_ROTATE, CS_S(w->id), CS_B(box, len), CS_I(old_until_ms),
               CS_I(w->version), CS_I(w->updated_ms));
}

int store_webhook_remove(struct cs_call *call, const char *id, int64_t *ret_version)
{
    PGresult *r;

    if (!cs_id_valid(id))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    if (!(r = cs_pg_query(call->pg, &WEBHOOK_REMOVE, CS_S(id))))
        return cs_fail_pg(call);
    if (PQntuples(r) == 0) {
        cs_pg_rollback(call->pg);
        return STORE_NONE;
    }
    *ret_version = cs_pg_i64(r, 0, 0);
    return 0;
}

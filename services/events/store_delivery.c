/* Deliveries and their attempts in SQL. */
#include "events/store_row.h"

#include "base/clock.h"
#include "base/id.h"

#include <string.h>

/* of a delivery d and its event l */
#define EVENT                                                                                      \
    "l.id, l.aggregate, l.event, l.bot_id, l.subject, l.version, " CS_MS(                          \
        "l.happened_at") ", l.payload"
#define DELIVERY                                                                                   \
    EVENT ", d.id, d.status, " CS_MS(                                                              \
        "d.created_at") ", case when d.status = 'pending' then " CS_MS("d.next_at") " end"
#define WITH_EVENT                                                                                 \
    " from deliveries d join log l on l.tenant_id = d.tenant_id and l.id = d.event_id "

/* ---- the work ---- */

static const struct cs_stmt CLAIM = {
    "claim",
    "select event_id, aggregate, event, bot_id, subject, version, happened_ms, payload, tenant_id, "
    "webhook_id, id, attempts, url, box, old_box from deliveries_claim($1::uuid, $2::int, $3::int, "
    "$4::int, " MS("$5") ", " MS("$6") ")"};
static const struct cs_stmt SETTLE = {
    "settle",
    "update deliveries set status = $4, attempts = $5::int, next_at = " MS(
        "$6") ", runner = null, lease_until = null where webhook_id = $1::uuid and id = $2::uuid "
              "and runner = $3::uuid returning id"};
static const struct cs_stmt ATTEMPT_ADD = {
    "attempt_add",
    "insert into attempts (tenant_id, webhook_id, delivery_id, n, began_at, status_code, error, "
    "body, duration_ms) values ($1::uuid, $2::uuid, $3::uuid, $4::int, " MS(
        "$5") ", nullif($6::int, 0), $7, $8, $9::int) on conflict do nothing"};
static const struct cs_stmt WEBHOOK_WELL = {
    "webhook_well", "update webhooks set failing_since = null, last_error = null where id = "
                    "$1::uuid and failing_since is not null"};
/* A webhook that fails for too long, or whose receiver is gone, is disabled. */
static const struct cs_stmt WEBHOOK_FAILED = {
    "webhook_failed",
    "update webhooks w set last_error = $2, failing_since = coalesce(w.failing_since, t.began),"
    " enabled = t.reason is null, disabled_reason = coalesce(t.reason, w.disabled_reason),"
    " version = w.version + (t.reason is not null)::int"
    " from (select v.id, to_timestamp($3::bigint / 1000.0) as began, coalesce($4::text,"
    " case when v.failing_since < to_timestamp($5::bigint / 1000.0) then $6::text end) as reason"
    " from webhooks v where v.id = $1::uuid) t where w.id = t.id and w.enabled"
    " returning w.enabled, w.disabled_reason, w.version"};
static const struct cs_stmt UNCLAIM = {
    "unclaim", "update deliveries set runner = null, lease_until = null, next_at = " MS(
                   "$3") " where webhook_id = $1::uuid and id = $2::uuid"};

int store_claim(struct cs_call *call, const char *runner, const struct claim_limits *limits,
                struct claim **ret, size_t *ret_n)
{
    struct cs_arena *a = call->arena;
    PGresult *r;

    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &CLAIM, CS_S(runner), CS_I(limits->all), CS_I(limits->per_webhook),
                   CS_I(limits->per_tenant), CS_I(limits->now_ms), CS_I(limits->until_ms));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(a, struct claim, *ret_n);
    for (int i = 0; i < (int)*ret_n; i++) {
        struct claim *c = &(*ret)[i];
        row_event(a, r, i, 0, &c->event);
        c->event.tenant = cs_strdup(a, cs_pg_text(r, i, 8));
        c->webhook = cs_strdup(a, cs_pg_text(r, i, 9));
        c->id = cs_strdup(a, cs_pg_text(r, i, 10));
        c->attempts = (int)cs_pg_i64(r, i, 11);
        c->url = cs_strdup(a, cs_pg_text(r, i, 12));
        c->box = cs_pg_bytes(a, r, i, 13, &c->box_len);
        c->old_box = PQgetisnull(r, i, 14) ? NULL : cs_pg_bytes(a, r, i, 14, &c->old_box_len);
    }
    return 0;
}

static int webhook_settle(struct cs_call *call, const struct settled *s, const char *late,
                          const char **ret_disabled, int64_t *ret_version)
{
    PGresult *r;

    *ret_disabled = NULL;
    if (!s->error) {
        cs_pg_push(call->pg, &WEBHOOK_WELL, CS_S(s->webhook));
        return 0;
    }
    r = cs_pg_query(call->pg, &WEBHOOK_FAILED, CS_S(s->webhook), CS_S(s->error), CS_I(s->began_ms),
                    CS_S(s->disable), CS_I(s->disable_before_ms), CS_S(late));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) > 0 && !cs_pg_bool(r, 0, 0)) {
        *ret_disabled = cs_strdup(call->arena, cs_pg_text(r, 0, 1));
        *ret_version = cs_pg_i64(r, 0, 2);
    }
    return 0;
}

int store_settle(struct cs_call *call, const struct settled *s, const char *late,
                 const char **ret_disabled, int64_t *ret_version)
{
    PGresult *r;

    cs_pg_begin(call->pg, s->tenant);
    r = cs_pg_query(call->pg, &SETTLE, CS_S(s->webhook), CS_S(s->delivery), CS_S(s->runner),
                    CS_S(s->status), CS_I(s->attempts), CS_I(s->next_ms));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0) {
        cs_pg_rollback(call->pg);
        return STORE_NONE;
    }
    cs_pg_push(call->pg, &ATTEMPT_ADD, CS_S(s->tenant), CS_S(s->webhook), CS_S(s->delivery),
               CS_I(s->attempts), CS_I(s->began_ms), CS_I(s->status_code), CS_S(s->error),
               CS_S(s->body), CS_I(s->duration_ms));
    return webhook_settle(call, s, late, ret_disabled, ret_version);
}

int store_unclaim(struct cs_call *call, const char *tenant, const char *webhook,
                  const char *delivery, int64_t next_ms)
{
    cs_pg_begin(call->pg, tenant);
    return cs_pg_last(call->pg, &UNCLAIM, CS_S(webhook), CS_S(delivery), CS_I(next_ms))
               ? 0
               : cs_fail_pg(call);
}

/* ---- by request ---- */

static const struct cs_stmt TEST_ADD = {
    "test_add",
    "with place as ("
    "  insert into positions as p (tenant_id, seq) values ($1::uuid, 1)"
    "  on conflict (tenant_id) do update set seq = p.seq + 1 returning seq"
    "), now as (select to_timestamp($6::bigint / 1000.0) as at), kept as ("
    "  insert into log (tenant_id, seq, id, wire, aggregate, event, subject, ordering, "
    "only_webhook, happened_at, kept_at, payload)"
    "  select $1::uuid, p.seq, $2::uuid, '', $3, $4, $5::uuid::text, $2::uuid::text, w.id, n.at,"
    " n.at, $7::bytea from place p, webhooks w, now n where w.id = $5::uuid returning seq"
    ") insert into deliveries (tenant_id, webhook_id, id, event_id, seq, ordering, test, "
    "next_at, created_at) select $1::uuid, $5::uuid, $8::uuid, $2::uuid, seq, $2::uuid::text,"
    " true, n.at, n.at from kept, now n returning id"};
static const struct cs_stmt REPLAY = {
    "replay", "with added as (insert into deliveries (tenant_id, webhook_id, id, event_id, seq, "
              "replay, "
              "ordering, next_at, created_at)"
              " select $1::uuid, $2::uuid, gen_random_uuid(), l.id, l.seq, $5::bigint, "
              "l.ordering, " MS("$5") ", " MS("$5") " from log l where l.happened_at >= " MS(
                  "$3") " and l.happened_at < " MS("$4") " and l.only_webhook is null"
                                                         " and ($6::text[] = '{}' or l.aggregate "
                                                         "|| '.' || l.event = any($6::text[]) or "
                                                         "l.aggregate || '.*' = any($6::text[]))"
                                                         " and ($7::uuid[] = '{}' or l.bot_id = "
                                                         "any($7::uuid[]))"
                                                         " order by l.seq limit $8::int on "
                                                         "conflict do nothing returning 1)"
                                                         " select count(*) from added"};
static const struct cs_stmt DELIVERIES_PAGE = {
    "deliveries_page",
    "select " DELIVERY WITH_EVENT
    "where d.webhook_id = $1::uuid and ($2::bigint is null or (d.created_at, d.id) < (" MS(
        "$2") ", $3::uuid)) order by d.created_at desc, d.id desc limit $4::int"};
static const struct cs_stmt DELIVERY_GET = {"delivery_get",
                                            "select " DELIVERY WITH_EVENT
                                            "where d.webhook_id = $1::uuid and d.id = $2::uuid"};
static const struct cs_stmt ATTEMPTS_OF = {
    "attempts_of", "select delivery_id, " CS_MS(
                       "began_at") ", status_code, body, error, duration_ms from attempts where "
                                   "webhook_id = $1::uuid and delivery_id = any($2::uuid[]) order "
                                   "by delivery_id, n desc"};

int store_test_add(struct cs_call *call, const struct kept_event *e, const char *webhook,
                   const char *delivery, int64_t now_ms)
{
    PGresult *r;

    if (!cs_id_valid(webhook))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_query(call->pg, &TEST_ADD, CS_S(call->tenant), CS_S(e->id), CS_S(e->aggregate),
                    CS_S(e->event), CS_S(webhook), CS_I(now_ms), CS_B(e->payload, e->len),
                    CS_S(delivery));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) > 0)
        return 0;
    cs_pg_rollback(call->pg);
    return STORE_NONE;
}

int store_replay(struct cs_call *call, const struct webhook_row *w, int64_t from_ms, int64_t to_ms,
                 int most, int64_t *ret_n)
{
    struct cs_arena *a = call->arena;
    PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &REPLAY, CS_S(call->tenant), CS_S(w->id), CS_I(from_ms), CS_I(to_ms),
                   CS_I(cs_now_ms()), CS_S(cs_pg_array(a, w->filter.types, w->filter.n_types)),
                   CS_S(cs_pg_array(a, w->filter.bots, w->filter.n_bots)), CS_I(most));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = cs_pg_i64(r, 0, 0);
    return 0;
}

static void row_delivery(struct cs_call *call, const PGresult *r, int row, struct delivery_row *d)
{
    row_event(call->arena, r, row, 0, &d->event);
    d->event.tenant = call->tenant;
    d->id = cs_strdup(call->arena, cs_pg_text(r, row, 8));
    d->status = cs_strdup(call->arena, cs_pg_text(r, row, 9));
    d->created_ms = cs_pg_i64(r, row, 10);
    d->next_ms = cs_pg_i64(r, row, 11);
}

int store_deliveries_page(struct cs_call *call, const char *webhook, const struct cs_page *page,
                          struct delivery_row **ret, size_t *ret_n)
{
    PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &DELIVERIES_PAGE, CS_S(webhook),
                   page->after ? CS_I(page->ms) : CS_NULL, CS_S(page->id), CS_I(page->n));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct delivery_row, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        row_delivery(call, r, (int)i, &(*ret)[i]);
    return 0;
}

int store_delivery_get(struct cs_call *call, const char *webhook, const char *delivery,
                       struct delivery_row **ret)
{
    PGresult *r;

    if (!cs_id_valid(webhook) || !cs_id_valid(delivery))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    if (!(r = cs_pg_last(call->pg, &DELIVERY_GET, CS_S(webhook), CS_S(delivery))))
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    *ret = CS_NEW(call->arena, struct delivery_row, 1);
    row_delivery(call, r, 0, *ret);
    return 0;
}

static DeliveryAttempt *row_attempt(struct cs_arena *a, const PGresult *r, int row)
{
    DeliveryAttempt *t = DeliveryAttempt_new(a);

    DeliveryAttempt_set_time(t, cs_pg_i64(r, row, 1));
    if (!PQgetisnull(r, row, 2))
        DeliveryAttempt_set_status_code(t, (int32_t)cs_pg_i64(r, row, 2));
    t->body = cs_strdup(a, cs_pg_text(r, row, 3));
    t->error = cs_strdup(a, cs_pg_text(r, row, 4));
    DeliveryAttempt_set_duration_ms(t, cs_pg_i64(r, row, 5));
    return t;
}

int store_attempts(struct cs_call *call, const char *webhook, WebhookDelivery *const *deliveries,
                   size_t n)
{
    struct cs_arena *a = call->arena;
    char **ids = CS_NEW(a, char *, n);
    PGresult *r;

    for (size_t i = 0; i < n; i++)
        ids[i] = deliveries[i]->id;
    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &ATTEMPTS_OF, CS_S(webhook), CS_S(cs_pg_array(a, ids, n)));
    if (!r)
        return cs_fail_pg(call);
    for (size_t i = 0; i < n; i++)
        deliveries[i]->attempts = CS_NEW(a, DeliveryAttempt *, PQntuples(r));
    for (int row = 0; row < PQntuples(r); row++) {
        size_t i = 0;
        while (i < n && strcmp(ids[i], cs_pg_text(r, row, 0)) != 0)
            i++;
        if (i < n)
            deliveries[i]->attempts[deliveries[i]->n_attempts++] = row_attempt(a, r, row);
    }
    return 0;
}

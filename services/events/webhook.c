/* Handlers of webhooks: created, read, changed, rotated and deleted. */
#include "events/webhook.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/id.h"
#include "bot/plan.h"
#include "bus/event.h"
#include "bus/idempotency.h"
#include "crypto/webhook.h"
#include "events/address.h"
#include "events/seal.h"
#include "events/send.h"
#include "events/store.h"
#include "pg/pg.h"

#include <string.h>

int webhook_none(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The webhook does not exist.");
}

void webhook_event(struct cs_call *call, const char *tenant, const char *id, int64_t version,
                   const char *event, const char *reason)
{
    WebhookEvent payload = WEBHOOK_EVENT_INIT;

    payload.webhook_id = cs_strdup(call->arena, id);
    WebhookEvent_set_version(&payload, version);
    payload.reason = cs_strdup(call->arena, reason);
    cs_event(call, &(struct cs_event){.tenant = tenant,
                                      .aggregate = "webhook",
                                      .event = event,
                                      .id = id,
                                      .version = version,
                                      .payload = &payload.base});
}

static void webhook_show(struct cs_arena *a, const struct webhook_row *w, Webhook *rep)
{
    rep->id = cs_strdup(a, w->id);
    rep->url = cs_strdup(a, w->url);
    rep->types = w->filter.types;
    rep->n_types = w->filter.n_types;
    rep->bots = w->filter.bots;
    rep->n_bots = w->filter.n_bots;
    Webhook_set_ordered(rep, w->ordered);
    Webhook_set_enabled(rep, w->enabled);
    rep->disabled_reason = cs_strdup(a, w->disabled_reason);
    rep->last_error = cs_strdup(a, w->last_error);
    Webhook_set_pending(rep, w->pending);
    Webhook_set_created_at(rep, w->created_ms);
    Webhook_set_updated_at(rep, w->updated_ms);
    if (w->old_until_ms > cs_now_ms())
        Webhook_set_old_secret_until(rep, w->old_until_ms);
}

CS_HANDLER(Events, create_webhook, CreateWebhookRequest, Webhook)
{
    struct cs_arena *a = call->arena;
    struct webhook_row w = {.id = CS_NEW(a, char, CS_ID_SIZE),
                            .url = req->url,
                            .filter = {req->types, req->bots, req->n_types, req->n_bots},
                            .ordered = req->ordered,
                            .enabled = req->enabled,
                            .version = 1};
    char *secret = cs_webhook_secret_new(a);
    Plan *plan;
    int r = cs_need_caller(call);

    if (r || (r = filter_check(call, &w.filter)) || (r = address_check(call, w.url)) ||
        (r = cs_plan_get(call, call->tenant, &plan)))
        return r;
    cs_id_new((char *)(uintptr_t)w.id);
    w.created_ms = w.updated_ms = cs_now_ms();
    w.box = seal(a, call->tenant, w.id, secret, &w.box_len);
    r = store_webhook_add(call, &w, CS_PLAN(plan, max_webhooks));
    if (r)
        return r == STORE_FULL
                   ? cs_fail_quota(call, "webhooks in a workspace", plan->max_webhooks, 0)
                   : r;
    webhook_event(call, call->tenant, w.id, w.version, "created", NULL);
    webhook_show(a, &w, rep);
    rep->secret = secret;
    cs_idempotency_keep(call, &rep->base);
    return store_commit(call);
}

CS_HANDLER(Events, list_webhooks, ListWebhooksRequest, WebhookList)
{
    struct webhook_row *rows;
    struct cs_page page;
    size_t n;
    bool more;
    int r;

    if ((r = cs_need_caller(call)) || (r = cs_page_of(call, req->limit, req->cursor, &page)) ||
        (r = store_webhooks_page(call, &page, &rows, &n)))
        return r;
    rep->n_items = cs_page_shown(&page, n, &more);
    rep->items = CS_NEW(call->arena, Webhook *, rep->n_items);
    for (size_t i = 0; i < rep->n_items; i++) {
        rep->items[i] = Webhook_new(call->arena);
        webhook_show(call->arena, &rows[i], rep->items[i]);
    }
    if (more)
        rep->next_cursor =
            cs_pg_cursor(call->arena, rows[rep->n_items - 1].created_ms, rows[rep->n_items - 1].id);
    return 0;
}

CS_HANDLER(Events, get_webhook, WebhookRequest, Webhook)
{
    struct webhook_row *w;
    int r = cs_need_caller(call);

    if (r || (r = store_webhook_get(call, req->id, &w)))
        return r == STORE_NONE ? webhook_none(call) : r;
    webhook_show(call->arena, w, rep);
    return 0;
}

static bool webhook_clears(const UpdateWebhookRequest *req, const char *field)
{
    for (size_t i = 0; i < req->n_clear; i++)
        if (strcmp(req->clear[i], field) == 0)
            return true;
    return false;
}

/* Lays the request over the row. */
static void webhook_merge(struct webhook_row *w, const UpdateWebhookRequest *req)
{
    if (req->url)
        w->url = req->url;
    if (req->n_types > 0 || webhook_clears(req, "types")) {
        w->filter.types = req->types;
        w->filter.n_types = req->n_types;
    }
    if (req->n_bots > 0 || webhook_clears(req, "bots")) {
        w->filter.bots = req->bots;
        w->filter.n_bots = req->n_bots;
    }
    if (req->has_ordered)
        w->ordered = req->ordered;
    if (req->has_enabled) {
        if (req->enabled && !w->enabled)
            w->last_error = NULL;
        w->enabled = req->enabled;
        w->disabled_reason = req->enabled ? NULL : w->disabled_reason;
    }
}

CS_HANDLER(Events, update_webhook, UpdateWebhookRequest, Webhook)
{
    const struct filter filter = {req->types, req->bots, req->n_types, req->n_bots};
    struct webhook_row *w;
    int r = cs_need_caller(call);

    if (r || (r = filter_check(call, &filter)) ||
        (req->url && (r = address_check(call, req->url))) ||
        (r = store_webhook_lock(call, req->id, &w)))
        return r == STORE_NONE ? webhook_none(call) : r;
    webhook_merge(w, req);
    w->version++;
    w->updated_ms = cs_now_ms();
    store_webhook_save(call, w);
    webhook_event(call, call->tenant, w->id, w->version, "updated", NULL);
    webhook_show(call->arena, w, rep);
    if ((r = store_commit(call)) == 0) {
        if (!w->enabled)
            send_stop(w->id);
        send_wake();
    }
    return r;
}

CS_HANDLER(Events, delete_webhook, WebhookRequest, Empty)
{
    int64_t version;
    int r = cs_need_caller(call);

    (void)rep;
    if (r || (r = store_webhook_remove(call, req->id, &version)))
        return r == STORE_NONE ? webhook_none(call) : r;
    webhook_event(call, call->tenant, req->id, version, "deleted", NULL);
    if ((r = store_commit(call)) == 0)
        send_stop(req->id);
    return r;
}

CS_HANDLER(Events, rotate_webhook, WebhookRequest, WebhookSecret)
{
    char *secret = cs_webhook_secret_new(call->arena);
    struct webhook_row *w;
    size_t len;
    int r = cs_need_caller(call);

    if (r || (r = store_webhook_lock(call, req->id, &w)))
        return r == STORE_NONE ? webhook_none(call) : r;
    w->version++;
    w->updated_ms = cs_now_ms();
    const void *box = seal(call->arena, call->tenant, w->id, secret, &len);
    store_webhook_rotate(call, w, box, len, w->updated_ms + WEBHOOK_OVERLAP_MS);
    webhook_event(call, call->tenant, w->id, w->version, "updated", NULL);
    rep->secret = secret;
    WebhookSecret_set_old_secret_until(rep, w->updated_ms + WEBHOOK_OVERLAP_MS);
    cs_idempotency_keep(call, &rep->base);
    return store_commit(call);
}

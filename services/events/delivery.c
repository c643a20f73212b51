/* Handlers of deliveries: the log of a webhook, a test and a replay. */
#include "events/webhook.h"

#include "base/clock.h"
#include "base/id.h"
#include "events/send.h"
#include "events/store.h"
#include "pbjson/pbjson.h"
#include "pg/pg.h"

#include <string.h>

static DeliveryStatus delivery_status(const char *word)
{
    return strcmp(word, "delivered") == 0 ? DELIVERY_STATUS_DELIVERED
           : strcmp(word, "failed") == 0  ? DELIVERY_STATUS_FAILED
                                          : DELIVERY_STATUS_PENDING;
}

static void delivery_show(struct cs_arena *a, const struct delivery_row *d, WebhookDelivery *rep)
{
    rep->id = cs_strdup(a, d->id);
    rep->event_id = cs_strdup(a, d->event.id);
    rep->event_type = cs_printf(a, "io.chatsphere.%s.%s.v1", d->event.aggregate, d->event.event);
    WebhookDelivery_set_status(rep, delivery_status(d->status));
    WebhookDelivery_set_created_at(rep, d->created_ms);
    if (d->next_ms)
        WebhookDelivery_set_next_attempt_at(rep, d->next_ms);
}

CS_HANDLER(Events, list_deliveries, ListDeliveriesRequest, WebhookDeliveryList)
{
    struct delivery_row *rows;
    struct webhook_row *w;
    struct cs_page page;
    size_t n;
    bool more;
    int r;

    if ((r = cs_need_caller(call)) || (r = cs_page_of(call, req->limit, req->cursor, &page)) ||
        (r = store_webhook_get(call, req->id, &w)) ||
        (r = store_deliveries_page(call, req->id, &page, &rows, &n)))
        return r == STORE_NONE ? webhook_none(call) : r;
    rep->n_items = cs_page_shown(&page, n, &more);
    rep->items = CS_NEW(call->arena, WebhookDelivery *, rep->n_items);
    for (size_t i = 0; i < rep->n_items; i++) {
        rep->items[i] = WebhookDelivery_new(call->arena);
        delivery_show(call->arena, &rows[i], rep->items[i]);
    }
    if ((r = store_attempts(call, req->id, rep->items, rep->n_items)))
        return r;
    size_t fit = cs_page_fit((ProtobufCMessage *const *)rep->items, rep->n_items, rep->n_items);
    more = more || fit < rep->n_items;
    rep->n_items = fit;
    if (more)
        rep->next_cursor = cs_pg_cursor(call->arena, rows[fit - 1].created_ms, rows[fit - 1].id);
    return 0;
}

CS_HANDLER(Events, get_delivery, DeliveryRequest, WebhookDelivery)
{
    struct delivery_row *d;
    int r = cs_need_caller(call);

    if (r || (r = store_delivery_get(call, req->id, req->delivery_id, &d)))
        return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "The delivery does not exist.") : r;
    delivery_show(call->arena, d, rep);
    rep->request_body = render_event(call->arena, &d->event);
    return store_attempts(call, req->id, &rep, 1);
}

CS_HANDLER(Events, test_webhook, WebhookRequest, WebhookDelivery)
{
    struct cs_arena *a = call->arena;
    WebhookEvent *body = WebhookEvent_new(a);
    char *event = CS_NEW(a, char, CS_ID_SIZE), *delivery = CS_NEW(a, char, CS_ID_SIZE);
    struct delivery_row d = {.id = delivery,
                             .status = "pending",
                             .event = {.id = event, .aggregate = "webhook", .event = "test"}};
    int r = cs_need_caller(call);

    cs_id_new(event);
    cs_id_new(delivery);
    d.created_ms = d.next_ms = cs_now_ms();
    body->webhook_id = req->id;
    d.event.payload = pbjson_pack(a, &body->base, &d.event.len);
    if (r || (r = store_test_add(call, &d.event, req->id, delivery, d.created_ms)))
        return r == STORE_NONE ? webhook_none(call) : r;
    delivery_show(a, &d, rep);
    if ((r = store_commit(call)) == 0)
        send_wake();
    return r;
}

CS_HANDLER(Events, replay_webhook, ReplayWebhookRequest, WebhookReplay)
{
    int64_t n, now = cs_now_ms();
    struct webhook_row *w;
    int r = cs_need_caller(call);

    if (r || (r = store_webhook_get(call, req->id, &w)))
        return r == STORE_NONE ? webhook_none(call) : r;
    if (!w->enabled)
        return cs_fail(call, CS_CONFLICT, "The webhook is disabled. Enable it first.");
    if (req->has_to && req->to <= req->from)
        return cs_fail_field(call, "to", "The value must be later than from.");
    r = store_replay(call, w, req->from, req->has_to ? req->to : now, WEBHOOK_REPLAY_MAX, &n);
    if (r == 0) {
        WebhookReplay_set_deliveries(rep, n);
        send_wake();
    }
    return r;
}

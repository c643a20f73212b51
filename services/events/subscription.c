/* Handlers of event subscriptions. */
#include "events/subscription.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "bot/plan.h"
#include "bus/client.h"
#include "bus/idempotency.h"
#include "events/account.h"
#include "events/seal.h"
#include "events/store.h"
#include "chatsphere/v1/names.h"
#include "pg/pg.h"

#include <string.h>

enum { ROTATIONS_MAX = 500 };

static int subscription_none(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The event subscription does not exist.");
}

static void subscription_show(struct cs_arena *a, const struct subscription_row *s,
                              EventSubscription *rep)
{
    const char *url = cs_env("NATS_PUBLIC_URL");

    rep->id = cs_strdup(a, s->id);
    rep->name = cs_strdup(a, s->name);
    rep->types = s->filter.types;
    rep->n_types = s->filter.n_types;
    rep->bots = s->filter.bots;
    rep->n_bots = s->filter.n_bots;
    rep->nats_url = cs_strdup(a, url ? url : cs_env("NATS_URL"));
    rep->stream = cs_strdup(a, ACCOUNT_STREAM);
    rep->consumer = cs_strdup(a, s->account);
    rep->subjects = consumer_subjects(a, s, &rep->n_subjects);
    rep->inbox_prefix = cs_strdup(a, ACCOUNT_INBOX_PREFIX);
    rep->api_prefix = cs_strdup(a, ACCOUNT_API_PREFIX);
    EventSubscription_set_created_at(rep, s->created_ms);
}

/* With the lag, as far as the broker tells it. */
static void subscription_show_now(struct cs_call *call, const struct subscription_row *s,
                                  EventSubscription *rep)
{
    int64_t lag;

    subscription_show(call->arena, s, rep);
    if (consumer_lag(call, s, &lag) == 0)
        EventSubscription_set_lag(rep, lag);
    else
        cs_ask_clear(call);
}

CS_HANDLER(Events, create_subscription, CreateSubscriptionRequest, EventSubscription)
{
    struct cs_arena *a = call->arena;
    char *id = CS_NEW(a, char, CS_ID_SIZE);
    struct subscription_row s = {.tenant = call->tenant,
                                 .id = id,
                                 .name = req->name,
                                 .filter = {req->types, req->bots, req->n_types, req->n_bots},
                                 .created_ms = cs_now_ms()};
    struct cs_nkey account;
    Plan *plan;
    int r;

    if ((r = cs_need_caller(call)) || (r = filter_check(call, &s.filter)) ||
        (r = account_ready(call)) || (r = cs_plan_get(call, call->tenant, &plan)))
        return r;
    cs_id_new(id);
    cs_nkey_new(CS_NKEY_ACCOUNT, &account);
    s.account = cs_strdup(a, account.public_key);
    const char *credentials = account_user(a, &account, req->name, &s.user_key);
    s.box = seal(a, call->tenant, id, account.seed_text, &s.box_len);
    explicit_bzero(&account, sizeof(account));
    r = store_subscription_add(call, &s, CS_PLAN(plan, max_event_subscriptions));
    if (r)
        return r == STORE_FULL ? cs_fail_quota(call, "event subscriptions in a workspace",
                                               plan->max_event_subscriptions, 0)
                               : r;
    if ((r = account_publish(call, &s)) ||
        (r = consumer_make(call, &s, &(struct consumer_start){0})))
        return r;
    subscription_show(a, &s, rep);
    EventSubscription_set_lag(rep, 0);
    rep->credentials = (char *)(uintptr_t)credentials;
    cs_idempotency_keep(call, &rep->base);
    return store_commit(call);
}

CS_HANDLER(Events, list_subscriptions, ListSubscriptionsRequest, EventSubscriptionList)
{
    struct subscription_row *rows;
    struct cs_page page;
    size_t n;
    bool more;
    int r;

    if ((r = cs_need_caller(call)) || (r = cs_page_of(call, req->limit, req->cursor, &page)) ||
        (r = store_subscriptions_page(call, &page, &rows, &n)))
        return r;
    rep->n_items = cs_page_shown(&page, n, &more);
    rep->items = CS_NEW(call->arena, EventSubscription *, rep->n_items);
    for (size_t i = 0; i < rep->n_items; i++) {
        rep->items[i] = EventSubscription_new(call->arena);
        subscription_show_now(call, &rows[i], rep->items[i]);
    }
    if (more)
        rep->next_cursor =
            cs_pg_cursor(call->arena, rows[rep->n_items - 1].created_ms, rows[rep->n_items - 1].id);
    return 0;
}

CS_HANDLER(Events, get_subscription, SubscriptionRequest, EventSubscription)
{
    struct subscription_row *s;
    int r = cs_need_caller(call);

    if (r || (r = store_subscription_get(call, req->id, &s)))
        return r == STORE_NONE ? subscription_none(call) : r;
    subscription_show_now(call, s, rep);
    return 0;
}

CS_HANDLER(Events, delete_subscription, SubscriptionRequest, Empty)
{
    struct subscription_row *s;
    int r;

    (void)rep;
    if ((r = cs_need_caller(call)) || (r = account_ready(call)) ||
        (r = store_subscription_lock(call, req->id, &s)))
        return r == STORE_NONE ? subscription_none(call) : r;
    if ((r = account_remove(call, s)) || (r = consumer_remove(call, s)) ||
        (r = store_subscription_remove(call, s->id)))
        return r;
    return store_commit(call);
}

/* The user of before is revoked, and stays so. */
static void subscription_revoke(struct cs_arena *a, struct subscription_row *s)
{
    char **revoked = CS_NEW(a, char *, s->n_revoked + 1);

    for (size_t i = 0; i < s->n_revoked; i++)
        revoked[i] = s->revoked[i];
    revoked[s->n_revoked++] = cs_strdup(a, s->user_key);
    s->revoked = revoked;
    s->revoked_s = cs_now_ms() / 1000 + 1;
}

CS_HANDLER(Events, rotate_subscription, SubscriptionRequest, EventSubscription)
{
    struct subscription_row *s;
    struct cs_nkey account;
    int r;

    if ((r = cs_need_caller(call)) || (r = account_ready(call)) ||
        (r = store_subscription_lock(call, req->id, &s)))
        return r == STORE_NONE ? subscription_none(call) : r;
    if (s->n_revoked >= ROTATIONS_MAX)
        return cs_fail(
            call, CS_CONFLICT,
            "The subscription was rotated %d times, which is the maximum. Create another "
            "one.",
            ROTATIONS_MAX);
    const char *seed = unseal(call->arena, call->tenant, s->id, s->box, s->box_len);
    if (!seed || !cs_nkey_from_seed(seed, &account))
        return cs_fail_internal(call, "The seed of an account cannot be opened.");
    subscription_revoke(call->arena, s);
    const char *credentials = account_user(call->arena, &account, s->name, &s->user_key);
    explicit_bzero(&account, sizeof(account));
    store_subscription_rekey(call, s);
    if ((r = account_publish(call, s)))
        return r;
    subscription_show_now(call, s, rep);
    rep->credentials = (char *)(uintptr_t)credentials;
    cs_idempotency_keep(call, &rep->base);
    return store_commit(call);
}

CS_HANDLER(Events, replay_subscription, ReplaySubscriptionRequest, EventSubscription)
{
    const struct consumer_start start = {.from_ms = req->has_from ? req->from : 0,
                                         .sequence = req->has_sequence ? req->sequence : 0};
    struct subscription_row *s;
    int r;

    if ((r = cs_need_caller(call)) || (r = account_ready(call)) ||
        (r = store_subscription_lock(call, req->id, &s)))
        return r == STORE_NONE ? subscription_none(call) : r;
    if (req->has_from == req->has_sequence)
        return cs_fail_field(call, "from", "Either from or sequence is required.");
    if (req->has_from && req->from <= 0)
        return cs_fail_field(call, "from", "The value must be later than 1970.");
    if ((r = consumer_remove(call, s)) || (r = consumer_make(call, s, &start)))
        return r;
    subscription_show_now(call, s, rep);
    return store_commit(call);
}

/* A broker that has lost its state gets accounts and consumers again; a consumer then begins with all that is kept. */
void subscription_tick(struct cs_call *call)
{
    const struct consumer_start all = {.all = true};
    struct subscription_row *rows;
    int64_t lag;
    size_t n;

    if (account_ready(call) < 0 || store_subscriptions_all(call, &rows, &n) != 0)
        return;
    for (size_t i = 0; i < n && !cs_cancelled(call); i++) {
        int r = consumer_lag(call, &rows[i], &lag);
        if (r < 0)
            return;
        if (r != STORE_NONE)
            continue;
        cs_log(CS_WARN, "the broker has forgotten a subscription", "subscription", rows[i].id,
               NULL);
        if (account_publish(call, &rows[i]) < 0 || consumer_make(call, &rows[i], &all) < 0)
            return;
    }
}

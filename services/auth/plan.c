/* plan: what a workspace may use, and what it used this month. */
#include "auth/auth.h"
#include "auth/store.h"

#include "base/id.h"
#include "chatsphere/v1/names.h"

/* an absent number is no limit */
static void plan_fill(Plan *rep, const struct plan_row *p)
{
    rep->name = p->name;
    if (p->max_bots >= 0)
        Plan_set_max_bots(rep, p->max_bots);
    if (p->max_documents >= 0)
        Plan_set_max_documents(rep, p->max_documents);
    if (p->max_document_bytes >= 0)
        Plan_set_max_document_bytes(rep, p->max_document_bytes);
    if (p->max_messages >= 0)
        Plan_set_max_messages(rep, p->max_messages);
    if (p->max_tokens >= 0)
        Plan_set_max_tokens(rep, p->max_tokens);
    if (p->max_api_keys >= 0)
        Plan_set_max_api_keys(rep, p->max_api_keys);
    if (p->max_public_messages_day >= 0)
        Plan_set_max_public_messages_day(rep, p->max_public_messages_day);
    if (p->max_public_messages >= 0)
        Plan_set_max_public_messages(rep, p->max_public_messages);
    if (p->conversation_days >= 0)
        Plan_set_conversation_days(rep, p->conversation_days);
    if (p->max_webhooks >= 0)
        Plan_set_max_webhooks(rep, p->max_webhooks);
    if (p->max_event_subscriptions >= 0)
        Plan_set_max_event_subscriptions(rep, p->max_event_subscriptions);
}

CS_HANDLER(Auth, list_plans, Empty, PlanList)
{
    struct plan_row *rows;
    int r = store_plans(call, &rows, &rep->n_items);

    (void)req;
    if (r < 0)
        return r;
    rep->items = CS_NEW(call->arena, Plan *, rep->n_items);
    for (size_t i = 0; i < rep->n_items; i++) {
        rep->items[i] = Plan_new(call->arena);
        plan_fill(rep->items[i], &rows[i]);
    }
    return 0;
}

int usage_count(struct cs_call *call, const struct cs_happened *events, size_t n)
{
    struct used *used = CS_NEW(call->arena, struct used, n);

    for (size_t i = 0; i < n; i++) {
        const Usage *u = ((const MessageEvent *)events[i].payload)->usage;
        used[i] = (struct used){.tenant = events[i].tenant,
                                .message = events[i].id,
                                .ms = cs_id_ms(events[i].id),
                                .prompt_tokens = u ? u->prompt_tokens : 0,
                                .completion_tokens = u ? u->completion_tokens : 0};
    }
    return store_use(call, used, n);
}

CS_HANDLER(Auth, get_usage, Empty, UsageReport)
{
    struct usage_row *u;
    int r;

    (void)req;
    if ((r = cs_need_caller(call)) < 0 || (r = store_usage(call, &u)) < 0)
        return r;
    if (!u)
        return cs_fail(call, CS_NOT_FOUND, "The workspace does not exist.");
    if (u->suspended)
        return cs_fail(call, CS_FORBIDDEN, "The workspace is suspended.");
    rep->plan = Plan_new(call->arena);
    plan_fill(rep->plan, &u->plan);
    UsageReport_set_since(rep, u->since_ms);
    UsageReport_set_messages(rep, u->messages);
    UsageReport_set_prompt_tokens(rep, u->prompt_tokens);
    UsageReport_set_completion_tokens(rep, u->completion_tokens);
    return 0;
}

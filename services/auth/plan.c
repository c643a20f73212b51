/* plan: what a workspace may use, and what it used this month. */
#include "auth/auth.h"
#include "auth/store.h"

#include "base/id.h"
#include "chatsphere/v1/names.h"

/* an absent number is no limit */
static void fill(Plan *rep, const struct plan_row *p)
{
    rep->name = p->name;
    rep->has_max_bots = p->max_bots >= 0;
    rep->max_bots = p->max_bots;
    rep->has_max_documents = p->max_documents >= 0;
    rep->max_documents = p->max_documents;
    rep->has_max_document_bytes = p->max_document_bytes >= 0;
    rep->max_document_bytes = p->max_document_bytes;
    rep->has_max_messages = p->max_messages >= 0;
    rep->max_messages = p->max_messages;
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
        fill(rep->items[i], &rows[i]);
    }
    return 0;
}

int usage_count(struct cs_call *call, const char *bot, const char *id)
{
    const MessageEvent *e = (const MessageEvent *)call->req;
    const Usage *u = e->usage;

    (void)bot;
    if (!call->tenant || !cs_id_valid(call->tenant) || !id || !cs_id_valid(id))
        return 0; /* not of ours, and never will be */
    return store_message_count(call, id, cs_id_ms(id), u ? u->prompt_tokens : 0,
                               u ? u->completion_tokens : 0);
}

CS_HANDLER(Auth, get_usage, Empty, UsageReport)
{
    struct usage_row *u;
    int r;

    (void)req;
    if (!call->tenant || !cs_id_valid(call->tenant))
        return cs_fail(call, CS_UNAUTHENTICATED, "sign in first");
    if ((r = store_usage(call, &u)) < 0)
        return r;
    if (!u)
        return cs_fail(call, CS_NOT_FOUND, "no such workspace");
    rep->plan = Plan_new(call->arena);
    fill(rep->plan, &u->plan);
    rep->has_since = rep->has_messages = true;
    rep->has_prompt_tokens = rep->has_completion_tokens = true;
    rep->since = u->since_ms;
    rep->messages = u->messages;
    rep->prompt_tokens = u->prompt_tokens;
    rep->completion_tokens = u->completion_tokens;
    return 0;
}

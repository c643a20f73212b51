/* The numbers of a turn, the refusal, and what is counted in memory. */
#include "chat/quota.h"

#include "base/clock.h"
#include "base/log.h"
#include "bot/plan.h"
#include "bus/background.h"
#include "chat/use.h"

/* the numbers of the plan; of a bot's budget the smaller one counts, its own or the plan's */
int quota_get(struct turn *t)
{
    const BotConfiguration *c = t->bot ? t->bot->configuration : NULL;
    struct store_quota *q = &t->quota;
    Plan *plan;
    int r = cs_plan_get(t->call, t->call->tenant, &plan);

    if (r < 0)
        return r;
    q->messages = CS_PLAN(plan, max_messages);
    q->tokens = CS_PLAN(plan, max_tokens);
    if (!c || !cs_principal_id(t->call, "visitor"))
        return 0;
    q->bot = t->bot->id;
    q->bot_day = CS_PLAN(plan, max_public_messages_day);
    q->bot_month = CS_PLAN(plan, max_public_messages);
    if (c->has_max_public_messages_day && c->max_public_messages_day < q->bot_day)
        q->bot_day = c->max_public_messages_day;
    if (c->has_max_public_messages && c->max_public_messages < q->bot_month)
        q->bot_month = c->max_public_messages;
    return 0;
}

int quota_take(struct turn *t)
{
    enum use use = use_take(t->call->tenant, cs_now_ms());
    int64_t n = 0;
    int r = 0;

    if (use == USE_MORE) {
        r = store_use_block(t->call, &t->quota, USE_BLOCK, &n);
        if (use_grant(t->call->tenant, n, cs_now_ms()))
            cs_tickers_wake();
    }
    t->quota.taken = use == USE_TAKEN || n > 0;
    return r;
}

void quota_give_back(struct turn *t)
{
    if (t->quota.taken)
        use_give_back(t->call->tenant, cs_now_ms());
}

bool quota_count_tokens(const struct turn *t)
{
    return use_tokens(t->call->tenant, t->usage.prompt_tokens + t->usage.completion_tokens);
}

/* the next midnight in UTC, or that of the next month's first day */
static int64_t quota_end_ms(bool month)
{
    time_t now = (time_t)(cs_now_ms() / 1000);
    struct tm tm;

    gmtime_r(&now, &tm);
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    tm.tm_mday = month ? 1 : tm.tm_mday + 1;
    tm.tm_mon += month;
    return (int64_t)timegm(&tm) * 1000;
}

int quota_refused(struct turn *t)
{
    static const char visitors[] = "messages of visitors to a bot";
    const struct store_quota *q = &t->quota;
    struct cs_call *call = t->call;
    const char *text;
    int r;

    if (strcmp(q->full, "quota_bot_day") == 0) {
        text = cs_printf(call->arena, "%s a day", visitors);
        r = cs_fail_quota(call, text, q->bot_day, quota_end_ms(false));
        call->code = "limited_day";
        return r;
    }
    if (strcmp(q->full, "quota_tokens") == 0)
        return cs_fail_quota(call, "tokens a month", q->tokens, quota_end_ms(true));
    if (strcmp(q->full, "quota_month") == 0)
        return cs_fail_quota(call, "messages a month", q->messages, quota_end_ms(true));
    text = cs_printf(call->arena, "%s a month", visitors);
    return cs_fail_quota(call, text, q->bot_month, quota_end_ms(true));
}

/* ---- what is in memory ---- */

static void quota_settle_all(struct cs_call *call, bool all)
{
    struct use_rest rest;

    while (use_due(cs_now_ms(), all, &rest))
        if (store_use_settle(call, rest.tenant, -rest.messages, rest.tokens) < 0)
            cs_log(CS_WARN, "use of a workspace is lost", "tenant", rest.tenant, "messages",
                   cs_log_int(-rest.messages), "tokens", cs_log_int(rest.tokens), NULL);
}

void quota_settle(struct cs_call *call)
{
    quota_settle_all(call, false);
}

void quota_stop(void)
{
    struct cs_call_state *s = use_held() ? cs_background_new() : NULL;

    if (!s)
        return;
    quota_settle_all(cs_background_begin(s, &(struct cs_background){.what = "stop.use"}), true);
    cs_background_end(s);
    cs_background_free(s);
}

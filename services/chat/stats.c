/* Handlers of statistics and of the workspace's usage. */
#include "base/clock.h"
#include "bot/bot.h"
#include "bus/client.h"
#include "chat/chat.h"
#include "chat/store_stats.h"
#include "chatsphere/v1/chat.rpc.h"

enum { SPAN_DAYS = 30, SPAN_DAYS_MAX = 400 };
static const int64_t DAY_MS = INT64_C(24) * 3600 * 1000;

static int stats_of(struct cs_call *call, const struct store_span *asked, const char *by,
                    Stats *rep)
{
    struct store_span span = *asked;

    if (span.to_ms == 0)
        span.to_ms = cs_now_ms() + 1;
    if (span.from_ms == 0)
        span.from_ms = span.to_ms - SPAN_DAYS * DAY_MS;
    if (span.from_ms >= span.to_ms)
        return cs_fail_field(call, "to", "The value must be later than from.");
    if (span.to_ms - span.from_ms > SPAN_DAYS_MAX * DAY_MS)
        return cs_fail_field(call, "from", "The span must not be longer than %d days.",
                             SPAN_DAYS_MAX);
    Stats_set_from(rep, span.from_ms);
    Stats_set_to(rep, span.to_ms);
    return store_stats(call, &span, by, rep);
}

CS_HANDLER(Chat, get_stats, StatsRequest, Stats)
{
    int r = cs_need_caller(call);

    return r < 0 ? r
                 : stats_of(call, &(struct store_span){.from_ms = req->from, .to_ms = req->to},
                            req->by, rep);
}

CS_HANDLER(Chat, get_bot_stats, BotStatsRequest, Stats)
{
    Bot *bot;
    int r = cs_need_caller(call);

    if (r < 0 || (r = cs_bot_get(call, req->bot_id, &bot)) < 0)
        return r;
    return stats_of(call,
                    &(struct store_span){.bot = bot->id, .from_ms = req->from, .to_ms = req->to},
                    req->by, rep);
}

/* ---- usage ---- */

/* What cannot be asked is left out: the numbers of the plan are worth showing alone. */
static UsedAmounts *usage_amounts(struct cs_call *call, const UsageReport *report)
{
    UsedAmounts *used = UsedAmounts_new(call->arena);
    const Empty req = EMPTY_INIT;
    DocumentCount *documents;
    BotCount *bots;

    UsedAmounts_set_messages(used, report->messages);
    if (bot_store_count_bots(call, &req, &bots) == 0)
        UsedAmounts_set_bots(used, bots->bots);
    else
        cs_ask_clear(call);
    if (ingest_count_documents(call, &req, &documents) == 0) {
        UsedAmounts_set_documents(used, documents->documents);
        UsedAmounts_set_document_bytes(used, documents->bytes);
    } else {
        cs_ask_clear(call);
    }
    return used;
}

CS_HANDLER(Chat, get_workspace_usage, Empty, UsageReport)
{
    UsageReport *report;
    StatsDay **days;
    size_t n;
    int r = cs_need_caller(call);

    if (r < 0 || (r = auth_get_usage(call, req, &report)) < 0)
        return r;
    *rep = *report;
    rep->used = usage_amounts(call, report);
    r = store_days(call, &(struct store_span){.from_ms = report->since, .to_ms = cs_now_ms() + 1},
                   &days, &n);
    if (r < 0)
        return r;
    rep->days = CS_NEW(call->arena, UsedDay *, n);
    for (size_t i = 0; i < n; i++) {
        UsedDay *d = rep->days[rep->n_days++] = UsedDay_new(call->arena);
        d->day = days[i]->day;
        UsedDay_set_messages(d, days[i]->messages);
        UsedDay_set_tokens(d, days[i]->tokens);
    }
    return 0;
}

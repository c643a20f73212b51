/* Statistics in SQL: one pass over the turns for the sums, one for the days, one for the groups. */
#include "chat/store_stats.h"

#include "pg/pg.h"

#include <stdlib.h>
#include <string.h>

enum { GROUPS = 100 };

#define AT(arg_) "to_timestamp(" arg_ "::bigint / 1000.0)"
#define SPAN                                                                                       \
    "t.outcome is not null and t.created_at >= " AT("$1") " and t.created_at < " AT(               \
        "$2") " and ($3::uuid is null or t.bot_id = $3::uuid)"
#define COMPLETED "count(*) filter (where t.outcome = 'completed')"
#define ERRORS "count(*) filter (where t.outcome in ('failed', 'interrupted'))"
#define TOKENS(column_) "coalesce(sum(t." column_ "), 0)"
#define PERCENTILE(share_, column_)                                                                \
    "percentile_disc(" share_ ") within group (order by t." column_                                \
    ") filter (where t.outcome = 'completed')"
/* the columns that days and groups share, behind their key */
#define SUMS                                                                                       \
    COMPLETED ", " ERRORS ", count(distinct t.conversation_id), coalesce(sum(t.prompt_tokens + "   \
              "t.completion_tokens), 0), coalesce(sum(t.cost), 0)"
#define SPAN_ARGS(s_) CS_I((s_)->from_ms), CS_I((s_)->to_ms), CS_S((s_)->bot)

static const struct cs_stmt STATS = {
    "stats",
    "select " COMPLETED ", " ERRORS
    ", count(distinct t.conversation_id), " TOKENS("prompt_tokens") ", " TOKENS("completion_tokens") ", coalesce(sum(t.cost), 0), " PERCENTILE(
        "0.5",
        "total_ms") ", " PERCENTILE("0.95",
                                    "total_ms") ", " PERCENTILE("0.5",
                                                                "first_token_ms") ", " PERCENTILE("0.95",
                                                                                                  "first_token_ms") ", count(*) filter (where t.outcome = 'completed' and not t.unanswered), "
                                                                                                                    "count(*) filter (where t.outcome = 'completed' and t.cached) "
                                                                                                                    "from turns t where " SPAN};
static const struct cs_stmt RATINGS = {
    "ratings",
    "select count(*) filter (where m.rating = 'up'), count(*) filter (where m.rating = 'down') "
    "from messages m join turns t on t.tenant_id = m.tenant_id and t.id = m.turn_id where m.rating "
    "is not null and m.created_at >= " AT("$1") " and m.created_at < " AT(
        "$2") " and ($3::uuid is null or t.bot_id = $3::uuid)"};
static const struct cs_stmt DAYS = {
    "days", "select to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD'), " SUMS
            " from turns t where " SPAN " group by 1 order by 1"};
static const struct cs_stmt BOTS = {"stats_bots",
                                    "select t.bot_id::text, " SUMS " from turns t where " SPAN
                                    " group by 1 order by 2 desc, 1 limit $4::int"};
static const struct cs_stmt MODELS = {
    "stats_models", "select coalesce(t.model, 'builtin'), " SUMS " from turns t where " SPAN
                    " group by 1 order by 2 desc, 1 limit $4::int"};
static const struct cs_stmt CHANNELS = {
    "stats_channels",
    "select coalesce(c.channel, case split_part(c.owner, ':', 1) when 'visitor' then 'public' when "
    "'key' then 'api' else 'member' end), " SUMS " from turns t join conversations c on "
    "c.tenant_id = t.tenant_id and c.id = t.conversation_id where " SPAN
    " group by 1 order by 2 desc, 1 limit $4::int"};

static double column_double(const PGresult *r, int row, int col)
{
    return cs_pg_text(r, row, col) ? strtod(cs_pg_text(r, row, col), NULL) : 0;
}

static Percentiles *stats_percentiles(struct cs_arena *a, const PGresult *r, int col)
{
    Percentiles *p;

    if (!cs_pg_text(r, 0, col))
        return NULL;
    p = Percentiles_new(a);
    Percentiles_set_p50(p, cs_pg_i64(r, 0, col));
    Percentiles_set_p95(p, cs_pg_i64(r, 0, col + 1));
    return p;
}

static void stats_fill(struct cs_arena *a, const PGresult *r, Stats *s)
{
    Stats_set_messages(s, cs_pg_i64(r, 0, 0));
    Stats_set_errors(s, cs_pg_i64(r, 0, 1));
    Stats_set_error_rate(s, s->errors ? (double)s->errors / (double)(s->errors + s->messages) : 0);
    Stats_set_sessions(s, cs_pg_i64(r, 0, 2));
    Stats_set_prompt_tokens(s, cs_pg_i64(r, 0, 3));
    Stats_set_completion_tokens(s, cs_pg_i64(r, 0, 4));
    Stats_set_cost(s, column_double(r, 0, 5));
    s->latency_ms = stats_percentiles(a, r, 6);
    s->first_token_ms = stats_percentiles(a, r, 8);
    if (s->messages > 0)
        Stats_set_retrieval_hit_rate(s, (double)cs_pg_i64(r, 0, 10) / (double)s->messages);
    Stats_set_cached(s, cs_pg_i64(r, 0, 11));
}

int store_days(struct cs_call *call, const struct store_span *span, StatsDay ***ret, size_t *ret_n)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &DAYS, SPAN_ARGS(span));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, StatsDay *, *ret_n);
    for (int i = 0; i < PQntuples(r); i++) {
        StatsDay *d = (*ret)[i] = StatsDay_new(call->arena);
        d->day = cs_strdup(call->arena, cs_pg_text(r, i, 0));
        StatsDay_set_messages(d, cs_pg_i64(r, i, 1));
        StatsDay_set_errors(d, cs_pg_i64(r, i, 2));
        StatsDay_set_sessions(d, cs_pg_i64(r, i, 3));
        StatsDay_set_tokens(d, cs_pg_i64(r, i, 4));
        StatsDay_set_cost(d, column_double(r, i, 5));
    }
    return 0;
}

static int stats_groups(struct cs_call *call, const struct store_span *span,
                        const struct cs_stmt *by, Stats *ret)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, by, SPAN_ARGS(span), CS_I(GROUPS));
    if (!r)
        return cs_fail_pg(call);
    ret->n_groups = (size_t)PQntuples(r);
    ret->groups = CS_NEW(call->arena, StatsGroup *, ret->n_groups);
    for (int i = 0; i < PQntuples(r); i++) {
        StatsGroup *g = ret->groups[i] = StatsGroup_new(call->arena);
        g->key = cs_strdup(call->arena, cs_pg_text(r, i, 0));
        StatsGroup_set_messages(g, cs_pg_i64(r, i, 1));
        StatsGroup_set_errors(g, cs_pg_i64(r, i, 2));
        StatsGroup_set_sessions(g, cs_pg_i64(r, i, 3));
        StatsGroup_set_tokens(g, cs_pg_i64(r, i, 4));
        StatsGroup_set_cost(g, column_double(r, i, 5));
    }
    return 0;
}

static const struct cs_stmt *stats_by(const char *by)
{
    static const struct {
        const char *by;
        const struct cs_stmt *stmt;
    } groups[] = {{"bot", &BOTS}, {"channel", &CHANNELS}, {"model", &MODELS}};

    for (size_t i = 0; by && i < sizeof(groups) / sizeof(groups[0]); i++)
        if (strcmp(groups[i].by, by) == 0)
            return groups[i].stmt;
    return NULL;
}

int store_stats(struct cs_call *call, const struct store_span *span, const char *by, Stats *ret)
{
    const struct cs_stmt *groups = stats_by(by);
    PGresult *r;

    store_begin(call);
    r = cs_pg_query(call->pg, &STATS, SPAN_ARGS(span));
    if (!r)
        return cs_fail_pg(call);
    stats_fill(call->arena, r, ret);
    r = cs_pg_last(call->pg, &RATINGS, SPAN_ARGS(span));
    if (!r)
        return cs_fail_pg(call);
    ret->feedback = FeedbackCounts_new(call->arena);
    FeedbackCounts_set_up(ret->feedback, cs_pg_i64(r, 0, 0));
    FeedbackCounts_set_down(ret->feedback, cs_pg_i64(r, 0, 1));
    int e = store_days(call, span, &ret->days, &ret->n_days);
    return e == 0 && groups ? stats_groups(call, span, groups, ret) : e;
}

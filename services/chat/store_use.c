/* store_use: the SQL of what workspaces and the visitors of bots use of their days and months. */
#include "chat/store.h"

#include "pg/pg.h"

static const struct cs_stmt USE_MESSAGE = {
    "use_message",
    "select use_message($1::uuid, $2::uuid, $3::text, $4::text, $5::bigint, $6::bigint)"};
static const struct cs_stmt USED_ADD = {
    "used_add", "select used_add($1::uuid, $1::uuid, 'month', $2::bigint, $3::bigint)"};
static const struct cs_stmt USE_BLOCK_OF = {
    "use_block", "select use_block($1::uuid, $2::bigint, $3::bigint, $4::bigint)"};
static const struct cs_stmt USED_PURGE = {"used_purge", "select used_purge()"};

static struct cs_pg_arg quota_arg(int64_t max)
{
    return max < INT64_MAX ? cs_pg_int(max) : CS_NULL;
}

static void use_push(struct cs_call *call, const char *scope, const char *period, const char *name,
                     int64_t max, int64_t max_tokens)
{
    cs_pg_push(call->pg, &USE_MESSAGE, CS_S(call->tenant), CS_S(scope), CS_S(period), CS_S(name),
               quota_arg(max), quota_arg(max_tokens));
}

void store_use_push(struct cs_call *call, const struct store_quota *quota)
{
    if (!quota->taken)
        use_push(call, call->tenant, "month", "month", quota->messages, quota->tokens);
    if (quota->bot) {
        use_push(call, quota->bot, "month", "bot_month", quota->bot_month, INT64_MAX);
        use_push(call, quota->bot, "day", "bot_day", quota->bot_day, INT64_MAX);
    }
}

int store_use_block(struct cs_call *call, const struct store_quota *quota, int64_t n,
                    int64_t *ret_n)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &USE_BLOCK_OF, CS_S(call->tenant), quota_arg(quota->messages),
                   quota_arg(quota->tokens), CS_I(n));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = cs_pg_i64(r, 0, 0);
    return 0;
}

int store_use_settle(struct cs_call *call, const char *tenant, int64_t messages, int64_t tokens)
{
    cs_pg_begin(call->pg, tenant);
    return cs_pg_last(call->pg, &USED_ADD, CS_S(tenant), CS_I(messages), CS_I(tokens))
               ? 0
               : cs_fail_pg(call);
}

static int64_t use_tokens_of(const struct store_end *e)
{
    return e->usage && !e->counted ? e->usage->prompt_tokens + e->usage->completion_tokens : 0;
}

static bool use_failed(const struct store_end *e)
{
    return e->status == MESSAGE_STATUS_FAILED || e->status == MESSAGE_STATUS_INTERRUPTED;
}

void store_use_end_push(struct cs_call *call, const struct store_end *e)
{
    int64_t tokens = use_tokens_of(e);
    bool failed = use_failed(e);

    if (tokens > 0 || failed)
        cs_pg_push(call->pg, &USED_ADD, CS_S(call->tenant), CS_I(failed ? -1 : 0), CS_I(tokens));
}

int store_use_end(struct cs_call *call, const struct store_end *e)
{
    if (use_tokens_of(e) == 0 && !use_failed(e))
        return 0;
    store_begin(call);
    store_use_end_push(call, e);
    return store_commit(call);
}

void store_use_purge(struct cs_call *call)
{
    cs_pg_begin(call->pg, NULL);
    if (!cs_pg_last(call->pg, &USED_PURGE))
        cs_fail_pg(call);
}

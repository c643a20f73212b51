/* Cached answers in SQL. */
#include "chat/store_answer_cache.h"

#include "pbjson/pbjson.h"
#include "pg/pg.h"

#include <string.h>

#define YOUNG(age_) "created_at > now() - " age_ "::bigint * interval '1 second'"

static const struct cs_stmt ANSWER_CACHED = {
    "answer_cached", "select answer, sources, finish from answers_cached where bot_id = $1::uuid "
                     "and hash = $2::text and " YOUNG("$3")};
static const struct cs_stmt ANSWERS_NEAR = {
    "answers_near", "select hash, vector from answers_cached where bot_id = $1::uuid and version = "
                    "$2::bigint and space = $3::text and " YOUNG("$4") " order by created_at desc "
                                                                       "limit $5::int"};
static const struct cs_stmt ANSWER_KEEP = {
    "answer_keep",
    "insert into answers_cached (tenant_id, bot_id, hash, version, answer, sources, finish, space, "
    "vector, bytes) select $1::uuid, $2::uuid, $3::text, $4::bigint, $5::text, $6::text::json, "
    "$7::text, $8::text, $9::bytea, $10::bigint where not exists (select from answer_clears a "
    "where "
    "a.bot_id = $2::uuid and a.cleared_at >= to_timestamp($11::bigint / 1000.0)) on conflict "
    "(tenant_id, bot_id, hash) do update set answer = excluded.answer, sources = excluded.sources, "
    "finish = excluded.finish, space = excluded.space, vector = excluded.vector, bytes = "
    "excluded.bytes, created_at = excluded.created_at"};
static const struct cs_stmt ANSWERS_TRIM = {
    "answers_trim",
    "delete from answers_cached where (tenant_id, bot_id, hash) in (select tenant_id, bot_id, hash "
    "from (select tenant_id, bot_id, hash, sum(bytes) over (order by created_at desc, hash) as "
    "held from answers_cached) a where held > $1::bigint)"};
static const struct cs_stmt ANSWERS_CLEAR = {"answers_clear",
                                             "delete from answers_cached where bot_id = $1::uuid"};
static const struct cs_stmt CLEAR_NOTE = {
    "clear_note", "insert into answer_clears (tenant_id, bot_id, cleared_at) values ($1::uuid, "
                  "$2::uuid, now()) on conflict (tenant_id, bot_id) do update set cleared_at = "
                  "excluded.cleared_at"};
static const struct cs_stmt CLEAR_FORGET = {"clear_forget",
                                            "delete from answer_clears where bot_id = $1::uuid"};

static SourcesFrame *cached_sources(struct cs_arena *a, const char *json)
{
    struct pbjson_errors errors = {0};
    SourcesFrame *frame = SourcesFrame_new(a);
    json_t *value = pbjson_parse(a, json, strlen(json), &errors);

    if (value)
        pbjson_read(a, value, &frame->base, &errors);
    json_decref(value);
    return frame;
}

int store_answer_cached(struct cs_call *call, const char *bot, const char *hash, int64_t max_age_s,
                        struct store_cached *ret)
{
    struct cs_arena *a = call->arena;
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &ANSWER_CACHED, CS_S(bot), CS_S(hash), CS_I(max_age_s));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    *ret = (struct store_cached){.answer = cs_strdup(a, cs_pg_text(r, 0, 0)),
                                 .sources = cached_sources(a, cs_pg_text(r, 0, 1)),
                                 .finish = cs_strdup(a, cs_pg_text(r, 0, 2))};
    return 0;
}

int store_answers_near(struct cs_call *call, const struct store_cached *like, int64_t max_age_s,
                       int limit, struct store_cached **ret, size_t *ret_n)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &ANSWERS_NEAR, CS_S(like->bot), CS_I(like->version), CS_S(like->space),
                   CS_I(max_age_s), CS_I(limit));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct store_cached, *ret_n);
    for (size_t i = 0; i < *ret_n; i++) {
        struct store_cached *c = &(*ret)[i];
        c->hash = cs_strdup(call->arena, cs_pg_text(r, (int)i, 0));
        c->vector = cs_pg_bytes(call->arena, r, (int)i, 1, &c->vector_bytes);
    }
    return 0;
}

int store_answer_keep(struct cs_call *call, const struct store_cached *c, int64_t accepted_ms,
                      int64_t max_bytes)
{
    size_t len;
    const char *sources = pbjson_text(call->arena, &c->sources->base, &len);
    int64_t bytes = (int64_t)(strlen(c->answer) + len + c->vector_bytes);

    store_begin(call);
    cs_pg_push(call->pg, &ANSWER_KEEP, CS_S(call->tenant), CS_S(c->bot), CS_S(c->hash),
               CS_I(c->version), CS_S(c->answer), CS_S(sources), CS_S(c->finish), CS_S(c->space),
               c->space ? CS_B(c->vector, c->vector_bytes) : CS_NULL, CS_I(bytes),
               CS_I(accepted_ms));
    return cs_pg_last(call->pg, &ANSWERS_TRIM, CS_I(max_bytes)) ? 0 : cs_fail_pg(call);
}

int store_answers_clear(struct cs_call *call, const char *bot, bool deleted)
{
    PGresult *r;

    store_begin(call);
    cs_pg_push(call->pg, &ANSWERS_CLEAR, CS_S(bot));
    r = deleted ? cs_pg_last(call->pg, &CLEAR_FORGET, CS_S(bot))
                : cs_pg_last(call->pg, &CLEAR_NOTE, CS_S(call->tenant), CS_S(bot));
    return r ? 0 : cs_fail_pg(call);
}

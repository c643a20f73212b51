/* What tools of agents read, in SQL. */
#include "chat/store.h"

#include "pg/pg.h"

/* Any of the words, in the newest conversations of the caller with the bot, but not of this turn. */
static const struct cs_stmt EARLIER = {
    "earlier",
    "with own as (select tenant_id, id, title from conversations where owner = $1::text and "
    "bot_id = $2::uuid order by created_at desc limit 200), "
    "q as (select nullif(replace(plainto_tsquery('simple', $4::text)::text, '&', '|'), "
    "'')::tsquery as words) "
    "select to_char(m.created_at at time zone 'UTC', 'YYYY-MM-DD'), coalesce(o.title, ''), m.role, "
    "left(m.content, 1500) from own o join messages m on m.tenant_id = o.tenant_id and "
    "m.conversation_id = o.id cross join q where m.turn_id <> $3::uuid and m.content <> '' and "
    "to_tsvector('simple', left(m.content, 16384)) @@ q.words "
    "order by ts_rank(to_tsvector('simple', left(m.content, 16384)), q.words) desc, m.created_at "
    "desc limit $5::int"};

static const struct cs_stmt LOCAL_TIME = {
    "local_time", "select to_char(now() at time zone $1::text, 'FMDay, YYYY-MM-DD HH24:MI:SS')"};

int store_earlier(struct cs_call *call, const char *bot, const char *turn, const char *query,
                  int limit, struct store_earlier_said **ret, size_t *ret_n)
{
    struct cs_arena *a = call->arena;
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &EARLIER, CS_S(call->principal), CS_S(bot), CS_S(turn), CS_S(query),
                   CS_I(limit));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(a, struct store_earlier_said, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        (*ret)[i] = (struct store_earlier_said){
            .at = cs_strdup(a, cs_pg_text(r, (int)i, 0)),
            .title = cs_strdup(a, cs_pg_text(r, (int)i, 1)),
            .role = cs_strdup(a, cs_pg_text(r, (int)i, 2)),
            .text = cs_strdup(a, cs_pg_text(r, (int)i, 3)),
        };
    return 0;
}

int store_local_time(struct cs_call *call, const char *zone, char **ret)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &LOCAL_TIME, CS_S(zone));
    if (!r && strcmp(cs_pg_state(call->pg), "22023") == 0) { /* invalid_parameter_value */
        cs_pg_rollback(call->pg);
        return STORE_NONE;
    }
    if (!r)
        return cs_fail_pg(call);
    *ret = cs_printf(call->arena, "%s, %s", cs_pg_text(r, 0, 0), zone);
    return 0;
}

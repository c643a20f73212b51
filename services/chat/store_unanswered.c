/* Questions that the documents had nothing for, in SQL. */
#include "chat/store.h"

#include "pg/pg.h"

enum { SPAN_DAYS = 90, LOOKED_AT = 2000, SHOWN = 500 /* characters */ };

/* A piece of the newest turns, their questions, and these without case, white space and marks at the end. */
static const struct cs_stmt UNANSWERED = {
    "unanswered",
    "with asked as (select t.conversation_id, t.id, t.created_at from turns t"
    " join conversations c on c.tenant_id = t.tenant_id and c.id = t.conversation_id"
    " where t.tenant_id = $1 and t.bot_id = $2 and t.unanswered"
    " and t.created_at >= coalesce(to_timestamp($3::bigint / 1000.0), now() - $4 * interval '1 "
    "day')"
    " and t.created_at < coalesce(to_timestamp($5::bigint / 1000.0), now())"
    " and (c.owner = $6 or c.owner like 'visitor:%' or c.owner like 'key:%')"
    " order by t.created_at desc limit $7),"
    " questions as (select a.created_at, a.conversation_id, m.content,"
    " lower(regexp_replace(btrim(left(m.content, $8::int), E' \\t\\r\\n?!.,;:'), '\\s+', ' ', "
    "'g')) same"
    " from asked a join messages m on m.tenant_id = $1 and m.conversation_id = a.conversation_id"
    " and m.turn_id = a.id and m.role = 'user')"
    " select left((array_agg(content order by created_at desc))[1], $8::int), count(*), " CS_MS(
        "max(created_at)") ", (array_agg(conversation_id order by created_at desc))[1],"
                           " sum(count(*)) over () from questions group by same"
                           " order by count(*) desc, max(created_at) desc limit $9"};

int store_unanswered(struct cs_call *call, const ListUnansweredRequest *req, const char *owner,
                     UnansweredList *ret)
{
    struct cs_arena *a = call->arena;

    store_begin(call);
    PGresult *r = cs_pg_last(call->pg, &UNANSWERED, CS_S(call->tenant), CS_S(req->bot_id),
                             req->has_from ? CS_I(req->from) : CS_NULL, CS_I(SPAN_DAYS),
                             req->has_to ? CS_I(req->to) : CS_NULL, CS_S(owner), CS_I(LOOKED_AT),
                             CS_I(SHOWN), CS_I(req->limit));
    if (!r)
        return cs_fail_pg(call);
    ret->n_items = (size_t)PQntuples(r);
    ret->items = CS_NEW(a, UnansweredQuestion *, ret->n_items);
    UnansweredList_set_total(ret, ret->n_items ? cs_pg_i64(r, 0, 4) : 0);
    for (size_t i = 0; i < ret->n_items; i++) {
        UnansweredQuestion *q = ret->items[i] = UnansweredQuestion_new(a);

        q->question = cs_strdup(a, cs_pg_text(r, (int)i, 0));
        UnansweredQuestion_set_count(q, cs_pg_i64(r, (int)i, 1));
        UnansweredQuestion_set_last_at(q, cs_pg_i64(r, (int)i, 2));
        q->last_conversation_id = cs_strdup(a, cs_pg_text(r, (int)i, 3));
    }
    return 0;
}

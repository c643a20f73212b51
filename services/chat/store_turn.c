/* store_turn: the SQL of turns that end already: looked up for a reader, and replaced by a newer one. */
#include "chat/store.h"

#include "pg/pg.h"

#define AT(arg_) "to_timestamp(" arg_ "::bigint / 1000.0)"

/* The question is found by the conversation: messages have no index by turn. */
static const struct cs_stmt TURN_LOOK = {
    "turn_look",
    "select t.conversation_id, t.bot_id, t.status = 'running', t.frames, t.last_seq, m.role = "
    "'user', m.content, m.status = 'completed', t.replaced_by is not null from turns t left join "
    "messages m on m.conversation_id = t.conversation_id and m.tenant_id = t.tenant_id and "
    "m.turn_id = t.id where t.id = $1::uuid and t.owner = $2::text and ($3::uuid is null or "
    "t.bot_id = $3::uuid) and ($4::uuid is null or t.conversation_id = $4::uuid)"};

/* clang-format off */
/* Divides by the number of turns it replaced, see cs_pg_none(). The two messages keep their place. */
static const struct cs_stmt TURN_REPLACE = {
    "turn_replace",
    "with old as (update turns set replaced_by = $1::uuid where id = $2::uuid and "
        "owner = $3::text and status = 'done' and replaced_by is null "
        "returning tenant_id, conversation_id, bot_id), "
    "c as (update conversations set updated_at = " AT("$4") " "
        "where tenant_id = (select tenant_id from old) and id = (select conversation_id from old)), "
    "question as (update messages set id = $5::uuid, content = $6::text, turn_id = $1::uuid, "
        "created_at = " AT("$4") " where conversation_id = (select conversation_id from old) and "
        "tenant_id = (select tenant_id from old) and turn_id = $2::uuid and role = 'user' "
        "returning ord), "
    "answer as (update messages set id = $7::uuid, content = '', status = 'pending', sources = '[]', "
        "usage = null, error = null, tool_calls = null, rating = null, rating_comment = null, turn_id = $1::uuid, created_at = " AT("$4") " "
        "where conversation_id = (select conversation_id from old) and "
        "tenant_id = (select tenant_id from old) and turn_id = $2::uuid and role = 'assistant'), "
    "turn as (insert into turns (tenant_id, id, conversation_id, bot_id, message_id, owner, "
        "runner, lease_until, frames, reply, created_at) "
        "select tenant_id, $1::uuid, conversation_id, bot_id, $7::uuid, $3::text, "
        "$8::uuid, now() + interval '15 seconds', $9::text, $10::text, " AT("$4") " from old) "
    "select max(bot_id::text), (select max(ord) from question), 1 / count(*) from old"};
/* clang-format on */

int store_turn_look(struct cs_call *call, const struct store_turn_key *key,
                    struct store_turn_seen *ret)
{
    struct cs_arena *a = call->arena;
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &TURN_LOOK, CS_S(key->turn), CS_S(key->owner), CS_S(key->bot),
                   CS_S(key->conversation));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    *ret = (struct store_turn_seen){
        .conversation = cs_strdup(a, cs_pg_text(r, 0, 0)),
        .bot = cs_strdup(a, cs_pg_text(r, 0, 1)),
        .running = cs_pg_bool(r, 0, 2),
        .frames = cs_strdup(a, cs_pg_text(r, 0, 3)),
        .last_seq = (uint32_t)cs_pg_i64(r, 0, 4),
        .replaced = cs_pg_bool(r, 0, 8),
    };
    for (int i = 0; i < PQntuples(r); i++) {
        if (PQgetisnull(r, i, 5)) /* a replaced turn has no messages */
            continue;
        if (cs_pg_bool(r, i, 5))
            ret->question = cs_strdup(a, cs_pg_text(r, i, 6));
        else
            ret->completed = cs_pg_bool(r, i, 7);
    }
    return 0;
}

PGresult *store_turn_replace(struct cs_call *call, const struct store_turn *t)
{
    return cs_pg_query(call->pg, &TURN_REPLACE, CS_S(t->id), CS_S(t->replaces), CS_S(t->owner),
                       CS_I(t->now_ms), CS_S(t->question_id), CS_S(t->question),
                       CS_S(t->message_id), CS_S(t->runner), CS_S(t->frames), CS_S(t->reply));
}

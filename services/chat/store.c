/* Messages and turns in SQL, a section each. */
#include "chat/announce.h"
#include "chat/store_conversation.h"

#include "bus/event.h"
#include "bus/idempotency.h"
#include "pbjson/pbjson.h"
#include "pg/pg.h"

/* a time given as unix milliseconds */
#define AT(arg_) "to_timestamp(" arg_ "::bigint / 1000.0)"

#define MESSAGE_COLUMNS                                                                            \
    "m.id, m.role, m.content, m.status, jsonb_build_object('items', m.sources), m.usage, "         \
    "m.error, m.turn_id, " CS_MS(                                                                  \
        "m.created_at") ", m.ord, case when m.tool_calls is not null "                             \
                        "then jsonb_build_object('tool_calls', m.tool_calls) end, m.rating, "      \
                        "m.rating_comment, t.model, t.first_token_ms, t.total_ms, t.cached"
/* the turn of an answer m */
#define MESSAGE_TURN                                                                               \
    " left join turns t on t.tenant_id = m.tenant_id and t.id = m.turn_id and m.role = "           \
    "'assistant' "

/* one row of nulls when the conversation has no message, none when there is no conversation */
static const struct cs_stmt MESSAGES = {
    "messages",
    "select " MESSAGE_COLUMNS " from conversations c left join messages m on m.tenant_id = "
    "c.tenant_id and m.conversation_id = c.id and m.ord > $3::bigint" MESSAGE_TURN
    "where c.id = $1::uuid and (c.owner = $2::text or ($5::boolean and (c.owner like 'visitor:%' "
    "or c.owner like 'key:%'))) order by m.ord limit $4::int"};

static const struct cs_stmt MESSAGES_NEWEST = {
    "messages_newest",
    "select " MESSAGE_COLUMNS " from conversations c left join messages m on m.tenant_id = "
    "c.tenant_id and m.conversation_id = c.id and m.ord < $4::bigint" MESSAGE_TURN
    "where c.id = $1::uuid and c.owner = $2::text and c.bot_id = $3::uuid order by m.ord desc "
    "limit $5::int"};

static const struct cs_stmt SAID_BEFORE = {
    "said_before",
    "select role = 'user', left(content, 16384) from messages where conversation_id = $1::uuid and "
    "turn_id <> $2::uuid and content <> '' and ord < $4::bigint order by ord desc limit $3::int"};

/* clang-format off */
/* Divides by the number of conversations it found, see cs_pg_none(). */
static const struct cs_stmt TURN_OPEN = {
    "turn_open",
    "with c as (update conversations set message_count = message_count + 2, "
        "title = coalesce(title, $3::text), updated_at = " AT("$4") ", "
        "language = coalesce(language, $13::text), status = 'active', ended_idle = false, "
        "digest_due = null "
        "where id = $1::uuid and owner = $2::text and ($5::uuid is null or bot_id = $5::uuid) "
        "and (status = 'active' or ended_idle) "
        "returning tenant_id, id, bot_id, message_count), "
    "question as (insert into messages "
        "(tenant_id, id, conversation_id, ord, role, content, status, turn_id, created_at) "
        "select tenant_id, $6::uuid, id, message_count - 1, 'user', $7::text, 'completed', "
        "$8::uuid, " AT("$4") " from c), "
    "answer as (insert into messages "
        "(tenant_id, id, conversation_id, ord, role, content, status, turn_id, created_at) "
        "select tenant_id, $9::uuid, id, message_count, 'assistant', '', 'pending', "
        "$8::uuid, " AT("$4") " from c), "
    "turn as (insert into turns (tenant_id, id, conversation_id, bot_id, message_id, owner, "
        "runner, lease_until, frames, reply, created_at) "
        "select tenant_id, $8::uuid, id, bot_id, $9::uuid, $2::text, "
        "$10::uuid, now() + interval '15 seconds', $11::text, $12::text, " AT("$4") " from c) "
    "select max(bot_id::text), 1 / count(*) from c"};

/* Sub-selects, not joins: a plan made while the tables were small would scan all of a tenant's rows.
 * Divides by the number of turns it ended: it is none when the turn is not ours any more. Asking for
 * what is not done keeps the planner from the small indexes of running turns, which are full of the
 * dead. */
static const struct cs_stmt TURN_END = {
    "turn_end",
    "with t as (update turns set status = 'done', last_seq = $3::int, unanswered = $10, "
        "outcome = $5::text, model = $12::text, first_token_ms = $13::int, total_ms = $14::int, "
        "prompt_tokens = ($7::jsonb ->> 'prompt_tokens')::bigint, "
        "completion_tokens = ($7::jsonb ->> 'completion_tokens')::bigint, "
        "cost = ($7::jsonb ->> 'cost')::double precision, cached = $15::boolean "
        "where id = $1::uuid and runner = $2::uuid and status <> 'done' "
        "returning tenant_id, conversation_id, message_id), "
    "m as (update messages set content = $4::text, status = $5::text, "
        "sources = coalesce($6::jsonb -> 'items', '[]'), usage = $7::jsonb, error = $8::text, "
        "tool_calls = $11::jsonb -> 'tool_calls' "
        "where tenant_id = (select tenant_id from t) and id = (select message_id from t)), "
    "c as (update conversations set updated_at = " AT("$9") ", "
        "idle_at = " AT("$9") " + $16::bigint * interval '1 second' "
        "where tenant_id = (select tenant_id from t) and id = (select conversation_id from t)) "
    "select 1 / count(*) from t"};
/* clang-format on */

static const struct cs_stmt TURN_CANCEL = {
    "turn_cancel",
    "with asked as (update turns set cancel = true where id = $1::uuid and owner = $2::text and "
    "($3::uuid is null or bot_id = $3::uuid) and status = 'running') select status = 'running' "
    "from turns where id = $1::uuid and owner = $2::text and ($3::uuid is null or bot_id = "
    "$3::uuid)"};

static const struct cs_stmt MESSAGE_RATE = {
    "message_rate",
    "update messages m set rating = $4::text, rating_comment = $5::text from conversations c "
    "where m.id = $1::uuid and m.role = 'assistant' and c.tenant_id = m.tenant_id and "
    "c.id = m.conversation_id and c.owner = $2::text and ($3::uuid is null or "
    "c.bot_id = $3::uuid) returning m.conversation_id, c.bot_id"};

static const struct cs_stmt TURN_MESSAGE = {
    "turn_message", "select " MESSAGE_COLUMNS " from turns t join messages m on m.tenant_id = "
                    "t.tenant_id and m.id = t.message_id where t.id = $1::uuid"};

static const struct cs_stmt TURNS_RENEW = {"turns_renew",
                                           "select turn_id from renew_turns($1::uuid, $2::uuid[])"};

static const struct cs_stmt TURNS_CLAIM = {
    "turns_claim",
    "select tenant_id, id, conversation_id, bot_id, message_id, frames, reply, " CS_MS(
        "created_at") ", running from (select turns_running() as running) r"
                      " left join claim_turns($1::uuid, $2::int) on true"};

/* a piece: all at once could take longer than a statement may */
static const struct cs_stmt ERASE_BOT = {
    "erase_bot", "with gone as (delete from conversations where (tenant_id, id) in "
                 "(select tenant_id, id from conversations where bot_id = $1::uuid limit 500) "
                 "returning 1) select count(*) from gone"};

/* ---- rows ---- */

static const char *const message_statuses[] = {NULL,     "pending",     "streaming", "completed",
                                               "failed", "interrupted", "cancelled"};
#define N_OF(a_) (sizeof(a_) / sizeof((a_)[0]))

static int number_of(const char *const *words, size_t n, const char *word)
{
    for (size_t i = 1; i < n; i++) {
        if (strcmp(words[i], word) == 0)
            return (int)i;
    }
    return 0;
}

static char *column_text(struct cs_arena *a, const PGresult *r, int row, int col)
{
    return cs_strdup(a, cs_pg_text(r, row, col));
}

/* fills msg from JSON that we wrote ourselves */
static void read_json(struct cs_arena *a, const char *json, ProtobufCMessage *msg)
{
    struct pbjson_errors errors = {0};
    json_t *value = pbjson_parse(a, json, strlen(json), &errors);

    if (value)
        pbjson_read(a, value, msg, &errors);
    json_decref(value);
}

static Message *message_row(struct cs_arena *a, const PGresult *r, int row)
{
    Message *m = Message_new(a);
    SourcesFrame sources = SOURCES_FRAME_INIT;

    m->id = column_text(a, r, row, 0);
    Message_set_role(m, strcmp(cs_pg_text(r, row, 1), "user") == 0 ? MESSAGE_ROLE_USER
                                                                   : MESSAGE_ROLE_ASSISTANT);
    m->content = column_text(a, r, row, 2);
    Message_set_status(m, (MessageStatus)number_of(message_statuses, N_OF(message_statuses),
                                                   cs_pg_text(r, row, 3)));
    read_json(a, cs_pg_text(r, row, 4), &sources.base);
    m->sources = sources.items;
    m->n_sources = sources.n_items;
    if (cs_pg_text(r, row, 5)) {
        m->usage = Usage_new(a);
        read_json(a, cs_pg_text(r, row, 5), &m->usage->base);
    }
    if (cs_pg_text(r, row, 10))
        read_json(a, cs_pg_text(r, row, 10), &m->base);
    m->error = column_text(a, r, row, 6);
    m->turn_id = column_text(a, r, row, 7);
    Message_set_created_at(m, cs_pg_i64(r, row, 8));
    if (cs_pg_text(r, row, 11)) {
        m->feedback = Feedback_new(a);
        m->feedback->rating = column_text(a, r, row, 11);
        m->feedback->comment = column_text(a, r, row, 12);
    }
    m->model = column_text(a, r, row, 13);
    if (cs_pg_text(r, row, 14))
        Message_set_first_token_ms(m, cs_pg_i64(r, row, 14));
    if (cs_pg_text(r, row, 15))
        Message_set_total_ms(m, cs_pg_i64(r, row, 15));
    if (cs_pg_bool(r, row, 16))
        Message_set_cached(m, true);
    return m;
}

/* ---- transactions ---- */

void store_begin(struct cs_call *call)
{
    cs_pg_begin(call->pg, call->tenant);
}

static int rollback_none(struct cs_call *call)
{
    cs_pg_rollback(call->pg);
    return STORE_NONE;
}

/* ---- messages ---- */

static int message_rows(struct cs_call *call, const PGresult *r, struct store_message **ret,
                        size_t *ret_n)
{
    int n;

    if (!r)
        return cs_fail_pg(call);
    n = PQntuples(r);
    if (n == 0)
        return STORE_NONE;
    if (PQgetisnull(r, 0, 0))
        n = 0;
    *ret = CS_NEW(call->arena, struct store_message, n);
    for (int i = 0; i < n; i++)
        (*ret)[i] = (struct store_message){message_row(call->arena, r, i), cs_pg_i64(r, i, 9)};
    *ret_n = (size_t)n;
    return 0;
}

int store_messages(struct cs_call *call, const char *conversation, const struct store_who *who,
                   const struct cs_page *page, struct store_message **ret, size_t *ret_n)
{
    store_begin(call);
    return message_rows(call,
                        cs_pg_last(call->pg, &MESSAGES, CS_S(conversation), CS_S(who->owner),
                                   CS_I(page->ms), CS_I(page->n), CS_BOOL(who->all)),
                        ret, ret_n);
}

int store_messages_newest(struct cs_call *call, const char *conversation, const char *owner,
                          const char *bot, int64_t before, int limit, struct store_message **ret,
                          size_t *ret_n)
{
    store_begin(call);
    return message_rows(call,
                        cs_pg_last(call->pg, &MESSAGES_NEWEST, CS_S(conversation), CS_S(owner),
                                   CS_S(bot), CS_I(before), CS_I(limit)),
                        ret, ret_n);
}

/* Commits, with what is queued. */
static bool said_before(struct cs_call *call, const char *conversation, const char *turn, int limit,
                        int64_t before, struct store_said **ret, size_t *ret_n)
{
    PGresult *r = cs_pg_last(call->pg, &SAID_BEFORE, CS_S(conversation), CS_S(turn), CS_I(limit),
                             CS_I(before ? before : INT64_MAX));
    int n;

    if (!r)
        return false;
    n = PQntuples(r);
    *ret = CS_NEW(call->arena, struct store_said, n);
    for (int i = 0; i < n; i++)
        (*ret)[i] = (struct store_said){cs_pg_bool(r, i, 0), column_text(call->arena, r, i, 1)};
    *ret_n = (size_t)n;
    return true;
}

int store_said_before(struct cs_call *call, const char *conversation, const char *turn, int limit,
                      struct store_said **ret, size_t *ret_n)
{
    store_begin(call);
    return said_before(call, conversation, turn, limit, 0, ret, ret_n) ? 0 : cs_fail_pg(call);
}

/* ---- turns ---- */

#define TURN_OPEN_ARGS(t_)                                                                         \
    CS_S((t_)->conversation), CS_S((t_)->owner), CS_S((t_)->title), CS_I((t_)->now_ms),            \
        CS_S((t_)->bot), CS_S((t_)->question_id), CS_S((t_)->question), CS_S((t_)->id),            \
        CS_S((t_)->message_id), CS_S((t_)->runner), CS_S((t_)->frames), CS_S((t_)->reply),         \
        CS_S((t_)->language)

/* why a transaction with TURN_OPEN failed */
static int not_open(struct cs_call *call, const struct store_turn *t)
{
    bool busy;

    if (cs_pg_none(call->pg))
        return rollback_none(call);
    if (strncmp(cs_pg_constraint(call->pg), "quota_", strlen("quota_")) == 0) {
        t->quota->full = cs_strdup(call->arena, cs_pg_constraint(call->pg));
        cs_pg_rollback(call->pg);
        return STORE_FULL;
    }
    if (!cs_pg_unique_violation(call->pg) || cs_idempotency_lost(call))
        return cs_fail_pg(call);
    busy = strcmp(cs_pg_constraint(call->pg), "turns_one_running") == 0;
    cs_pg_rollback(call->pg);
    return busy ? STORE_BUSY : STORE_TAKEN;
}

void store_turn_push(struct cs_call *call, const struct store_turn *t)
{
    cs_pg_push(call->pg, &TURN_OPEN, TURN_OPEN_ARGS(t));
}

int store_turn_open(struct cs_call *call, struct store_turn *t, char **ret_bot)
{
    PGresult *r = t->replaces ? store_turn_replace(call, t)
                              : cs_pg_query(call->pg, &TURN_OPEN, TURN_OPEN_ARGS(t));

    if (!r)
        return not_open(call, t);
    if (t->replaces)
        t->before = cs_pg_i64(r, 0, 1);
    *ret_bot = column_text(call->arena, r, 0, 0);
    return 0;
}

int store_turn_commit(struct cs_call *call, const struct store_turn *t, int limit,
                      struct store_said **ret, size_t *ret_n)
{
    bool ok = limit > 0 ? said_before(call, t->conversation, t->id, limit, t->before, ret, ret_n)
                        : cs_pg_commit(call->pg) == 0;

    if (!ok)
        return not_open(call, t);
    cs_outbox_wake();
    return 0;
}

static const char *json_or_null(struct cs_arena *a, const ProtobufCMessage *msg)
{
    size_t len;
    return msg ? pbjson_text(a, msg, &len) : NULL;
}

static const char *tool_calls_json(struct cs_arena *a, const struct store_end *e)
{
    Message m = MESSAGE_INIT;

    if (e->n_tool_calls == 0)
        return NULL;
    m.tool_calls = (ToolCall **)e->tool_calls;
    m.n_tool_calls = e->n_tool_calls;
    return json_or_null(a, &m.base);
}

int store_turn_end(struct cs_call *call, const struct store_end *e)
{
    PGresult *r;

    store_use_end_push(call, e);
    r = cs_pg_last(call->pg, &TURN_END, CS_S(e->turn), CS_S(e->runner), CS_I(e->last_seq),
                   CS_S(e->content), CS_S(message_statuses[e->status]),
                   CS_S(json_or_null(call->arena, e->sources ? &e->sources->base : NULL)),
                   CS_S(json_or_null(call->arena, e->usage ? &e->usage->base : NULL)),
                   CS_S(e->error), CS_I(e->now_ms), CS_BOOL(e->unanswered),
                   CS_S(tool_calls_json(call->arena, e)), CS_S(e->model),
                   e->first_token_ms >= 0 ? CS_I(e->first_token_ms) : CS_NULL, CS_I(e->total_ms),
                   e->cached ? CS_BOOL(true) : CS_NULL, e->idle_s > 0 ? CS_I(e->idle_s) : CS_NULL);

    if (!r)
        return cs_pg_none(call->pg) ? rollback_none(call) : cs_fail_pg(call);
    cs_outbox_wake();
    return 0;
}

int store_turn_message(struct cs_call *call, const char *turn, Message **ret)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &TURN_MESSAGE, CS_S(turn));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    *ret = message_row(call->arena, r, 0);
    return 0;
}

int store_message_rate(struct cs_call *call, const char *message, const char *owner,
                       const char *bot, const Feedback *feedback)
{
    MessageEvent e = MESSAGE_EVENT_INIT;
    PGresult *r;

    store_begin(call);
    r = cs_pg_query(call->pg, &MESSAGE_RATE, CS_S(message), CS_S(owner), CS_S(bot),
                    CS_S(feedback->rating), CS_S(feedback->comment));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return rollback_none(call);
    e.message_id = cs_strdup(call->arena, message);
    e.conversation_id = cs_strdup(call->arena, cs_pg_text(r, 0, 0));
    e.bot_id = cs_strdup(call->arena, cs_pg_text(r, 0, 1));
    e.rating = feedback->rating;
    MessageEvent_set_role(&e, MESSAGE_ROLE_ASSISTANT);
    announce_message(call, "feedback", &e);
    return store_commit(call);
}

int store_turn_cancel(struct cs_call *call, const char *turn, const char *owner, const char *bot,
                      bool *ret_running)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_query(call->pg, &TURN_CANCEL, CS_S(turn), CS_S(owner), CS_S(bot));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return rollback_none(call);
    *ret_running = cs_pg_bool(r, 0, 0);
    return 0;
}

int store_turns_renew(struct cs_call *call, const char *runner, char *const *turns, size_t n,
                      char ***ret_stop, size_t *ret_n_stop)
{
    PGresult *r;
    int n_stop;

    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &TURNS_RENEW, CS_S(runner), CS_S(cs_pg_array(call->arena, turns, n)));
    if (!r)
        return cs_fail_pg(call);
    n_stop = PQntuples(r);
    *ret_stop = CS_NEW(call->arena, char *, n_stop);
    for (int i = 0; i < n_stop; i++)
        (*ret_stop)[i] = column_text(call->arena, r, i, 0);
    *ret_n_stop = (size_t)n_stop;
    return 0;
}

int store_turns_claim(struct cs_call *call, const char *runner, int limit,
                      struct store_lapsed **ret, size_t *ret_n, bool *ret_running)
{
    PGresult *r;
    int n;

    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &TURNS_CLAIM, CS_S(runner), CS_I(limit));
    if (!r)
        return cs_fail_pg(call);
    *ret_running = cs_pg_bool(r, 0, 8);
    n = PQgetisnull(r, 0, 1) ? 0
                             : PQntuples(r); /* one row without a turn says that there is none */
    *ret = CS_NEW(call->arena, struct store_lapsed, n);
    for (int i = 0; i < n; i++) {
        (*ret)[i] = (struct store_lapsed){
            .tenant = column_text(call->arena, r, i, 0),
            .turn = column_text(call->arena, r, i, 1),
            .conversation = column_text(call->arena, r, i, 2),
            .bot = column_text(call->arena, r, i, 3),
            .message = column_text(call->arena, r, i, 4),
            .frames = column_text(call->arena, r, i, 5),
            .reply = column_text(call->arena, r, i, 6),
            .created_ms = cs_pg_i64(r, i, 7),
        };
    }
    *ret_n = (size_t)n;
    return 0;
}

int store_erase_bot(struct cs_call *call, const char *bot)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &ERASE_BOT, CS_S(bot));
    if (!r)
        return cs_fail_pg(call);
    return cs_pg_i64(r, 0, 0) > 0 ? 0 : STORE_NONE;
}

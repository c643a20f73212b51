/* Conversations in SQL: one by one, and the pages of lists. */
#include "chat/store_conversation.h"

#include "base/buf.h"
#include "bus/event.h"
#include "pbjson/pbjson.h"
#include "pg/pg.h"

#include <stdlib.h>

enum { LOOKED_AT = 5000 /* conversations whose messages a filter reads */, LAST_SHOWN = 200 };

/* a time given as unix milliseconds */
#define AT(arg_) "to_timestamp(" arg_ "::bigint / 1000.0)"
/* of this owner, or with `all` of visitors and of API keys as well */
#define VISIBLE(owner_, all_)                                                                      \
    "(owner = " owner_ "::text or (" all_                                                          \
    "::boolean and (owner like 'visitor:%' or owner like 'key:%')))"
#define COLUMNS                                                                                    \
    "id, bot_id, title, status, case when metadata_version = version then metadata_json else "     \
    "metadata::json end, message_count, " CS_MS("created_at") ", " CS_MS(                          \
        "updated_at") ", version, summary, " CS_MS("ended_at") ", pinned, archived"
/* the way by which it came; rows of before say it by their owner */
#define CHANNEL                                                                                    \
    "coalesce(channel, case split_part(owner, ':', 1) when 'visitor' then 'public' when 'key' "    \
    "then 'api' else 'member' end)"
/* a further change of a conversation keeps the metadata as it was written */
#define NEXT_VERSION                                                                               \
    "metadata_version = case when metadata_version = version then version + 1 else "               \
    "metadata_version end, version = version + 1"

static const struct cs_stmt CONVERSATION_ADD = {
    "conversation_add",
    "insert into conversations (tenant_id, id, bot_id, owner, title, metadata, metadata_json, "
    "metadata_version, created_at, updated_at, channel, origin, language) values ($1::uuid, "
    "$2::uuid, $3::uuid, $4::text, $5::text, $6::text::jsonb, $6::text::json, 1, " AT("$7") ", " AT(
        "$7") ", $8::text, $9::text, $10::text)"};

static const struct cs_stmt CONVERSATION = {
    "conversation", "select " COLUMNS " from conversations where id = $1::uuid and " VISIBLE(
                        "$2", "$4") " and ($3::uuid is null or bot_id = $3::uuid)"};

static const struct cs_stmt CONVERSATION_UPDATE = {
    "conversation_update",
    "update conversations set title = case when $3::boolean then null else coalesce($4::text, "
    "title) end, metadata = case when $5::boolean then null else coalesce($6::text::jsonb, "
    "metadata) end, metadata_json = case when $5::boolean then null else coalesce($6::text::json, "
    "case when metadata_version = version then metadata_json else metadata::json end) end, "
    "metadata_version = version + 1, version = version + 1, updated_at = now(), "
    "pinned = coalesce($7::boolean, pinned), archived = coalesce($8::boolean, archived) "
    "where id = $1::uuid and owner = $2::text "
    "returning " COLUMNS};

static const struct cs_stmt CONVERSATION_REMOVE = {
    "conversation_remove",
    "delete from conversations where id = $1::uuid and " VISIBLE(
        "$2", "$4") " and ($3::uuid is null or bot_id = $3::uuid) returning bot_id, version + 1"};

/* Not while a turn is running. A null owner is none: the conversation ends by itself. */
static const struct cs_stmt CONVERSATION_END = {
    "conversation_end",
    "update conversations c set status = 'ended', ended_at = now(), ended_idle = $2::text is null, "
    "idle_at = null, digest_due = now() + $3::int * interval '1 second', digest_tries = 0, "
    "updated_at = case when $2::text is null then updated_at else now() end, " NEXT_VERSION
    " where id = $1::uuid and status = 'active' and (owner = $2::text or ($2::text is null and "
    "idle_at < now())) and not exists (select from turns t where t.tenant_id = c.tenant_id and "
    "t.conversation_id = c.id and t.status = 'running') returning " COLUMNS};

/* clang-format off */
/* A statement for each scope, so that each has a plan with an index of its own. */
#define CONVERSATIONS_OF(whose_) \
    "select " COLUMNS " from (select * from conversations where " whose_ \
        " and ($2::uuid is null or bot_id = $2::uuid) and ($3::text is null or status = $3::text)" \
        " and created_at >= " AT("coalesce($4::bigint, 0)") \
        " and ($5::bigint is null or created_at < " AT("$5") ")" \
        " and ($7::bigint is null or (created_at, id) < (" AT("$7") ", $8::uuid))" \
        " and archived = $10::boolean and ($11::boolean is null or pinned = $11::boolean)" \
        " and ($12::text is null or " CHANNEL " = $12::text)" \
        " and ($13::text is null or origin = $13::text)" \
        " and ($14::text is null or language = $14::text)" \
        " order by created_at desc, id desc" \
        " limit case when coalesce($6::text, $15::text, $16::text) is null then $9::int else $17::int end) c" \
    " where ($6::text is null or title ilike $6::text or exists (select from messages m" \
        " where m.tenant_id = c.tenant_id and m.conversation_id = c.id and m.content ilike $6::text))" \
    " and ($15::text is null or exists (select from messages m where m.tenant_id = c.tenant_id" \
        " and m.conversation_id = c.id and m.rating = $15::text))" \
    " and ($16::text is null or $16::text::boolean = exists (select from turns t" \
        " where t.tenant_id = c.tenant_id and t.conversation_id = c.id and t.unanswered))" \
    " order by created_at desc, id desc limit $9::int"

static const struct cs_stmt CONVERSATIONS = {"conversations", CONVERSATIONS_OF("owner = $1::text")};
static const struct cs_stmt CONVERSATIONS_ALL = {
    "conversations_all",
    CONVERSATIONS_OF("(owner = $1::text or owner like 'visitor:%' or owner like 'key:%')")};

static const struct cs_stmt CONVERSATION_USE = {
    "conversation_use",
    "select " CHANNEL ", c.origin, c.language, l.role,"
        " left(l.content, $2::int), " CS_MS("l.created_at") ", f.up, f.down, u.unanswered, u.tokens, u.cost, c.id"
    " from unnest($1::uuid[]) with ordinality w (id, place) join conversations c on c.id = w.id"
    " left join lateral (select m.role, m.content, m.created_at from messages m"
        " where m.tenant_id = c.tenant_id and m.conversation_id = c.id and m.content <> ''"
        " order by m.ord desc limit 1) l on true"
    " left join lateral (select count(*) filter (where m.rating = 'up') up,"
        " count(*) filter (where m.rating = 'down') down from messages m"
        " where m.tenant_id = c.tenant_id and m.conversation_id = c.id and m.rating is not null) f on true"
    " left join lateral (select coalesce(bool_or(t.unanswered), false) unanswered,"
        " coalesce(sum(t.prompt_tokens + t.completion_tokens), 0) tokens, coalesce(sum(t.cost), 0) as cost"
        " from turns t where t.tenant_id = c.tenant_id and t.conversation_id = c.id) u on true"
    " order by w.place"};
/* clang-format on */

static const char *const conversation_statuses[] = {NULL, "active", "ended"};

static char *column_text(struct cs_arena *a, const PGresult *r, int row, int col)
{
    return cs_strdup(a, cs_pg_text(r, row, col));
}

static Conversation *conversation_row(struct cs_arena *a, const PGresult *r, int row)
{
    bool ended = strcmp(cs_pg_text(r, row, 3), "ended") == 0;
    Conversation *c = Conversation_new(a);

    c->id = column_text(a, r, row, 0);
    c->bot_id = column_text(a, r, row, 1);
    c->title = column_text(a, r, row, 2);
    Conversation_set_status(c, ended ? CONVERSATION_STATUS_ENDED : CONVERSATION_STATUS_ACTIVE);
    if (cs_pg_text(r, row, 4)) {
        c->metadata = Json_new(a);
        c->metadata->text = pbjson_text_stored(a, cs_pg_text(r, row, 4));
    }
    Conversation_set_message_count(c, (int32_t)cs_pg_i64(r, row, 5));
    Conversation_set_created_at(c, cs_pg_i64(r, row, 6));
    Conversation_set_updated_at(c, cs_pg_i64(r, row, 7));
    c->summary = column_text(a, r, row, 9);
    if (ended && cs_pg_text(r, row, 10))
        Conversation_set_ended_at(c, cs_pg_i64(r, row, 10));
    Conversation_set_pinned(c, cs_pg_bool(r, row, 11));
    Conversation_set_archived(c, cs_pg_bool(r, row, 12));
    return c;
}

static struct cs_pg_arg int_or_null(bool has, int64_t n)
{
    return has ? cs_pg_int(n) : CS_NULL;
}

static struct cs_pg_arg bool_or_null(bool has, bool b)
{
    return has ? CS_BOOL(b) : CS_NULL;
}

static int rollback_none(struct cs_call *call)
{
    cs_pg_rollback(call->pg);
    return STORE_NONE;
}

void store_conversation_push(struct cs_call *call, const Conversation *c, const char *owner)
{
    cs_pg_push(call->pg, &CONVERSATION_ADD, CS_S(call->tenant), CS_S(c->id), CS_S(c->bot_id),
               CS_S(owner), CS_S(c->title), CS_S(c->metadata ? c->metadata->text : NULL),
               CS_I(c->created_at), CS_S(c->channel), CS_S(c->origin), CS_S(c->language));
}

int store_conversation(struct cs_call *call, const struct store_who *who, const char *id,
                       const char *bot, Conversation **ret)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &CONVERSATION, CS_S(id), CS_S(who->owner), CS_S(bot),
                   CS_BOOL(who->all));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    *ret = conversation_row(call->arena, r, 0);
    return 0;
}

static bool update_clears(const UpdateConversationRequest *req, const char *field)
{
    for (size_t i = 0; i < req->n_clear; i++) {
        if (strcmp(req->clear[i], field) == 0)
            return true;
    }
    return false;
}

/* The row that a statement of the open transaction has changed. STORE_NONE */
static int conversation_changed(struct cs_call *call, const PGresult *r, Conversation **ret,
                                int64_t *ret_version)
{
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return rollback_none(call);
    *ret = conversation_row(call->arena, r, 0);
    *ret_version = cs_pg_i64(r, 0, 8);
    return 0;
}

int store_conversation_update(struct cs_call *call, const UpdateConversationRequest *req,
                              const char *owner, Conversation **ret, int64_t *ret_version)
{
    PGresult *r = cs_pg_query(
        call->pg, &CONVERSATION_UPDATE, CS_S(req->conversation_id), CS_S(owner),
        CS_BOOL(update_clears(req, "title")), CS_S(req->title),
        CS_BOOL(update_clears(req, "metadata")), CS_S(req->metadata ? req->metadata->text : NULL),
        bool_or_null(req->has_pinned, req->pinned), bool_or_null(req->has_archived, req->archived));

    return conversation_changed(call, r, ret, ret_version);
}

int store_conversation_end(struct cs_call *call, const char *id, const char *owner, int lease_s,
                           Conversation **ret, int64_t *ret_version)
{
    return conversation_changed(
        call, cs_pg_query(call->pg, &CONVERSATION_END, CS_S(id), CS_S(owner), CS_I(lease_s)), ret,
        ret_version);
}

int store_conversation_remove(struct cs_call *call, const struct store_who *who, const char *id,
                              const char *bot, char **ret_bot, int64_t *ret_version)
{
    PGresult *r = cs_pg_query(call->pg, &CONVERSATION_REMOVE, CS_S(id), CS_S(who->owner), CS_S(bot),
                              CS_BOOL(who->all));

    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return rollback_none(call);
    *ret_bot = column_text(call->arena, r, 0, 0);
    *ret_version = cs_pg_i64(r, 0, 1);
    return 0;
}

/* ---- lists ---- */

/* a LIKE pattern that finds q anywhere; NULL stays NULL */
static const char *like_anywhere(struct cs_arena *a, const char *q)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    if (!q)
        return NULL;
    cs_buf_adds(&b, "%");
    for (; *q; q++) {
        if (strchr("\\%_", *q))
            cs_buf_adds(&b, "\\");
        cs_buf_add(&b, q, 1);
    }
    cs_buf_adds(&b, "%");
    return cs_strdup(a, b.data);
}

static void conversation_use(struct cs_arena *a, const PGresult *r, int row, Conversation *c)
{
    c->channel = column_text(a, r, row, 0);
    c->origin = column_text(a, r, row, 1);
    c->language = column_text(a, r, row, 2);
    if (cs_pg_text(r, row, 3)) {
        LastMessage *m = c->last_message = LastMessage_new(a);
        LastMessage_set_role(m, strcmp(cs_pg_text(r, row, 3), "user") == 0
                                    ? MESSAGE_ROLE_USER
                                    : MESSAGE_ROLE_ASSISTANT);
        m->content = column_text(a, r, row, 4);
        LastMessage_set_created_at(m, cs_pg_i64(r, row, 5));
    }
    c->feedback = FeedbackCounts_new(a);
    FeedbackCounts_set_up(c->feedback, cs_pg_i64(r, row, 6));
    FeedbackCounts_set_down(c->feedback, cs_pg_i64(r, row, 7));
    Conversation_set_unanswered(c, cs_pg_bool(r, row, 8));
    Conversation_set_tokens(c, cs_pg_i64(r, row, 9));
    Conversation_set_cost(c, strtod(cs_pg_text(r, row, 10), NULL));
}

static int conversations_use(struct cs_call *call, Conversation **items, int n)
{
    char **ids = CS_NEW(call->arena, char *, n);

    for (int i = 0; i < n; i++)
        ids[i] = items[i]->id;
    store_begin(call);
    PGresult *r = cs_pg_last(call->pg, &CONVERSATION_USE,
                             CS_S(cs_pg_array(call->arena, ids, (size_t)n)), CS_I(LAST_SHOWN));
    if (!r)
        return cs_fail_pg(call);
    for (int i = 0, row = 0; i < n && row < PQntuples(r); i++)
        if (strcmp(cs_pg_text(r, row, 11), items[i]->id) == 0) /* it may be gone by now */
            conversation_use(call->arena, r, row++, items[i]);
    return 0;
}

int store_conversations(struct cs_call *call, const ListConversationsRequest *req,
                        const struct store_who *who, const struct cs_page *page,
                        Conversation ***ret, size_t *ret_n)
{
    PGresult *r;
    int n;

    store_begin(call);
    r = cs_pg_last(call->pg, who->all ? &CONVERSATIONS_ALL : &CONVERSATIONS, CS_S(who->owner),
                   CS_S(req->bot_id),
                   CS_S(req->has_status ? conversation_statuses[req->status] : NULL),
                   int_or_null(req->has_from, req->from), int_or_null(req->has_to, req->to),
                   CS_S(like_anywhere(call->arena, req->q)), int_or_null(page->after, page->ms),
                   CS_S(page->id), CS_I(page->n), CS_BOOL(req->archived),
                   bool_or_null(req->has_pinned, req->pinned), CS_S(req->channel),
                   CS_S(req->origin), CS_S(req->language), CS_S(req->feedback),
                   bool_or_null(req->has_unanswered, req->unanswered), CS_I(LOOKED_AT));
    if (!r)
        return cs_fail_pg(call);
    n = PQntuples(r);
    *ret = CS_NEW(call->arena, Conversation *, n);
    for (int i = 0; i < n; i++)
        (*ret)[i] = conversation_row(call->arena, r, i);
    *ret_n = (size_t)n;
    return who->all && n > 0 ? conversations_use(call, *ret, n) : 0;
}

/* ---- what is due ---- */

static const struct cs_stmt CONVERSATIONS_IDLE = {
    "conversations_idle", "select tenant_id, id from conversations_idle($1::int)"};
static const struct cs_stmt TENANTS_HELD = {"tenants_held",
                                            "select tenant_id from tenants_held(coalesce($1::uuid, "
                                            "'00000000-0000-0000-0000-000000000000'), $2::int)"};
static const struct cs_stmt CONVERSATIONS_EXPIRE = {
    "conversations_expire",
    "delete from conversations where (tenant_id, id) in (select c.tenant_id, c.id from "
    "conversations c where c.updated_at < now() - $1::bigint * interval '1 day' and not exists "
    "(select from turns t where t.tenant_id = c.tenant_id and t.conversation_id = c.id and "
    "t.status = 'running') limit $2::int) returning id, bot_id, version + 1"};

int store_due_rows(struct cs_call *call, const PGresult *r, struct store_due **ret, size_t *ret_n)
{
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct store_due, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        (*ret)[i] = (struct store_due){.tenant = column_text(call->arena, r, (int)i, 0),
                                       .conversation = column_text(call->arena, r, (int)i, 1)};
    return 0;
}

int store_conversations_idle(struct cs_call *call, int limit, struct store_due **ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, NULL);
    return store_due_rows(call, cs_pg_last(call->pg, &CONVERSATIONS_IDLE, CS_I(limit)), ret, ret_n);
}

int store_tenants(struct cs_call *call, const char *after, int limit, char ***ret, size_t *ret_n)
{
    PGresult *r;

    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &TENANTS_HELD, CS_S(after), CS_I(limit));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, char *, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        (*ret)[i] = column_text(call->arena, r, (int)i, 0);
    return 0;
}

int store_conversations_expire(struct cs_call *call, int64_t days, int limit,
                               struct store_expired **ret, size_t *ret_n)
{
    PGresult *r = cs_pg_query(call->pg, &CONVERSATIONS_EXPIRE, CS_I(days), CS_I(limit));

    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct store_expired, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        (*ret)[i] = (struct store_expired){.id = column_text(call->arena, r, (int)i, 0),
                                           .bot = column_text(call->arena, r, (int)i, 1),
                                           .version = cs_pg_i64(r, (int)i, 2)};
    return 0;
}

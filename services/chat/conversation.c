/* Handlers of conversations and their messages; their end, and their deletion with their bot. */
#include "chat/announce.h"
#include "chat/chat.h"
#include "chat/conversation.h"
#include "chat/hint.h"
#include "chat/store_answer_cache.h"
#include "chat/store_conversation.h"

#include "base/clock.h"
#include "base/id.h"
#include "bot/bot.h"
#include "bot/plan.h"
#include "bus/client.h"
#include "bus/idempotency.h"
#include "chat/digest.h"
#include "pbjson/pbjson.h"
#include "pg/pg.h"

#include <stdio.h>
#include <string.h>

int chat_no_conversation(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The conversation does not exist.");
}

/* the caller is known and the id could be one */
static int need_conversation(struct cs_call *call, const char *id)
{
    int r = cs_need_caller(call);

    if (r < 0)
        return r;
    return cs_id_valid(id) ? 0 : chat_no_conversation(call);
}

/* what a store function returned, where STORE_NONE means no such conversation */
static int conversation_outcome(struct cs_call *call, int r)
{
    return r == STORE_NONE ? chat_no_conversation(call) : r;
}

struct store_who conversation_who(struct cs_call *call)
{
    return (struct store_who){
        .owner = call->principal,
        .all = cs_has_role(call, "editor") || cs_has_role(call, "admin") ||
               cs_has_role(call, "owner") ||
               (cs_principal_id(call, "key") && cs_has_role(call, "chat:read")),
    };
}

static int check_metadata(struct cs_call *call, const Json *metadata)
{
    struct pbjson_errors errors = {0};
    json_t *value;
    bool object;

    if (!metadata)
        return 0;
    value = metadata->text
                ? pbjson_parse(call->arena, metadata->text, strlen(metadata->text), &errors)
                : NULL;
    object = json_is_object(value);
    json_decref(value);
    return object ? 0 : cs_fail_field(call, "metadata", "The value must be a JSON object.");
}

CS_HANDLER(Chat, create_conversation, CreateConversationRequest, Conversation)
{
    char id[CS_ID_SIZE];
    Bot *bot;
    int r = cs_need_caller(call);

    if (r < 0 || (r = check_metadata(call, req->metadata)) < 0 ||
        (r = cs_bot_get(call, req->bot_id, &bot)) < 0)
        return r;
    cs_id_new(id);
    rep->id = cs_strdup(call->arena, id);
    rep->bot_id = bot->id;
    rep->title = req->title;
    rep->metadata = req->metadata;
    Conversation_set_status(rep, CONVERSATION_STATUS_ACTIVE);
    Conversation_set_message_count(rep, 0);
    Conversation_set_pinned(rep, false);
    Conversation_set_archived(rep, false);
    Conversation_set_created_at(rep, cs_now_ms());
    Conversation_set_updated_at(rep, rep->created_at);

    Conversation row = *rep;
    row.channel = (char *)(cs_principal_id(call, "key") ? "api" : "member");
    store_begin(call);
    store_conversation_push(call, &row, call->principal);
    announce_conversation(call, "created", rep, 1, NULL);
    cs_idempotency_keep(call, &rep->base);
    if ((r = store_commit(call)) == 0)
        hint_put(rep->id, rep->bot_id, NULL);
    return r;
}

CS_HANDLER(Chat, get_conversation, ConversationRequest, Conversation)
{
    struct store_who who = conversation_who(call);
    Conversation *c;
    int r = need_conversation(call, req->conversation_id);

    if (r < 0)
        return r;
    r = store_conversation(call, &who, req->conversation_id, NULL, &c);
    if (r == 0)
        *rep = *c;
    return conversation_outcome(call, r);
}

CS_HANDLER(Chat, list_conversations, ListConversationsRequest, ConversationList)
{
    struct store_who who = conversation_who(call);
    bool all = req->scope && strcmp(req->scope, "workspace") == 0;
    struct cs_page page;
    size_t n;
    int r = cs_need_caller(call);

    if (r < 0 || (r = cs_page_of(call, req->limit, req->cursor, &page)) < 0)
        return r;
    if (all && !who.all)
        return cs_fail(call, CS_FORBIDDEN, "The scope workspace requires the role editor.");
    if (req->bot_id && !cs_id_valid(req->bot_id))
        return 0; /* with a bot that cannot be, nobody talked */
    who.all = all;
    r = store_conversations(call, req, &who, &page, &rep->items, &n);
    if (r < 0)
        return r;
    rep->n_items = cs_page_fit((ProtobufCMessage *const *)rep->items, n, (size_t)page.n - 1);
    if (rep->n_items < n) {
        const Conversation *last = rep->items[rep->n_items - 1];
        rep->next_cursor = cs_pg_cursor(call->arena, last->created_at, last->id);
    }
    return 0;
}

static bool conversation_named(const UpdateConversationRequest *req, const char *field)
{
    for (size_t i = 0; i < req->n_clear; i++)
        if (strcmp(req->clear[i], field) == 0)
            return true;
    return false;
}

static void conversation_announce(struct cs_call *call, const UpdateConversationRequest *req,
                                  const Conversation *c, int64_t version)
{
    const char *changed[5] = {0};
    size_t n = 0;

    if (req->title || conversation_named(req, "title"))
        changed[n++] = "title";
    if (req->metadata || conversation_named(req, "metadata"))
        changed[n++] = "metadata";
    if (req->has_pinned)
        changed[n++] = "pinned";
    if (req->has_archived)
        changed[n] = "archived";
    announce_conversation(call, "updated", c, version, changed);
}

CS_HANDLER(Chat, update_conversation, UpdateConversationRequest, Conversation)
{
    Conversation *c;
    int64_t version;
    int r = need_conversation(call, req->conversation_id);

    if (r < 0 || (r = check_metadata(call, req->metadata)) < 0)
        return r;
    store_begin(call);
    r = store_conversation_update(call, req, call->principal, &c, &version);
    if (r != 0)
        return conversation_outcome(call, r);
    conversation_announce(call, req, c, version);
    *rep = *c;
    return store_commit(call);
}

int conversation_erase(struct cs_call *call, const struct store_who *who, const char *id,
                       const char *bot)
{
    Conversation c = CONVERSATION_INIT;
    int64_t version;
    int r;

    c.id = (char *)id;
    store_begin(call);
    r = store_conversation_remove(call, who, id, bot, &c.bot_id, &version);
    if (r != 0)
        return r;
    announce_conversation(call, "deleted", &c, version, NULL);
    hint_drop(id);
    return store_commit(call);
}

CS_HANDLER(Chat, delete_conversation, ConversationRequest, Empty)
{
    struct store_who who = conversation_who(call);
    int r = need_conversation(call, req->conversation_id);

    (void)rep;
    if (r < 0)
        return r;
    return conversation_outcome(call, conversation_erase(call, &who, req->conversation_id, NULL));
}

/* ---- the end ---- */

enum {
    END_LEASE_S = 60, /* of the call that makes the digest; then any process does */
    IDLE_ROUND = 50,
};

/* The end and its event, committed. owner NULL: by itself. STORE_NONE as in store_conversation.h */
static int conversation_end(struct cs_call *call, const char *id, const char *owner, int lease_s,
                            Conversation **ret)
{
    int64_t version;
    int r;

    store_begin(call);
    r = store_conversation_end(call, id, owner, lease_s, ret, &version);
    if (r != 0)
        return r;
    announce_conversation(call, "ended", *ret, version, NULL);
    return store_commit(call);
}

/* It cannot be ended: it has ended, it is being answered, or it is not there. */
static int conversation_unended(struct cs_call *call, const char *id, Conversation *rep)
{
    const struct store_who who = {.owner = call->principal};
    Conversation *c;
    int r = store_conversation(call, &who, id, NULL, &c);

    if (r != 0)
        return conversation_outcome(call, r);
    if (c->status != CONVERSATION_STATUS_ENDED)
        return cs_fail(call, CS_CONFLICT,
                       "A message of the conversation is still being answered. Wait for the end of "
                       "that turn or cancel it.");
    *rep = *c;
    return 0;
}

static int conversation_digested(struct cs_call *call, void *state, const char *summary)
{
    (void)state;
    if (summary)
        ((Conversation *)call->rep)->summary = (char *)(uintptr_t)summary;
    return 0;
}

CS_HANDLER(Chat, end_conversation, ConversationRequest, Conversation)
{
    Conversation *c;
    int r = need_conversation(call, req->conversation_id);

    if (r < 0)
        return r;
    r = conversation_end(call, req->conversation_id, call->principal, END_LEASE_S, &c);
    if (r != 0)
        return r == STORE_NONE ? conversation_unended(call, req->conversation_id, rep) : r;
    *rep = *c;
    return digest_make(call, c->id, conversation_digested, NULL);
}

void conversation_end_idle(struct cs_call *call)
{
    struct store_due *due;
    Conversation *c;
    size_t n = 0;

    if (store_conversations_idle(call, IDLE_ROUND, &due, &n) < 0)
        cs_ask_clear(call); /* logged where it began; the next round asks again */
    for (size_t i = 0; i < n; i++) {
        call->tenant = due[i].tenant;
        if (conversation_end(call, due[i].conversation, NULL, 0, &c) < 0)
            cs_ask_clear(call);
    }
    call->tenant = NULL;
}

/* ---- what goes by itself ---- */

/* Everything said to a bot goes with the bot; its own event tells of that. */
int chat_on_bot_deleted(struct cs_call *call, const char *bot, const char *id)
{
    int r;

    (void)id;
    while ((r = store_erase_bot(call, bot)) == 0)
        ;
    return r == STORE_NONE ? store_answers_clear(call, bot, true) : r;
}

enum { EXPIRE_TENANTS = 64, EXPIRE_ROUND = 200 };

/* All that is older than the plan of the workspace keeps, with its events. */
static int conversations_expire(struct cs_call *call)
{
    struct store_expired *gone;
    size_t n = EXPIRE_ROUND;
    Plan *plan;
    int r = cs_plan_get(call, call->tenant, &plan);

    if (r < 0 || !plan->has_conversation_days)
        return r;
    while (r == 0 && n == EXPIRE_ROUND) {
        store_begin(call);
        r = store_conversations_expire(call, plan->conversation_days, EXPIRE_ROUND, &gone, &n);
        for (size_t i = 0; r == 0 && i < n; i++) {
            Conversation c = CONVERSATION_INIT;
            c.id = (char *)(uintptr_t)gone[i].id;
            c.bot_id = (char *)(uintptr_t)gone[i].bot;
            announce_conversation(call, "deleted", &c, gone[i].version, NULL);
        }
        if (r == 0)
            r = store_commit(call);
    }
    return r;
}

void conversation_expire(struct cs_call *call)
{
    static char after[CS_ID_SIZE]; /* of one thread, the ticker's */
    char **tenants;
    size_t n = 0;

    if (store_tenants(call, *after ? after : NULL, EXPIRE_TENANTS, &tenants, &n) < 0)
        cs_ask_clear(call);
    for (size_t i = 0; i < n; i++) {
        snprintf(after, sizeof(after), "%s", tenants[i]);
        call->tenant = tenants[i];
        if (conversations_expire(call) < 0)
            cs_ask_clear(call); /* a suspended workspace among them keeps what it has */
    }
    call->tenant = NULL;
    if (n < EXPIRE_TENANTS)
        *after = '\0';
}

CS_HANDLER(Chat, set_feedback, SetFeedbackRequest, Empty)
{
    Feedback feedback = FEEDBACK_INIT;
    int r = cs_need_caller(call);

    (void)rep;
    if (r < 0)
        return r;
    feedback.rating = req->rating;
    feedback.comment = req->comment;
    r = cs_id_valid(req->message_id)
            ? store_message_rate(call, req->message_id, call->principal, NULL, &feedback)
            : STORE_NONE;
    return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "The answer does not exist.") : r;
}

CS_HANDLER(Chat, list_messages, ListMessagesRequest, MessageList)
{
    struct store_who who = conversation_who(call);
    struct store_message *rows;
    struct cs_page page;
    size_t n;
    int r = need_conversation(call, req->conversation_id);

    /* its place is a message's number, where those of other lists are a time */
    if (r < 0 || (r = cs_page_of(call, req->limit, req->cursor, &page)) < 0)
        return r;
    r = store_messages(call, req->conversation_id, &who, &page, &rows, &n);
    if (r != 0)
        return conversation_outcome(call, r);
    rep->items = CS_NEW(call->arena, Message *, n);
    for (size_t i = 0; i < n; i++)
        rep->items[i] = rows[i].message;
    rep->n_items = cs_page_fit((ProtobufCMessage *const *)rep->items, n, (size_t)page.n - 1);
    if (rep->n_items < n) {
        const struct store_message *last = &rows[rep->n_items - 1];
        rep->next_cursor = cs_pg_cursor(call->arena, last->ord, last->message->id);
    }
    return 0;
}

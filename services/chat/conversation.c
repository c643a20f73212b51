/* Handlers of conversations and their messages, and their deletion with their bot. */
#include "chat/announce.h"
#include "chat/chat.h"
#include "chat/conversation.h"
#include "chat/hint.h"
#include "chat/store.h"

#include "base/clock.h"
#include "base/id.h"
#include "bot/bot.h"
#include "bus/idempotency.h"
#include "pbjson/pbjson.h"
#include "pg/pg.h"

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
    Conversation_set_created_at(rep, cs_now_ms());
    Conversation_set_updated_at(rep, rep->created_at);

    store_begin(call);
    store_conversation_push(call, rep, call->principal);
    announce_conversation(call, "created", rep, 1, NULL);
    cs_idempotency_keep(call, &rep->base);
    if ((r = store_commit(call)) == 0)
        hint_put(rep->id, rep->bot_id, NULL);
    return r;
}

CS_HANDLER(Chat, get_conversation, ConversationRequest, Conversation)
{
    Conversation *c;
    int r = need_conversation(call, req->conversation_id);

    if (r < 0)
        return r;
    r = store_conversation(call, req->conversation_id, call->principal, NULL, &c);
    if (r == 0)
        *rep = *c;
    return conversation_outcome(call, r);
}

CS_HANDLER(Chat, list_conversations, ListConversationsRequest, ConversationList)
{
    struct cs_page page;
    size_t n;
    int r = cs_need_caller(call);

    if (r < 0 || (r = cs_page_of(call, req->limit, req->cursor, &page)) < 0)
        return r;
    if (req->bot_id && !cs_id_valid(req->bot_id))
        return 0; /* with a bot that cannot be, nobody talked */
    r = store_conversations(call, req, call->principal, &page, &rep->items, &n);
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
    const char *changed[3] = {0};
    size_t n = 0;

    if (req->title || conversation_named(req, "title"))
        changed[n++] = "title";
    if (req->metadata || conversation_named(req, "metadata"))
        changed[n] = "metadata";
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

/* bot NULL: whichever it is with */
int conversation_erase(struct cs_call *call, const char *id, const char *owner, const char *bot)
{
    Conversation c = CONVERSATION_INIT;
    int64_t version;
    int r;

    c.id = (char *)id;
    store_begin(call);
    r = store_conversation_remove(call, id, owner, bot, &c.bot_id, &version);
    if (r != 0)
        return r;
    announce_conversation(call, "deleted", &c, version, NULL);
    hint_drop(id);
    return store_commit(call);
}

CS_HANDLER(Chat, delete_conversation, ConversationRequest, Empty)
{
    int r = need_conversation(call, req->conversation_id);

    (void)rep;
    if (r < 0)
        return r;
    return conversation_outcome(
        call, conversation_erase(call, req->conversation_id, call->principal, NULL));
}

/* Everything said to a bot goes with the bot; its own event tells of that. */
int chat_on_bot_deleted(struct cs_call *call, const char *bot, const char *id)
{
    int r;

    (void)id;
    while ((r = store_erase_bot(call, bot)) == 0)
        ;
    return r == STORE_NONE ? 0 : r;
}

CS_HANDLER(Chat, list_messages, ListMessagesRequest, MessageList)
{
    struct store_message *rows;
    struct cs_page page;
    size_t n;
    int r = need_conversation(call, req->conversation_id);

    /* its place is a message's number, where those of other lists are a time */
    if (r < 0 || (r = cs_page_of(call, req->limit, req->cursor, &page)) < 0)
        return r;
    r = store_messages(call, req->conversation_id, call->principal, &page, &rows, &n);
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

/* Sessions of visitors: creation, history, renewal of the token, deletion; and the turns and answers in them. */
#include "base/clock.h"
#include "base/id.h"
#include "bot/bot.h"
#include "bot/plan.h"
#include "bus/client.h"
#include "chat/announce.h"
#include "chat/chat.h"
#include "chat/conversation.h"
#include "chat/hint.h"
#include "chat/store_conversation.h"
#include "chat/turn.h"
#include "chat/visitor.h"
#include "pg/pg.h"

#include <jansson.h>

enum { MAX_HISTORY = 100, HISTORY_PAGE = 16 };

static int session_outcome(struct cs_call *call, int r)
{
    return r == STORE_NONE ? chat_no_session(call) : r;
}

/* ---- creation ---- */

/* The identity as metadata of the conversation, once bot_store has checked it; NULL without one. */
static int session_identity(struct cs_call *call, const Bot *bot, const VisitorIdentity *visitor,
                            Json **ret)
{
    CheckIdentityRequest req = CHECK_IDENTITY_REQUEST_INIT;
    Empty *done;
    json_t *metadata;
    char *text;
    int r;

    *ret = NULL;
    if (!visitor)
        return 0;
    req.bot_id = bot->id;
    req.id = visitor->id;
    req.hmac = visitor->hmac;
    if ((r = bot_store_check_identity(call, &req, &done)) < 0)
        return r;
    metadata = json_pack("{s:{s:s, s:s*}}", "visitor", "id", visitor->id, "name", visitor->name);
    text = metadata ? json_dumps(metadata, JSON_COMPACT) : NULL;
    *ret = Json_new(call->arena);
    (*ret)->text = cs_strdup(call->arena, text ? text : "{}");
    free(text);
    json_decref(metadata);
    return 0;
}

static int session_store(struct cs_call *call, const Bot *bot, char *id, Json *metadata,
                         const CreateSessionRequest *req)
{
    Conversation *c = Conversation_new(call->arena);
    int r;

    c->id = id;
    c->bot_id = bot->id;
    c->metadata = metadata;
    visitor_channel(call->arena, c, req->origin, req->host);
    Conversation_set_status(c, CONVERSATION_STATUS_ACTIVE);
    Conversation_set_created_at(c, cs_now_ms());
    Conversation_set_updated_at(c, c->created_at);
    store_begin(call);
    store_conversation_push(call, c, call->principal);
    announce_conversation(call, "created", c, 1, NULL);
    if ((r = store_commit(call)) == 0)
        hint_put(c->id, c->bot_id, NULL);
    return r;
}

static void session_reply(VisitorSession *rep, const char *session, const VisitorToken *token)
{
    rep->session_id = (char *)(uintptr_t)session;
    rep->visitor_token = token->token;
    VisitorSession_set_expires_at(rep, token->expires_at);
}

CS_HANDLER(Chat, create_session, CreateSessionRequest, VisitorSession)
{
    char *id = cs_alloc(call->arena, CS_ID_SIZE);
    VisitorToken *token;
    Json *metadata;
    Plan *plan;
    Bot *bot;
    int r = visitor_bot(call, req->bot_id, req->origin, req->host, &bot);

    if (r < 0 || (r = cs_plan_get(call, bot->tenant_id, &plan)) < 0 ||
        (r = session_identity(call, bot, req->identity, &metadata)) < 0)
        return r;
    cs_id_new(id);
    if ((r = visitor_token(call, bot, id, req->origin, &token)) < 0)
        return r;
    visitor_become(call, bot, id);
    session_reply(rep, id, token);
    return session_store(call, bot, id, metadata, req);
}

CS_HANDLER(Chat, renew_visitor_token, RenewVisitorTokenRequest, VisitorSession)
{
    VisitorToken *token;
    Conversation *c;
    Bot *bot;
    int r = visitor_need_public(call, req->bot_id, req->session_id);

    if (r < 0 || (r = cs_bot_get_public(call, req->bot_id, &bot)) < 0)
        return r;
    r = store_conversation(call, &(struct store_who){.owner = call->principal}, req->session_id,
                           req->bot_id, &c);
    if (r != 0)
        return session_outcome(call, r);
    if ((r = visitor_token(call, bot, req->session_id, req->token_origin, &token)) < 0)
        return r;
    session_reply(rep, req->session_id, token);
    return 0;
}

/* ---- history ---- */

/*
 * The newest messages that fit one reply, newest first, and one more if there are older ones: messages may
 * be large, so they are read a few at a time.
 */
static int session_newest(struct cs_call *call, const SessionRequest *req,
                          const struct cs_page *page, struct store_message *items, size_t *ret_n,
                          size_t *ret_fit)
{
    int64_t before = page->after ? page->ms : INT64_MAX;
    Message *messages[MAX_HISTORY + 1];
    size_t want = (size_t)page->n, n = 0, n_read;
    struct store_message *rows;

    do {
        int limit = want - n < HISTORY_PAGE ? (int)(want - n) : HISTORY_PAGE;
        int r = store_messages_newest(call, req->session_id, call->principal, req->bot_id, before,
                                      limit, &rows, &n_read);
        if (r != 0)
            return r;
        for (size_t i = 0; i < n_read; i++) {
            items[n] = rows[i];
            messages[n++] = rows[i].message;
            before = rows[i].ord;
        }
        *ret_fit = cs_page_fit((ProtobufCMessage *const *)messages, n, want - 1);
    } while (n_read == HISTORY_PAGE && *ret_fit == n && n < want);
    *ret_n = n;
    return 0;
}

CS_HANDLER(Chat, get_session, SessionRequest, PublicSession)
{
    struct store_message items[MAX_HISTORY + 1];
    struct cs_page page;
    size_t n = 0;
    int r = visitor_need_public(call, req->bot_id, req->session_id);

    /* its place is a message's number, where those of other lists are a time */
    if (r < 0 || (r = cs_page_of(call, req->limit, req->cursor, &page)) < 0)
        return r;
    r = session_newest(call, req, &page, items, &n, &rep->n_messages);
    if (r != 0)
        return session_outcome(call, r);
    rep->messages = CS_NEW(call->arena, Message *, rep->n_messages);
    for (size_t i = 0; i < rep->n_messages; i++) {
        rep->messages[i] = items[rep->n_messages - 1 - i].message;
        rep->messages[i]->n_tool_calls = 0; /* what a tool got and said is the owner's */
        turn_hide_error(rep->messages[i]);
    }
    if (rep->n_messages > 0 && rep->n_messages < n) {
        const struct store_message *last = &items[rep->n_messages - 1];
        rep->next_cursor = cs_pg_cursor(call->arena, last->ord, last->message->id);
    }
    rep->session_id = req->session_id;
    rep->bot_id = req->bot_id;
    return 0;
}

CS_HANDLER(Chat, delete_session, SessionRequest, Empty)
{
    int r = visitor_need_public(call, req->bot_id, req->session_id);

    (void)rep;
    if (r < 0)
        return r;
    return session_outcome(call,
                           conversation_erase(call, &(struct store_who){.owner = call->principal},
                                              req->session_id, req->bot_id));
}

/* ---- turns and answers ---- */

/* The visitor of any session of the bot. */
static int need_visitor_of(struct cs_call *call, const char *bot)
{
    const char *session = call->principal ? cs_principal_id(call, "visitor") : NULL;

    return visitor_need_public(call, bot, session ? session : "");
}

CS_HANDLER(Chat, cancel_public_turn, PublicTurnRequest, Empty)
{
    bool running;
    int r = need_visitor_of(call, req->bot_id);

    (void)rep;
    if (r < 0)
        return r;
    r = cs_id_valid(req->turn_id)
            ? store_turn_cancel(call, req->turn_id, call->principal, req->bot_id, &running)
            : STORE_NONE;
    if (r != 0)
        return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "The turn does not exist.") : r;
    r = store_commit(call);
    if (r == 0 && running)
        cs_ctl_publish("turn_cancel", req->turn_id, req->turn_id);
    return r;
}

CS_HANDLER(Chat, rate_public_message, RatePublicMessageRequest, Empty)
{
    Feedback feedback = FEEDBACK_INIT;
    int r = need_visitor_of(call, req->bot_id);

    (void)rep;
    if (r < 0)
        return r;
    feedback.rating = req->rating;
    feedback.comment = req->comment;
    r = cs_id_valid(req->message_id)
            ? store_message_rate(call, req->message_id, call->principal, req->bot_id, &feedback)
            : STORE_NONE;
    if (r != 0)
        return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "The answer does not exist.") : r;
    return 0;
}

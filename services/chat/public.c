/* The message of a visitor to a public bot; the first one makes the session. */
#include "base/id.h"
#include "bot/bot.h"
#include "bus/idempotency.h"
#include "chat/chat.h"
#include "chat/title.h"
#include "chat/turn.h"
#include "chat/visitor.h"

static int first_message(struct turn *t, const char *origin, const char *host)
{
    struct cs_call *call = t->call;
    Conversation *c = Conversation_new(call->arena);
    VisitorToken *token;
    char id[CS_ID_SIZE];
    int r;

    cs_id_new(id);
    t->session = t->conversation = cs_strdup(call->arena, id);
    r = visitor_token(call, t->bot, t->session, origin, &token);
    if (r < 0)
        return r;
    t->visitor_token = token->token;
    visitor_become(call, t->bot, t->session);
    c->id = (char *)t->session;
    c->bot_id = t->bot->id;
    c->title = title_from(call->arena, t->question);
    visitor_channel(call->arena, c, origin, host);
    Conversation_set_status(c, CONVERSATION_STATUS_ACTIVE);
    Conversation_set_created_at(c, t->accepted_ms);
    Conversation_set_updated_at(c, t->accepted_ms);
    return turn_run(t, c);
}

/* A visitor without a session is identified by address for the look-up of the Idempotency-Key. */
static int find_without_session(struct cs_call *call, const Bot *bot, const char *address)
{
    int r;

    if (!call->idempotency_key)
        return 0;
    call->tenant = bot->tenant_id;
    call->principal = cs_printf(call->arena, "address:%s", address ? address : "");
    r = cs_idempotency_find(call);
    if (r == 0 && !call->begun)
        call->tenant = call->principal = NULL; /* as the edge signed it, for the visitor's token */
    return r;
}

CS_HANDLER(Chat, public_message, PublicMessageRequest, Turn)
{
    struct turn *t;
    Bot *bot;
    int r = visitor_bot(call, req->bot_id, req->origin, req->host, &bot);

    if (r < 0)
        return r;
    r = req->session_id ? visitor_need(call, req->session_id)
                        : find_without_session(call, bot, req->address);
    if (r != 0)
        return r;
    if (call->begun)
        return turn_again(call, rep);
    t = turn_new(call, req->session_id, req->message, rep);
    t->bot = bot;
    t->session = req->session_id;
    return t->session ? turn_run(t, NULL) : first_message(t, req->origin, req->host);
}

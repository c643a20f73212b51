/* Public chat: a visitor's session is a conversation that belongs to visitor:<its own id>. */
#include "bot/bot.h"
#include "bot/origin.h"
#include "bot/plan.h"
#include "bus/client.h"
#include "bus/idempotency.h"
#include "chat/chat.h"
#include "chat/conversation.h"
#include "chat/title.h"
#include "chat/turn.h"

enum { MAX_HISTORY = 200, HISTORY_PAGE = 16 };

int chat_no_session(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The session does not exist.");
}

/* The caller is the visitor of this session, whose workspace is not suspended. */
static int need_visitor(struct cs_call *call, const char *session)
{
    const char *visitor;
    Plan *plan;

    if (!call->principal)
        return cs_fail(call, CS_UNAUTHENTICATED, "The visitor token of the session is required.");
    visitor = cs_principal_id(call, "visitor");
    if (!visitor || !call->tenant || !cs_id_valid(session) || strcmp(visitor, session) != 0)
        return chat_no_session(call);
    return cs_plan_get(call, call->tenant, &plan);
}

/* The same for what is kept of a session: a bot that is no longer public shows it to nobody. */
static int need_public_session(struct cs_call *call, const SessionRequest *req)
{
    Bot *bot;
    int r = need_visitor(call, req->session_id);

    if (r < 0)
        return r;
    if ((r = cs_bot_get_public(call, req->bot_id, &bot)) < 0)
        return call->status == CS_NOT_FOUND ? chat_no_session(call) : r;
    return 0;
}

static int issue_token(struct turn *t, const char *origin)
{
    IssueVisitorTokenRequest req = ISSUE_VISITOR_TOKEN_REQUEST_INIT;
    VisitorToken *token;
    int r;

    req.tenant_id = t->bot->tenant_id;
    req.bot_id = t->bot->id;
    req.session_id = (char *)t->session;
    req.origin = (char *)origin;
    r = auth_issue_visitor_token(t->call, &req, &token);
    if (r == 0)
        t->visitor_token = token->token;
    return r;
}

static int first_message(struct turn *t, const char *origin)
{
    struct cs_call *call = t->call;
    Conversation *c = Conversation_new(call->arena);
    char id[CS_ID_SIZE];
    int r;

    cs_id_new(id);
    t->session = t->conversation = cs_strdup(call->arena, id);
    r = issue_token(t, origin);
    if (r < 0)
        return r;
    /* from here on the call is the visitor's; what the edge signed no longer describes it */
    call->tenant = t->bot->tenant_id;
    call->principal = cs_printf(call->arena, "visitor:%s", t->session);
    call->roles = call->session = NULL;
    c->id = (char *)t->session;
    c->bot_id = t->bot->id;
    c->title = title_from(call->arena, t->question);
    c->origin = origin ? cs_origin_normal(call->arena, origin) : NULL;
    c->channel = (char *)(c->origin ? "widget" : "public");
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
    int r = cs_bot_get_public(call, req->bot_id, &bot);

    if (r < 0)
        return r;
    if (!cs_bot_allows_origin(call->arena, bot, req->origin, NULL))
        return cs_fail(call, CS_FORBIDDEN, "The bot's allowed_origins do not include %s.",
                       req->origin ? req->origin : "a request without an Origin header");
    r = req->session_id ? need_visitor(call, req->session_id)
                        : find_without_session(call, bot, req->address);
    if (r != 0)
        return r;
    if (call->begun)
        return turn_again(call, rep);
    t = turn_new(call, req->session_id, req->message, rep);
    t->bot = bot;
    t->session = req->session_id;
    return t->session ? turn_run(t, NULL) : first_message(t, req->origin);
}

/* The newest messages that fit one reply, newest first: messages may be large, so they are read a few
 * at a time. */
static int session_newest(struct cs_call *call, const SessionRequest *req, Message **items,
                          size_t *ret_n)
{
    int64_t before = INT64_MAX;
    struct store_message *rows;
    size_t n = 0, n_read;

    do {
        int want = MAX_HISTORY - n < HISTORY_PAGE ? (int)(MAX_HISTORY - n) : HISTORY_PAGE;
        int r = store_messages_newest(call, req->session_id, call->principal, req->bot_id, before,
                                      want, &rows, &n_read);
        if (r != 0)
            return r;
        for (size_t i = 0; i < n_read; i++) {
            items[n++] = rows[i].message;
            before = rows[i].ord;
        }
        *ret_n = cs_page_fit((ProtobufCMessage *const *)items, n, n);
    } while (n_read == HISTORY_PAGE && *ret_n == n && n < MAX_HISTORY);
    return 0;
}

CS_HANDLER(Chat, get_session, SessionRequest, PublicSession)
{
    Message *items[MAX_HISTORY];
    int r = need_public_session(call, req);

    if (r < 0)
        return r;
    r = session_newest(call, req, items, &rep->n_messages);
    if (r != 0)
        return r == STORE_NONE ? chat_no_session(call) : r;
    rep->messages = CS_NEW(call->arena, Message *, rep->n_messages);
    for (size_t i = 0; i < rep->n_messages; i++) {
        rep->messages[i] = items[rep->n_messages - 1 - i];
        rep->messages[i]->n_tool_calls = 0; /* what a tool got and said is the owner's */
        turn_hide_error(rep->messages[i]);
    }
    rep->session_id = req->session_id;
    rep->bot_id = req->bot_id;
    return 0;
}

CS_HANDLER(Chat, delete_session, SessionRequest, Empty)
{
    int r = need_public_session(call, req);

    (void)rep;
    if (r < 0)
        return r;
    r = conversation_erase(call, &(struct store_who){.owner = call->principal}, req->session_id,
                           req->bot_id);
    return r == STORE_NONE ? chat_no_session(call) : r;
}

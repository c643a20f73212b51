/* The checks that come before every call of a visitor, and the tokens of sessions. */
#include "chat/visitor.h"

#include "base/id.h"
#include "bot/bot.h"
#include "bot/origin.h"
#include "bot/plan.h"
#include "bus/client.h"
#include "chat/chat.h"

int chat_no_session(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The session does not exist.");
}

int visitor_bot(struct cs_call *call, const char *id, const char *origin, const char *host,
                Bot **ret)
{
    int r = cs_bot_get_public(call, id, ret);

    if (r < 0 || cs_bot_allows_origin(call->arena, *ret, origin, host))
        return r;
    return cs_fail(call, CS_FORBIDDEN, "The bot's allowed_origins do not include %s.",
                   origin ? origin : "a request without an Origin header");
}

int visitor_need(struct cs_call *call, const char *session)
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

int visitor_need_public(struct cs_call *call, const char *bot, const char *session)
{
    Bot *found;
    int r = visitor_need(call, session);

    if (r < 0)
        return r;
    if ((r = cs_bot_get_public(call, bot, &found)) < 0)
        return call->status == CS_NOT_FOUND ? chat_no_session(call) : r;
    return 0;
}

int visitor_token(struct cs_call *call, const Bot *bot, const char *session, const char *origin,
                  VisitorToken **ret)
{
    IssueVisitorTokenRequest req = ISSUE_VISITOR_TOKEN_REQUEST_INIT;

    req.tenant_id = bot->tenant_id;
    req.bot_id = bot->id;
    req.session_id = (char *)(uintptr_t)session;
    req.origin = (char *)(uintptr_t)origin;
    return auth_issue_visitor_token(call, &req, ret);
}

void visitor_channel(struct cs_arena *a, Conversation *c, const char *origin, const char *host)
{
    bool own = !origin || cs_origin_own(origin, host);

    c->origin = origin ? cs_origin_normal(a, origin) : NULL;
    c->channel = (char *)(own ? "public" : "widget");
}

void visitor_become(struct cs_call *call, const Bot *bot, const char *session)
{
    call->tenant = bot->tenant_id;
    call->principal = cs_printf(call->arena, "visitor:%s", session);
    call->roles = call->session = NULL;
}

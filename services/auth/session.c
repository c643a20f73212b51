/* The handler of Login, and the purge of sessions that have expired. */
#include "auth/session.h"

#include "auth/account.h"
#include "auth/auth.h"
#include "auth/caller.h"
#include "auth/token.h"
#include "base/clock.h"
#include "base/id.h"
#include "crypto/crypto.h"

void session_new(struct cs_call *call, struct session *ret)
{
    char *id = cs_alloc(call->arena, CS_ID_SIZE);

    cs_id_new(id);
    ret->refresh = token_refresh(call->arena);
    ret->row.id = id;
    ret->row.expires_ms = cs_now_ms() + TOKEN_REFRESH_MS;
    token_hash(ret->row.hash, ret->refresh);
}

int session_reply(struct cs_call *call, const struct session *session, const struct account *acc,
                  Session *rep)
{
    rep->access_token = token_access(call->arena, acc, session->row.id);
    if (!rep->access_token)
        return cs_fail_internal(call, "an access token could not be signed");
    rep->refresh_token = session->refresh;
    rep->token_type = cs_strdup(call->arena, "Bearer");
    Session_set_expires_in(rep, TOKEN_ACCESS_S);
    rep->user = account_user(call->arena, acc);
    rep->workspace = account_workspace(call->arena, acc);
    return 0;
}

static int check_login(struct cs_call *call, const LoginRequest *req)
{
    if (!req->email && !req->username)
        return cs_fail_field(call, "email", "give email or username");
    if (req->email && req->username)
        return cs_fail_field(call, "username", "give email or username, not both");
    return 0;
}

/* An unknown name costs the same work and gets the same answer as a wrong password. */
CS_HANDLER(Auth, login, LoginRequest, Session)
{
    struct session session;
    struct account *acc;
    int r;

    if ((r = caller_signed(call)) < 0 || (r = check_login(call, req)) < 0 ||
        (r = store_account_by_login(call, req->username, req->email, &acc)) < 0)
        return r;
    if (!cs_password_verify(acc ? acc->password : NULL, req->password) || !acc)
        return cs_fail(call, CS_UNAUTHENTICATED, "wrong username, e-mail address or password");
    if (account_suspended(acc))
        return cs_fail(call, CS_FORBIDDEN, "this account is suspended");
    session_new(call, &session);
    r = store_session_open(call, acc, &session.row);
    return r < 0 ? r : session_reply(call, &session, acc, rep);
}

void session_purge(struct cs_call *call)
{
    (void)store_purge(call);
}

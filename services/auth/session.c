/* The handlers of Login and of a user's signed-in devices. */
#include "auth/session.h"

#include "auth/account.h"
#include "auth/auth.h"
#include "auth/caller.h"
#include "auth/hasher.h"
#include "auth/password.h"
#include "auth/token.h"
#include "base/clock.h"
#include "base/id.h"
#include "chatsphere/v1/auth.rpc.h"
#include "pbjson/pbjson.h"
#include "pg/pg.h"

#include <string.h>

void session_new(struct cs_call *call, const char *user_agent, const char *address,
                 struct session *ret)
{
    char *id = cs_alloc(call->arena, CS_ID_SIZE);

    cs_id_new(id);
    ret->refresh = cs_token_new(call->arena, TOKEN_REFRESH);
    ret->row.id = id;
    ret->row.user_agent = user_agent;
    ret->row.address = address;
    ret->row.expires_ms = cs_now_ms() + TOKEN_REFRESH_MS;
    token_hash(ret->row.hash, ret->refresh);
}

int session_reply(struct cs_call *call, const struct session *session, const struct account *acc,
                  Session *rep)
{
    rep->access_token = token_access(call->arena, acc, session->row.id);
    if (!rep->access_token)
        return cs_fail_internal(call, "The access token could not be signed.");
    rep->refresh_token = session->refresh;
    rep->token_type = cs_strdup(call->arena, "Bearer");
    Session_set_expires_in(rep, TOKEN_ACCESS_S);
    rep->user = account_user(call->arena, acc);
    rep->workspace = account_workspace(call->arena, acc);
    return 0;
}

enum { LOGIN_MAX = 4096 }; /* bytes of a request of which the name is looked at in advance */

struct login {
    const LoginRequest *req;
    struct account *account; /* NULL: there is none of this name */
    struct attempt attempt;
    bool right;
    const char *rehash; /* the password hashed anew; NULL: its hash stays */
};

static void login_hash(struct cs_call *call, void *state)
{
    struct login *l = state;
    bool stale;

    l->right = password_verify(call->arena, l->account ? l->account->password : NULL,
                               l->req->password, &stale);
    if (l->right && stale)
        l->rehash = password_hash(call->arena, l->req->password);
}

static const char *login_name(const LoginRequest *req)
{
    return req->username ? req->username : req->email;
}

bool session_friendly(const char *method, const void *body, size_t len)
{
    struct cs_arena a;
    const LoginRequest *req;
    const char *name;
    bool friendly = false;

    if (strcmp(method, "change_password") == 0)
        return true;
    if (strcmp(method, "login") != 0 || len > LOGIN_MAX)
        return false;
    cs_arena_init(&a);
    req = (const LoginRequest *)pbjson_unpack_bounded(&a, RPC_AUTH_LOGIN->input, body, len);
    if (req && (name = login_name(req)))
        friendly = attempt_of(req->address, name, cs_mono_ms()).class == ATTEMPT_KNOWN;
    cs_arena_dispose(&a);
    return friendly;
}

/* The network is remembered under the account's id and under the name, which is all that
 * session_friendly() has. */
static void login_note(const struct login *l)
{
    bool right = l->right && l->account;
    int64_t now_ms = cs_mono_ms();

    attempt_note(&l->attempt, right, now_ms);
    if (right) {
        struct attempt named = attempt_of(l->req->address, login_name(l->req), now_ms);
        attempt_note(&named, true, now_ms);
    }
}

static int login_end(struct cs_call *call, void *state)
{
    struct login *l = state;
    struct session session;
    int r;

    login_note(l);
    if (!l->right || !l->account)
        return cs_fail(call, CS_UNAUTHENTICATED,
                       "The username, email address or password is wrong.");
    if (account_suspended(l->account))
        return cs_fail(call, CS_FORBIDDEN, "This account is suspended.");
    if (strcmp(l->account->workspace_status, "active") != 0)
        return cs_fail(call, CS_FORBIDDEN, "The workspace is suspended.");
    session_new(call, l->req->user_agent, l->req->address, &session);
    r = store_session_open(call, l->account, &session.row, l->rehash);
    return r < 0 ? r : session_reply(call, &session, l->account, (Session *)call->rep);
}

/* An unknown name costs the same work and gets the same answer as a wrong password. */
CS_HANDLER(Auth, login, LoginRequest, Session)
{
    struct login *l = CS_NEW(call->arena, struct login, 1);
    int r;

    (void)rep;
    l->req = req;
    if (!req->email && !req->username)
        return cs_fail_field(call, "email", "One of email and username is required.");
    if (req->email && req->username)
        return cs_fail_field(call, "username", "Only one of email and username is allowed.");
    if ((r = store_account_by_login(call, req->username, req->email, &l->account)) < 0)
        return r;
    l->attempt =
        attempt_of(req->address, l->account ? l->account->id : login_name(req), cs_mono_ms());
    return hasher_stage(call, &l->attempt, login_hash, login_end, l);
}

static DeviceSession *device_session(struct cs_call *call, const struct device_row *row)
{
    const char *current = caller_session(call);
    DeviceSession *s = DeviceSession_new(call->arena);

    s->id = row->id;
    s->has_created_at = s->has_last_used_at = s->has_expires_at = s->has_current = true;
    s->created_at = row->created_ms;
    s->last_used_at = row->last_used_ms;
    s->expires_at = row->expires_ms;
    s->user_agent = row->user_agent;
    s->address = row->address;
    s->current = current && strcmp(current, row->id) == 0;
    return s;
}

CS_HANDLER(Auth, list_device_sessions, ListDeviceSessionsRequest, DeviceSessionList)
{
    struct device_row *rows;
    struct cs_page page;
    const char *user;
    size_t n;
    bool more;
    int r;

    if ((r = caller_user(call, &user)) < 0 ||
        (r = cs_page_of(call, req->limit, req->cursor, &page)) < 0 ||
        (r = store_sessions_page(call, user, &page, &rows, &n)) < 0)
        return r;
    rep->n_items = cs_page_shown(&page, n, &more);
    rep->items = CS_NEW(call->arena, DeviceSession *, rep->n_items);
    for (size_t i = 0; i < rep->n_items; i++)
        rep->items[i] = device_session(call, &rows[i]);
    if (more)
        rep->next_cursor =
            cs_pg_cursor(call->arena, rows[rep->n_items - 1].created_ms, rows[rep->n_items - 1].id);
    return 0;
}

/* The edge asks within two seconds whether a session is alive, so nothing else has to be told. */
CS_HANDLER(Auth, end_device_session, DeviceSessionRequest, Empty)
{
    const char *user;
    int r;

    (void)rep;
    if ((r = caller_user(call, &user)) < 0)
        return r;
    r = cs_id_valid(req->session_id) ? store_session_end(call, user, req->session_id) : STORE_NONE;
    return r > 0 ? cs_fail(call, CS_NOT_FOUND, "There is no such session.") : r;
}

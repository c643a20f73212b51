/* Registration, the caller's own account, and its administration by staff. */
#include "auth/account.h"

#include "auth/auth.h"
#include "auth/caller.h"
#include "auth/hasher.h"
#include "auth/password.h"
#include "base/clock.h"
#include "base/id.h"
#include "bus/event.h"

#include <string.h>

struct account *account_new(struct cs_call *call, const char *username, const char *email)
{
    struct account *acc = CS_NEW(call->arena, struct account, 1);

    acc->id = cs_alloc(call->arena, CS_ID_SIZE);
    acc->tenant = cs_alloc(call->arena, CS_ID_SIZE);
    cs_id_new(acc->id);
    cs_id_new(acc->tenant);
    acc->username = cs_strdup(call->arena, username);
    acc->email = cs_strdup(call->arena, email);
    acc->status = cs_strdup(call->arena, "active");
    acc->version = 1;
    acc->created_ms = acc->workspace_ms = cs_now_ms();
    acc->workspace_status = cs_strdup(call->arena, "active");
    acc->workspace = cs_printf(call->arena, "%s's workspace", username);
    acc->plan = cs_strdup(call->arena, "free");
    acc->role = cs_strdup(call->arena, "owner");
    return acc;
}

bool account_suspended(const struct account *acc)
{
    return strcmp(acc->status, "suspended") == 0;
}

static Role account_role(const char *word)
{
    static const struct {
        const char *word;
        Role role;
    } roles[] = {
        {"viewer", ROLE_VIEWER},
        {"editor", ROLE_EDITOR},
        {"admin", ROLE_ADMIN},
        {"owner", ROLE_OWNER},
    };

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (strcmp(roles[i].word, word) == 0)
            return roles[i].role;
    return ROLE_UNSPECIFIED;
}

User *account_user(struct cs_arena *a, const struct account *acc)
{
    User *u = User_new(a);

    u->id = acc->id;
    u->username = acc->username;
    u->email = acc->email;
    u->first_name = acc->first_name;
    u->last_name = acc->last_name;
    User_set_status(u, account_suspended(acc) ? USER_STATUS_SUSPENDED : USER_STATUS_ACTIVE);
    User_set_is_staff(u, acc->staff);
    u->plan = acc->plan;
    User_set_created_at(u, acc->created_ms);
    return u;
}

Workspace *account_workspace(struct cs_arena *a, const struct account *acc)
{
    Workspace *w = Workspace_new(a);

    w->id = acc->tenant;
    w->name = acc->workspace;
    w->plan = acc->plan;
    Workspace_set_role(w, account_role(acc->role));
    Workspace_set_created_at(w, acc->workspace_ms);
    return w;
}

void account_event(struct cs_call *call, const struct account *acc, const char *event,
                   const char *const *changed)
{
    UserEvent payload = USER_EVENT_INIT;

    payload.user_id = acc->id;
    payload.workspace_id = acc->tenant;
    UserEvent_set_version(&payload, acc->version);
    payload.changed = (char **)(uintptr_t)changed;
    while (changed && changed[payload.n_changed])
        payload.n_changed++;
    cs_event(call, &(struct cs_event){
                       .tenant = acc->tenant,
                       .aggregate = "user",
                       .event = event,
                       .id = acc->id,
                       .version = acc->version,
                       .payload = &payload.base,
                   });
}

static int account_reply(struct cs_call *call, const struct account *acc, Me *rep)
{
    rep->user = account_user(call->arena, acc);
    rep->workspace = account_workspace(call->arena, acc);
    return 0;
}

static int account_gone(struct cs_call *call)
{
    return cs_fail(call, CS_UNAUTHENTICATED, "This account does not exist any more.");
}

/* the caller's own account */
static int account_own(struct cs_call *call, struct account **ret)
{
    const char *user;
    int r;

    if ((r = caller_user(call, &user)) < 0 || (r = store_account(call, user, ret)) < 0)
        return r;
    return *ret ? 0 : account_gone(call);
}

CS_HANDLER(Auth, get_me, Empty, Me)
{
    struct account *acc;
    int r = account_own(call, &acc);

    (void)req;
    return r < 0 ? r : account_reply(call, acc, rep);
}

static bool profile_cleared(const UpdateMeRequest *req, const char *field)
{
    for (size_t i = 0; i < req->n_clear; i++)
        if (strcmp(req->clear[i], field) == 0)
            return true;
    return false;
}

CS_HANDLER(Auth, update_me, UpdateMeRequest, Me)
{
    const struct profile_change change = {
        .set_first_name = req->first_name || profile_cleared(req, "first_name"),
        .set_last_name = req->last_name || profile_cleared(req, "last_name"),
        .first_name = req->first_name,
        .last_name = req->last_name,
    };
    struct account *acc;
    int r;

    if ((r = account_own(call, &acc)) < 0)
        return r;
    if (!change.set_first_name && !change.set_last_name)
        return account_reply(call, acc, rep);
    r = store_profile(call, acc->id, &change, &acc);
    if (r != 0)
        return r == STORE_NONE ? account_gone(call) : r;
    size_t n = 0;
    const char *changed[3] = {0};
    if (change.set_first_name)
        changed[n++] = "first_name";
    if (change.set_last_name)
        changed[n] = "last_name";
    account_event(call, acc, "updated", changed);
    r = store_commit(call);
    return r < 0 ? r : account_reply(call, acc, rep);
}

struct password_change {
    const ChangePasswordRequest *req;
    struct account *account;
    char *hash; /* NULL: the current password is wrong */
};

static void password_change_hash(struct cs_call *call, void *state)
{
    struct password_change *c = state;
    bool stale;

    if (password_verify(call->arena, c->account->password, c->req->current_password, &stale))
        c->hash = password_hash(call->arena, c->req->new_password);
}

static int password_change_end(struct cs_call *call, void *state)
{
    struct password_change *c = state;
    struct account *acc;
    int r;

    if (!c->hash)
        return cs_fail_field(call, "current_password", "The value is not the current password.");
    r = store_password(call, c->account, c->hash, caller_session(call), &acc);
    if (r != 0)
        return r == STORE_NONE ? account_gone(call) : r;
    account_event(call, acc, "updated", (const char *const[]){"password", NULL});
    return store_commit(call);
}

CS_HANDLER(Auth, change_password, ChangePasswordRequest, Empty)
{
    struct password_change *c = CS_NEW(call->arena, struct password_change, 1);
    struct attempt attempt;
    const char *wrong;
    int r;

    (void)rep;
    if ((wrong = password_wrong(call->arena, req->new_password)))
        return cs_fail_field(call, "new_password", "%s", wrong);
    c->req = req;
    if ((r = account_own(call, &c->account)) < 0)
        return r;
    attempt = attempt_signed_in(c->account->id);
    return hasher_stage(call, &attempt, password_change_hash, password_change_end, c);
}

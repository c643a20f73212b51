/* staff: the platform's own people look after all users. */
#include "auth/account.h"
#include "auth/auth.h"
#include "auth/caller.h"

#include "base/id.h"
#include "base/log.h"
#include "bot/plan.h"
#include "pg/pg.h"

#include <string.h>

CS_HANDLER(Auth, list_users, ListUsersRequest, UserList)
{
    struct account *rows;
    struct cs_page page;
    const char *staff;
    size_t n;
    bool more;
    int r;

    if ((r = caller_staff(call, &staff)) < 0 ||
        (r = cs_page_of(call, req->limit, req->cursor, &page)) < 0 ||
        (r = store_accounts_page(call, &page, &rows, &n)) < 0)
        return r;
    rep->n_items = cs_page_shown(&page, n, &more);
    rep->items = CS_NEW(call->arena, User *, rep->n_items);
    for (size_t i = 0; i < rep->n_items; i++)
        rep->items[i] = account_user(call->arena, &rows[i]);
    if (more)
        rep->next_cursor =
            cs_pg_cursor(call->arena, rows[rep->n_items - 1].created_ms, rows[rep->n_items - 1].id);
    return 0;
}

static int user_none(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The user does not exist.");
}

static int user_find(struct cs_call *call, const char *id, struct account **ret)
{
    int r;

    *ret = NULL;
    if (cs_id_valid(id) && (r = store_account(call, id, ret)) < 0)
        return r;
    return *ret ? 0 : user_none(call);
}

CS_HANDLER(Auth, get_user, UserRequest, User)
{
    struct account *acc;
    const char *staff;
    int r;

    if ((r = caller_staff(call, &staff)) < 0 || (r = user_find(call, req->id, &acc)) < 0)
        return r;
    *rep = *account_user(call->arena, acc);
    return 0;
}

/* one event for one version */
static void account_announce(struct cs_call *call, const struct account *was,
                             const struct account *now)
{
    const bool same_status = strcmp(was->status, now->status) == 0;
    const char *changed[3] = {0};
    size_t n = 0;

    if (!same_status)
        changed[n++] = "status";
    if (strcmp(was->plan, now->plan) != 0)
        changed[n] = "plan";
    account_event(call, now,
                  same_status                             ? "updated"
                  : strcmp(now->status, "suspended") == 0 ? "suspended"
                                                          : "resumed",
                  changed);
}

CS_HANDLER(Auth, update_user, UpdateUserRequest, User)
{
    const char *staff, *status = NULL;
    struct account *was, *now;
    int r;

    if ((r = caller_staff(call, &staff)) < 0)
        return r;
    if (req->has_status && req->status == USER_STATUS_UNSPECIFIED)
        return cs_fail_field(call, "status", "The value must be active or suspended.");
    if (req->has_status)
        status = req->status == USER_STATUS_SUSPENDED ? "suspended" : "active";
    if (req->status == USER_STATUS_SUSPENDED && strcasecmp(req->id, staff) == 0)
        return cs_fail(call, CS_CONFLICT, "Staff cannot suspend their own account.");
    if ((r = user_find(call, req->id, &was)) < 0)
        return r;
    *rep = *account_user(call->arena, was);
    if ((!status || strcmp(status, was->status) == 0) &&
        (!req->plan || strcmp(req->plan, was->plan) == 0))
        return 0;
    r = store_standing(call, was, status, req->plan, &now);
    if (r != 0)
        return r == STORE_NONE
                   ? cs_fail_field(call, "plan", "The value must be the name of a plan.")
                   : r;
    if (!now)
        return user_none(call);
    account_announce(call, was, now);
    if ((r = store_commit(call)) < 0)
        return r;
    cs_ctl_publish(CS_PLAN_CHANGES, now->tenant, now->tenant);
    cs_log(CS_INFO, "staff changed a user", "staff", staff, "user", now->id, "status", now->status,
           "plan", now->plan, NULL);
    *rep = *account_user(call->arena, now);
    return 0;
}

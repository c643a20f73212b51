/* User, role and staff of the caller, each checked with its own refusal. */
#include "auth/caller.h"

#include "base/id.h"

#include <string.h>

int caller_user(struct cs_call *call, const char **ret_user)
{
    const char *user;
    int r = cs_need_caller(call);

    if (r < 0)
        return r;
    user = cs_principal_id(call, "user");
    if (!user || !cs_id_valid(user))
        return cs_fail(call, CS_FORBIDDEN, "This operation is for signed-in users.");
    *ret_user = user;
    return 0;
}

int caller_manager(struct cs_call *call, const char **ret_user)
{
    int r = caller_user(call, ret_user);

    if (r < 0)
        return r;
    if (!cs_has_role(call, "owner") && !cs_has_role(call, "admin"))
        return cs_fail(call, CS_FORBIDDEN,
                       "This operation is for owners and admins of the workspace.");
    return 0;
}

int caller_staff(struct cs_call *call, const char **ret_user)
{
    int r;

    if ((r = caller_user(call, ret_user)) < 0)
        return r;
    return cs_has_role(call, "staff")
               ? 0
               : cs_fail(call, CS_FORBIDDEN, "This operation is for platform staff.");
}

const char *caller_session(const struct cs_call *call)
{
    return call->session && cs_id_valid(call->session) ? call->session : NULL;
}

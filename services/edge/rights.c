/* Roles, scopes and kinds of identity compared with the columns of a route. */
#include "edge/rights.h"

#include "base/err.h"

#include <string.h>

bool rights_has(const char *roles, const char *word)
{
    size_t n = strlen(word);

    while (roles && *roles) {
        size_t len = strcspn(roles, ",");
        if (len == n && memcmp(roles, word, n) == 0)
            return true;
        roles += len + (roles[len] == ',');
    }
    return false;
}

static const char *user_refusal(const struct route *route, const struct identity *who)
{
    const char *roles = who->roles;
    enum route_role role = rights_has(roles, "owner") || rights_has(roles, "admin") ? ROUTE_ADMIN
                           : rights_has(roles, "editor")                            ? ROUTE_EDITOR
                           : rights_has(roles, "viewer")                            ? ROUTE_VIEWER
                                                                                    : ROUTE_NOBODY;

    if (route->role == ROUTE_NOBODY)
        return "This operation is for visitors of a public bot.";
    if ((route->flags & ROUTE_STAFF) && !rights_has(roles, "staff"))
        return "This operation is for platform staff.";
    if (role < route->role)
        return "The caller's role in the workspace does not allow this operation.";
    return NULL;
}

static const char *key_refusal(const struct route *route, const struct identity *who)
{
    if (!route->scope)
        return "API keys may not use this operation.";
    return rights_has(who->roles, route->scope)
               ? NULL
               : "The API key does not have the scope of this operation.";
}

static const char *visitor_refusal(const struct route *route, const struct identity *who,
                                   const char *origin)
{
    if (!(route->flags & ROUTE_VISITOR))
        return "Visitors may not use this operation.";
    if (who->origin && origin && strcasecmp(who->origin, origin) != 0)
        return "The visitor token belongs to another origin.";
    return NULL;
}

const char *rights_refusal(const struct route *route, const struct identity *who,
                           const char *origin, int *ret_status)
{
    *ret_status = CS_FORBIDDEN;
    switch (who->carrier) {
    case CARRIER_USER: return user_refusal(route, who);
    case CARRIER_KEY: return key_refusal(route, who);
    case CARRIER_VISITOR: return visitor_refusal(route, who, origin);
    case CARRIER_NONE: break;
    }
    if (route->flags & ROUTE_PUBLIC)
        return NULL;
    *ret_status = CS_UNAUTHENTICATED;
    return "A bearer token is required.";
}

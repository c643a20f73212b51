/* credential: the edge's question whether an API key or a session still holds. */
#include "auth/auth.h"
#include "auth/token.h"

#include "base/id.h"
#include "chatsphere/v1/names.h"

#include <string.h>

/* what sessions and keys have in common; `roles` have room for `n` words */
static void principal_fill(Principal *rep, const struct bearer *b, char *principal, char **roles,
                           size_t n)
{
    rep->tenant_id = b->tenant;
    rep->principal = principal;
    rep->roles = roles;
    rep->n_roles = n;
    rep->plan = b->plan;
    if (b->expires_ms != 0)
        Principal_set_expires_at(rep, b->expires_ms);
}

/* both: STORE_NONE when it is not valid */
static int credential_session(struct cs_call *call, const char *session, Principal *rep)
{
    struct bearer *b;
    char **roles;
    size_t n = 0;
    int r;

    if (!cs_id_valid(session))
        return STORE_NONE;
    if ((r = store_session_bearer(call, session, &b)) < 0)
        return r;
    if (!b)
        return STORE_NONE;
    roles = CS_NEW(call->arena, char *, 2);
    roles[n++] = b->role;
    if (b->staff)
        roles[n++] = cs_strdup(call->arena, "staff");
    principal_fill(rep, b, cs_printf(call->arena, "user:%s", b->id), roles, n);
    return 0;
}

static int credential_key(struct cs_call *call, const char *key, Principal *rep)
{
    unsigned char hash[STORE_HASH];
    struct bearer *b;
    char **roles;
    int r;

    token_hash(hash, key);
    if ((r = store_key_bearer(call, hash, &b)) < 0)
        return r;
    if (!b)
        return STORE_NONE;
    roles = CS_NEW(call->arena, char *, b->n_scopes + 1);
    for (size_t i = 0; i < b->n_scopes; i++)
        roles[i] = b->scopes[i];
    roles[b->n_scopes] = cs_strdup(call->arena, "api_key");
    principal_fill(rep, b, cs_printf(call->arena, "key:%s", b->id), roles, b->n_scopes + 1);
    return 0;
}

CS_HANDLER(Auth, check_credential, CheckCredentialRequest, Principal)
{
    int r;

    if (!req->api_key == !req->session_id)
        return cs_fail_field(call, "api_key", "Exactly one of api_key and session_id is required.");
    r = req->api_key ? credential_key(call, req->api_key, rep)
                     : credential_session(call, req->session_id, rep);
    if (r == STORE_NONE)
        return cs_fail(call, CS_UNAUTHENTICATED, "The credential is invalid.");
    return r;
}

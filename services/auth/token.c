/* Claims of access and visitor tokens, random refresh tokens and API keys, and the JWKS. */
#include "auth/auth.h"
#include "auth/caller.h"
#include "auth/token.h"

#include "base/clock.h"
#include "base/log.h"
#include "chatsphere/v1/names.h"
#include "crypto/crypto.h"
#include "crypto/jwt.h"

#include <string.h>

/* set once, before any worker runs */
static struct cs_jwt_key key;
static struct cs_arena forever; /* what follows */
static char *public_pem, *x, *y;
static const char successor_context[] = "refresh successor";
_Static_assert((int)STORE_HASH == (int)CS_SEAL_KEY, "a hash is a key");

int token_init(const char *private_pem)
{
    if (!cs_jwt_key_load(private_pem, &key))
        return -1;
    cs_arena_init(&forever);
    public_pem = cs_jwt_public_pem(&forever, key.pem);
    return public_pem && cs_jwt_coordinates(&forever, public_pem, &x, &y) ? 0 : -1;
}

void token_free(void)
{
    cs_jwt_key_free(&key);
    cs_arena_dispose(&forever);
}

char *token_access(struct cs_arena *a, const struct account *acc, const char *session)
{
    json_t *claims =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "sub", acc->id, "tid", acc->tenant, "role",
                  acc->role, "plan", acc->plan, "sid", session, "staff", acc->staff);

    return claims ? cs_jwt_sign(a, &key, claims, TOKEN_ACCESS_S) : NULL;
}

char *token_visitor(struct cs_arena *a, const char *tenant, const char *bot, const char *session,
                    const char *origin)
{
    json_t *claims =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*}", "sub", cs_printf(a, "visitor:%s", session),
                  "tid", tenant, "bot", bot, "sid", session, "role", "visitor", "origin", origin);

    return claims ? cs_jwt_sign(a, &key, claims, TOKEN_VISITOR_S) : NULL;
}

char *token_refresh(struct cs_arena *a)
{
    return cs_token_new(a, "rt_");
}

char *token_api_key(struct cs_arena *a)
{
    return cs_token_new(a, "cs_");
}

char *token_invitation(struct cs_arena *a)
{
    return cs_token_new(a, "inv_");
}

void token_hash(unsigned char out[STORE_HASH], const char *token)
{
    cs_sha256(out, token, strlen(token));
}

/* A refresh token is 256 random bits, so a plain hash that the database does not have is a key. */
static void successor_key(unsigned char out[CS_SEAL_KEY], struct cs_arena *a, const char *refresh)
{
    token_hash(out, cs_printf(a, "%s of %s", successor_context, refresh));
}

struct refresh_box token_successor_seal(struct cs_arena *a, const char *refresh, const char *next)
{
    unsigned char seal_key[CS_SEAL_KEY];
    struct refresh_box box;

    successor_key(seal_key, a, refresh);
    box.data = cs_seal(a, seal_key, successor_context, next, &box.len);
    return box;
}

char *token_successor_open(struct cs_arena *a, const char *refresh, const struct refresh_box *box)
{
    unsigned char seal_key[CS_SEAL_KEY];

    successor_key(seal_key, a, refresh);
    return cs_unseal(a, seal_key, successor_context, box->data, box->len);
}

CS_HANDLER(Auth, get_jwks, Empty, Jwks)
{
    Jwk *jwk = Jwk_new(call->arena);

    (void)req;
    jwk->kty = cs_strdup(call->arena, "EC");
    jwk->crv = cs_strdup(call->arena, "P-256");
    jwk->x = x;
    jwk->y = y;
    jwk->kid = key.kid;
    jwk->alg = cs_strdup(call->arena, "ES256");
    jwk->use = cs_strdup(call->arena, "sig");
    jwk->pem = public_pem;
    rep->keys = CS_NEW(call->arena, Jwk *, 1);
    rep->keys[0] = jwk;
    rep->n_keys = 1;
    return 0;
}

/* Only chat may call this; the visitor whom the token names has none yet. */
CS_HANDLER(Auth, issue_visitor_token, IssueVisitorTokenRequest, VisitorToken)
{
    rep->token =
        token_visitor(call->arena, req->tenant_id, req->bot_id, req->session_id, req->origin);
    if (!rep->token)
        return cs_fail_internal(call, "The visitor token could not be signed.");
    VisitorToken_set_expires_at(rep, cs_now_ms() + TOKEN_VISITOR_S * INT64_C(1000));
    return 0;
}

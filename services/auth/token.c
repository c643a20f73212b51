/* Claims of access and visitor tokens, random refresh tokens and API keys, and the JWKS. */
#include "auth/auth.h"
#include "auth/caller.h"
#include "auth/token.h"

#include "base/clock.h"
#include "base/log.h"
#include "chatsphere/v1/names.h"
#include "crypto/crypto.h"
#include "crypto/jwt.h"
#include "crypto/keyfile.h"

#include <pthread.h>
#include <string.h>

/* the keys of the file, and what the JWKS shows of each; loaded anew when it changes */
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct token_keys {
    struct cs_jwt_key at[CS_KEYS_MAX];
    char *public_pem[CS_KEYS_MAX], *x[CS_KEYS_MAX], *y[CS_KEYS_MAX];
    size_t n;
    struct cs_arena arena; /* of the texts */
} keys;
static const char successor_context[] = "refresh successor";
_Static_assert((int)STORE_HASH == (int)CS_SEAL_KEY, "a hash is a key");

static void keys_free(struct token_keys *k)
{
    while (k->n > 0)
        cs_jwt_key_free(&k->at[--k->n]);
    cs_arena_dispose(&k->arena);
}

int token_load(const char *private_pems)
{
    struct token_keys loaded = {0}, old;
    bool ok;

    cs_arena_init(&loaded.arena);
    loaded.n = cs_jwt_keys_load(private_pems, loaded.at, CS_KEYS_MAX);
    ok = loaded.n > 0;
    for (size_t i = 0; ok && i < loaded.n; i++) {
        loaded.public_pem[i] = cs_jwt_public_pem(&loaded.arena, loaded.at[i].pem);
        ok = loaded.public_pem[i] &&
             cs_jwt_coordinates(&loaded.arena, loaded.public_pem[i], &loaded.x[i], &loaded.y[i]);
    }
    if (!ok) {
        keys_free(&loaded);
        return -1;
    }
    pthread_rwlock_wrlock(&lock);
    old = keys;
    keys = loaded;
    pthread_rwlock_unlock(&lock);
    keys_free(&old);
    return 0;
}

void token_free(void)
{
    keys_free(&keys);
}

/* claims is stolen and may be NULL */
static char *token_sign(struct cs_arena *a, json_t *claims, int64_t ttl_s)
{
    char *token;

    if (!claims)
        return NULL;
    pthread_rwlock_rdlock(&lock);
    token = cs_jwt_sign(a, cs_jwt_keys_newest(keys.at, keys.n), claims, ttl_s);
    pthread_rwlock_unlock(&lock);
    return token;
}

char *token_access(struct cs_arena *a, const struct account *acc, const char *session)
{
    return token_sign(a,
                      json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "sub", acc->id, "tid",
                                acc->tenant, "role", acc->role, "plan", acc->plan, "sid", session,
                                "staff", acc->staff),
                      TOKEN_ACCESS_S);
}

char *token_visitor(struct cs_arena *a, const char *tenant, const char *bot, const char *session,
                    const char *origin)
{
    return token_sign(a,
                      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*}", "sub",
                                cs_printf(a, "visitor:%s", session), "tid", tenant, "bot", bot,
                                "sid", session, "role", "visitor", "origin", origin),
                      TOKEN_VISITOR_S);
}

void token_hash(unsigned char out[STORE_HASH], const char *token)
{
    cs_sha256(out, token, strlen(token));
}

/*
 * A refresh token is 256 random bits, so a plain hash that the database does not have is a key. No rotation
 * reaches it: each token has its own, and its box is erased within seconds.
 */
static void successor_ring(struct cs_seal_ring *out, struct cs_arena *a, const char *refresh)
{
    unsigned char bytes[CS_SEAL_KEY];

    token_hash(bytes, cs_printf(a, "%s of %s", successor_context, refresh));
    *out = (struct cs_seal_ring){.n = 1};
    cs_seal_key_set(&out->at[0], bytes);
}

struct refresh_box token_successor_seal(struct cs_arena *a, const char *refresh, const char *next)
{
    struct cs_seal_ring ring;
    struct refresh_box box;

    successor_ring(&ring, a, refresh);
    box.data = cs_seal(a, &ring.at[0], successor_context, next, &box.len);
    return box;
}

char *token_successor_open(struct cs_arena *a, const char *refresh, const struct refresh_box *box)
{
    struct cs_seal_ring ring;

    successor_ring(&ring, a, refresh);
    return cs_unseal(a, &ring, successor_context, box->data, box->len);
}

CS_HANDLER(Auth, get_jwks, Empty, Jwks)
{
    struct cs_arena *a = call->arena;

    (void)req;
    pthread_rwlock_rdlock(&lock);
    rep->keys = CS_NEW(a, Jwk *, keys.n);
    for (; rep->n_keys < keys.n; rep->n_keys++) {
        size_t i = rep->n_keys;
        Jwk *jwk = rep->keys[i] = Jwk_new(a);
        jwk->kty = cs_strdup(a, "EC");
        jwk->crv = cs_strdup(a, "P-256");
        jwk->x = cs_strdup(a, keys.x[i]);
        jwk->y = cs_strdup(a, keys.y[i]);
        jwk->kid = cs_strdup(a, keys.at[i].kid);
        jwk->alg = cs_strdup(a, "ES256");
        jwk->use = cs_strdup(a, "sig");
        jwk->pem = cs_strdup(a, keys.public_pem[i]);
    }
    pthread_rwlock_unlock(&lock);
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

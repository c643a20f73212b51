#pragma once
/*
 * token: what auth gives out. Access and visitor tokens are ES256 JWTs that the edge verifies by
 * itself with the keys of GetJwks; refresh tokens, API keys and codes of invitations are random, of which only the
 * SHA-256 is kept.
 *
 * Access claims: sub (user id), tid (workspace), role, plan, sid (session), staff, iat, exp.
 * Visitor claims: sub (visitor:<session>), tid, bot, sid, role "visitor", origin, iat, exp.
 *
 * token_load() at the start; the rest from any thread, with strings in the arena.
 */
#include "auth/store.h"
#include "crypto/crypto.h"
#include "crypto/jwt.h"

enum {
    TOKEN_ACCESS_S = 15 * 60,
    TOKEN_VISITOR_S = 24 * 3600,
    TOKEN_KEY_PREFIX = 11, /* characters of an API key that are kept to recognise it */
};
_Static_assert((int)TOKEN_VISITOR_S <= (int)CS_JWT_LONGEST_S,
               "a key is dropped after its last token");
#define TOKEN_REFRESH_MS (30 * 24 * 3600 * INT64_C(1000))

/* The text of CHATSPHERE_JWT_KEY, at the start and each time its file changes: 0, or -1 and the keys of before stay. */
int token_load(const char *private_pems);
void token_free(void);

/* NULL on failure */
char *token_access(struct cs_arena *a, const struct account *acc, const char *session);
char *token_visitor(struct cs_arena *a, const char *tenant, const char *bot, const char *session,
                    const char *origin);

/* How the random ones begin: cs_token_new() makes one. */
#define TOKEN_REFRESH "rt_"
#define TOKEN_API_KEY "cs_"
#define TOKEN_INVITATION "inv_"

void token_hash(unsigned char out[STORE_HASH], const char *token);
/* The successor of a refresh token, sealed under a key that follows from the token alone. The
 * database has but the token's hash, so nothing there opens the box. NULL: it is not the token's. */
struct refresh_box token_successor_seal(struct cs_arena *a, const char *refresh, const char *next);
char *token_successor_open(struct cs_arena *a, const char *refresh, const struct refresh_box *box);

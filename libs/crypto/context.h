#pragma once
/*
 * context: the edge's (and embed's and chat's) signature over who a request comes from, Ed25519, 60 s.
 * Mutations in auth and reads of provider keys verify it, so a stolen bus credential is not enough.
 *
 * Header value: <signer>.<unix seconds of expiry>.<base64url signature>, over
 * "cs2\n<signer>\n<expiry>\n<request id>\n<tenant>\n<principal>\n<roles>\n<session>" with "" for what is
 * absent.
 */
#include "base/arena.h"

#include <stdbool.h>

struct cs_context {
    const char *request_id, *tenant, *principal, *roles, *session;
};

struct cs_signer;   /* private key and name */
struct cs_verifier; /* public keys by name */

/* text of CHATSPHERE_SIGN_KEY: "<name> <base64url seed>". NULL when malformed. */
struct cs_signer *cs_signer_new(const char *text);
/* text of CHATSPHERE_SIGN_PUB: lines "<name> <base64url public key>". NULL when malformed. */
struct cs_verifier *cs_verifier_new(const char *text);
void cs_signer_free(struct cs_signer *s); /* NULL is fine */
void cs_verifier_free(struct cs_verifier *v);
/* The line for the public file. */
char *cs_signer_public(struct cs_arena *a, const struct cs_signer *s);

/* NULL when a field has a line end in it. */
char *cs_context_sign(struct cs_arena *a, const struct cs_signer *s, const struct cs_context *c);
/* The signer's name in the arena, or NULL when the signature does not hold. */
char *cs_context_verify(struct cs_arena *a, const struct cs_verifier *v, const struct cs_context *c,
                        const char *auth);

/* New key pair as texts: key file content and the line for the public file. */
void cs_signer_make(struct cs_arena *a, const char *name, char **ret_key, char **ret_public_line);

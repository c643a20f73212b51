#pragma once
/*
 * context: the signature of the calling service over one call and over who it is made for, Ed25519, 60 s.
 * Every rpc that is not read_only in the contract verifies it (bus/signature.h), so a stolen bus
 * credential, or a signature seen once, is not enough.
 *
 * Header value: <signer>.<unix seconds of expiry>.<nonce>.<base64url signature>, over
 * "cs3\n<signer>\n<expiry>\n<nonce>\n<service>.<method>\n<SHA-256 of the body, hex>\n<request id>\n<tenant>\n
 * <principal>\n<roles>\n<session>\n<idempotency key>" with "" for what is absent. The nonce makes two
 * signatures over the same call differ, so that the receiver can tell a repeat.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A row for the table of a program that signs (base/env.h). */
#define CS_SIGN_KEY_ENV                                                                            \
    {                                                                                              \
        .name = "SIGN_KEY", .kind = CS_ENV_SECRET, .required = true,                               \
        .help = "keys that sign this program's calls, a line each: <name> <base64url seed>"        \
    }

/* Seconds a signature is valid, and how far a signer's clock may be ahead of ours. */
enum { CS_CONTEXT_VALID_S = 60, CS_CONTEXT_SKEW_S = 30 };

struct cs_context {
    const char *service, *method; /* what is called */
    const void *body;             /* the packed request */
    size_t len;
    const char *request_id, *tenant, *principal, *roles, *session, *idempotency_key;
};

/*
 * A signer has a name and a few private keys, of which the newest one in use signs (crypto/keyfile.h); a
 * verifier accepts each of the public keys of a name. Both may be loaded anew at any time, by any thread;
 * every call sees the old keys or the new ones as a whole.
 */
struct cs_signer;
struct cs_verifier;

/* text of CHATSPHERE_SIGN_KEY: lines "<name> <base64url seed>[ <used from>]" of one name. NULL when malformed. */
struct cs_signer *cs_signer_new(const char *text);
/* text of CHATSPHERE_SIGN_PUB: lines "<name> <base64url public key>". NULL when malformed. */
struct cs_verifier *cs_verifier_new(const char *text);
/* False when the text is malformed; then the keys of before stay. */
bool cs_signer_load(struct cs_signer *s, const char *text);
bool cs_verifier_load(struct cs_verifier *v, const char *text);
void cs_signer_free(struct cs_signer *s); /* NULL is fine */
void cs_verifier_free(struct cs_verifier *v);
/* The lines for the public file, one a key. */
char *cs_signer_public(struct cs_arena *a, const struct cs_signer *s);

/* NULL when a field has a line end in it. */
char *cs_context_sign(struct cs_arena *a, struct cs_signer *s, const struct cs_context *c);
/* The signer's name in the arena, or NULL when the signature is invalid. *ret_mark tells this
 * signature from every other one (crypto/once.h). */
char *cs_context_verify(struct cs_arena *a, struct cs_verifier *v, const struct cs_context *c,
                        const char *auth, uint64_t *ret_mark);
/* Whether a signature has expired or is of the future, so that a new one may be good. */
bool cs_context_outdated(const char *auth);

/* New key pair as texts: key file content and the line for the public file. */
void cs_signer_make(struct cs_arena *a, const char *name, char **ret_key, char **ret_public_line);

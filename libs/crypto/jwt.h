#pragma once
/*
 * jwt: our access and visitor tokens, ES256, with libjwt. The header's kid names the key; alg is
 * pinned. Signing needs the private PEM, verifying a set of public ones.
 *
 * A file may hold several private keys. A line "used-from: <unix seconds>" before a key is the time from
 * which it signs (crypto/keyfile.h); readers of PEM ignore it.
 */
#include "base/arena.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct cs_jwt_key {
    char kid[48];
    char *pem;      /* private or public */
    int64_t from_s; /* when it begins to sign; 0: always did */
};

/* Seconds that a token of ours may be valid: what was signed by a dropped key has expired after that. */
enum { CS_JWT_LONGEST_S = 24 * 3600 };
#define CS_JWT_USED_FROM "used-from: "

/* kid = first 16 bytes of SHA-256 of the public key (DER), base64url. False: not an EC P-256 key. */
bool cs_jwt_key_load(const char *pem, struct cs_jwt_key *ret); /* copies pem */
void cs_jwt_key_free(struct cs_jwt_key *key);
/* The keys of a file of PEM blocks, one or more; 0: one is no such key or occurs twice, or there are more than max. */
size_t cs_jwt_keys_load(const char *text, struct cs_jwt_key *keys, size_t max);
const struct cs_jwt_key *cs_jwt_keys_newest(const struct cs_jwt_key *keys,
                                            size_t n); /* signs now; n > 0 */
char *cs_jwt_public_pem(struct cs_arena *a, const char *private_pem);
/* base64url coordinates for a JWK. */
bool cs_jwt_coordinates(struct cs_arena *a, const char *pem, char **ret_x, char **ret_y);
char *cs_jwt_new_pem(struct cs_arena *a); /* a new private key */

/* claims is stolen; iat and exp are set from now_ms and ttl_s. NULL on failure. */
char *cs_jwt_sign(struct cs_arena *a, const struct cs_jwt_key *key, json_t *claims, int64_t ttl_s);

/* A new JSON object with the claims, or NULL: unknown kid, wrong alg, bad signature, expired,
 * or a part that is not the canonical base64url of its bytes. */
json_t *cs_jwt_verify(const char *token, const struct cs_jwt_key *keys, size_t n_keys);

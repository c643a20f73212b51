#pragma once
/*
 * crypto: the few things we do with secrets, each by a library (libsodium, OpenSSL, libjwt).
 * cs_crypto_init() once per process before anything else here; then any thread.
 */
#include "base/arena.h"
#include "crypto/keyfile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int cs_crypto_init(void); /* 0 or -1 */

/* ---- text of bytes ---- */
char *cs_base64url(struct cs_arena *a, const void *p, size_t n);              /* no padding */
void *cs_base64url_parse(struct cs_arena *a, const char *s, size_t *ret_len); /* NULL: malformed */
void cs_hex(char *out, const void *p, size_t n);                              /* 2n + 1 bytes */

/* ---- hashes ---- */
enum { CS_SHA256_HEX = 65 };
void cs_sha256_hex(char out[CS_SHA256_HEX], const void *p, size_t n);
void cs_sha256(unsigned char out[32], const void *p, size_t n);
/* HMAC with SHA-256 of a text under a key of any length, compared with hexadecimal digits in constant time. */
bool cs_hmac_matches(const char *key, const char *text, const char *hex);
struct cs_sha256_state {
    _Alignas(8) unsigned char opaque[128];
};
void cs_sha256_begin(struct cs_sha256_state *s);
void cs_sha256_update(struct cs_sha256_state *s, const void *p, size_t n);
void cs_sha256_end(struct cs_sha256_state *s, char hex[CS_SHA256_HEX]);

/* ---- passwords: argon2id; one takes 19 MiB and about 25 ms, so the caller bounds how many at once ---- */
char *cs_password_hash(struct cs_arena *a, const char *password);
bool cs_password_verify(const char *hash, const char *password); /* NULL hash: same work, false */

/* ---- random tokens: prefix + base64url of 32 random bytes; stored as SHA-256 ---- */
char *cs_token_new(struct cs_arena *a, const char *prefix);

/*
 * ---- sealed boxes: XChaCha20-Poly1305, bound to `context` ----
 * A box begins with CS_SEAL_HEAD bytes that name its format and its key. It is opened with the key of that
 * id alone; boxes of before, which name none, are tried with each.
 */
enum { CS_SEAL_KEY = 32, CS_SEAL_HEAD = 9 };

struct cs_seal_key {
    unsigned char bytes[CS_SEAL_KEY];
    unsigned char id[8]; /* follows from the bytes and tells nothing of them */
    int64_t from_s;      /* crypto/keyfile.h */
};

struct cs_seal_ring {
    struct cs_seal_key at[CS_KEYS_MAX];
    size_t n;
};

void cs_seal_key_set(struct cs_seal_key *key, const unsigned char bytes[CS_SEAL_KEY]);
/* text of CHATSPHERE_SEAL_KEY: lines "<base64url key>[ <used from>]". False when malformed. */
bool cs_seal_ring_parse(const char *text, struct cs_seal_ring *ret);
/* The key that seals now; the ring has one. */
const struct cs_seal_key *cs_seal_ring_newest(const struct cs_seal_ring *ring);
/* What each box of the key begins with. */
void cs_seal_head(unsigned char out[CS_SEAL_HEAD], const struct cs_seal_key *key);

void *cs_seal(struct cs_arena *a, const struct cs_seal_key *key, const char *context,
              const char *secret, size_t *ret_len);
char *cs_unseal(struct cs_arena *a, const struct cs_seal_ring *ring, const char *context,
                const void *box, size_t len); /* NULL: forged, or of another key or context */

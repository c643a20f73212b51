/* XChaCha20-Poly1305 by libsodium, with the version of the format and the key's id in front of the box. */
#include "crypto/crypto.h"

#include "base/clock.h"
#include "base/id.h"

#include <sodium.h>
#include <string.h>

/* a box: version, id of the key, nonce, ciphertext with tag; the first version had no id */
enum {
    VERSION_WITHOUT_ID = 1,
    VERSION = 2,
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};
_Static_assert((int)CS_SEAL_KEY == (int)crypto_aead_xchacha20poly1305_ietf_KEYBYTES &&
                   (int)CS_SEAL_KEY == (int)CS_KEY_BYTES,
               "key size");
_Static_assert((int)CS_SEAL_HEAD == 1 + (int)sizeof(((struct cs_seal_key *)0)->id), "head size");

void cs_seal_key_set(struct cs_seal_key *key, const unsigned char bytes[CS_SEAL_KEY])
{
    unsigned char hash[32];

    memcpy(key->bytes, bytes, CS_SEAL_KEY);
    crypto_generichash(hash, sizeof(hash), (const unsigned char *)"id of a seal key", 16, bytes,
                       CS_SEAL_KEY);
    memcpy(key->id, hash, sizeof(key->id));
}

bool cs_seal_ring_parse(const char *text, struct cs_seal_ring *ret)
{
    struct cs_key_line parsed;
    const char *line;
    size_t len;
    bool ok = true;

    *ret = (struct cs_seal_ring){0};
    while (ok && (line = cs_key_line_next(&text, &len))) {
        ok = ret->n < CS_KEYS_MAX && cs_key_line_parse(line, len, false, &parsed);
        if (ok) {
            cs_seal_key_set(&ret->at[ret->n], parsed.bytes);
            ret->at[ret->n++].from_s = parsed.from_s;
        }
    }
    sodium_memzero(&parsed, sizeof(parsed));
    return ok && ret->n > 0;
}

const struct cs_seal_key *cs_seal_ring_newest(const struct cs_seal_ring *ring)
{
    const struct cs_seal_key *best = &ring->at[0];
    int64_t now = cs_now_ms() / 1000;

    for (size_t i = 1; i < ring->n; i++)
        if (cs_key_preferred(ring->at[i].from_s, best->from_s, now))
            best = &ring->at[i];
    return best;
}

void cs_seal_head(unsigned char out[CS_SEAL_HEAD], const struct cs_seal_key *key)
{
    out[0] = VERSION;
    memcpy(out + 1, key->id, sizeof(key->id));
}

/* the head is authentic too: a box bears the id of the key that made it, or stays shut */
static unsigned char *bound_text(struct cs_arena *a, const unsigned char *head, const char *context,
                                 size_t *ret_len)
{
    size_t n = strlen(context);
    unsigned char *bound = cs_alloc(a, CS_SEAL_HEAD + n);

    memcpy(bound, head, CS_SEAL_HEAD);
    memcpy(bound + CS_SEAL_HEAD, context, n);
    *ret_len = CS_SEAL_HEAD + n;
    return bound;
}

void *cs_seal(struct cs_arena *a, const struct cs_seal_key *key, const char *context,
              const char *secret, size_t *ret_len)
{
    size_t n = strlen(secret), n_bound;
    unsigned char *box = cs_alloc(a, CS_SEAL_HEAD + NONCE + n + TAG), *nonce = box + CS_SEAL_HEAD,
                  *bound;
    unsigned long long len;

    cs_seal_head(box, key);
    cs_random(nonce, NONCE);
    bound = bound_text(a, box, context, &n_bound);
    crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE, &len, (const unsigned char *)secret,
                                               n, bound, n_bound, NULL, nonce, key->bytes);
    *ret_len = CS_SEAL_HEAD + NONCE + (size_t)len;
    return box;
}

/* nonce and ciphertext, len bytes */
static char *box_open(struct cs_arena *a, const struct cs_seal_key *key, const void *bound,
                      size_t n_bound, const unsigned char *p, size_t len)
{
    char *secret;

    if (len < NONCE + TAG)
        return NULL;
    secret = cs_alloc(a, len - NONCE - TAG + 1);
    return crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)secret, NULL, NULL,
                                                      p + NONCE, len - NONCE, bound, n_bound, p,
                                                      key->bytes) < 0
               ? NULL
               : secret;
}

char *cs_unseal(struct cs_arena *a, const struct cs_seal_ring *ring, const char *context,
                const void *box, size_t len)
{
    const unsigned char *p = box, *bound;
    char *secret = NULL;
    size_t n_bound;

    if (!p || len == 0 || (p[0] == VERSION && len < CS_SEAL_HEAD))
        return NULL;
    for (size_t i = 0; i < ring->n && !secret; i++) {
        const struct cs_seal_key *key = &ring->at[i];
        if (p[0] == VERSION && memcmp(p + 1, key->id, sizeof(key->id)) == 0) {
            bound = bound_text(a, p, context, &n_bound);
            secret = box_open(a, key, bound, n_bound, p + CS_SEAL_HEAD, len - CS_SEAL_HEAD);
        } else if (p[0] == VERSION_WITHOUT_ID) {
            secret = box_open(a, key, context, strlen(context), p + 1, len - 1);
        }
    }
    return secret;
}

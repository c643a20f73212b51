/* XChaCha20-Poly1305 by libsodium, with the version of the format in front of the box. */
#include "crypto/crypto.h"

#include "base/id.h"

#include <sodium.h>
#include <string.h>

/* a box: version, nonce, ciphertext with tag */
enum {
    VERSION = 1,
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    HEAD = 1 + NONCE,
};
_Static_assert(CS_SEAL_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key size");

void *cs_seal(struct cs_arena *a, const unsigned char key[CS_SEAL_KEY], const char *context,
              const char *secret, size_t *ret_len)
{
    size_t n = strlen(secret);
    unsigned char *box = cs_alloc(a, HEAD + n + TAG);
    unsigned long long len;

    box[0] = VERSION;
    cs_random(box + 1, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(box + HEAD, &len, (const unsigned char *)secret, n,
                                               (const unsigned char *)context, strlen(context),
                                               NULL, box + 1, key);
    *ret_len = HEAD + (size_t)len;
    return box;
}

char *cs_unseal(struct cs_arena *a, const unsigned char key[CS_SEAL_KEY], const char *context,
                const void *box, size_t len)
{
    const unsigned char *p = box;
    char *secret;

    if (!p || len < HEAD + TAG || p[0] != VERSION)
        return NULL;
    secret = cs_alloc(a, len - HEAD - TAG + 1);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)secret, NULL, NULL, p + HEAD,
                                                   len - HEAD, (const unsigned char *)context,
                                                   strlen(context), p + 1, key) < 0)
        return NULL;
    return secret;
}

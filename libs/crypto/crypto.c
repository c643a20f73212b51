/* Encodings, digests and random tokens, as calls of libsodium. */
#include "crypto/crypto.h"

#include "base/id.h"

#include <openssl/sha.h>
#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct cs_sha256_state),
               "the opaque state is too small");

int cs_crypto_init(void)
{
    return sodium_init() < 0 ? -1 : 0;
}

char *cs_base64url(struct cs_arena *a, const void *p, size_t n)
{
    size_t size = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *out = cs_alloc(a, size);

    return sodium_bin2base64(out, size, p, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void *cs_base64url_parse(struct cs_arena *a, const char *s, size_t *ret_len)
{
    size_t n = strlen(s), max = n / 4 * 3 + 3;
    unsigned char *out = cs_alloc(a, max);
    const char *end;

    if (sodium_base642bin(out, max, s, n, NULL, ret_len, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) < 0 ||
        end != s + n)
        return NULL;
    return out;
}

void cs_hex(char *out, const void *p, size_t n)
{
    sodium_bin2hex(out, 2 * n + 1, p, n);
}

void cs_sha256(unsigned char out[32], const void *p, size_t n)
{
    SHA256(p, n, out); /* OpenSSL's is several times as fast where the processor helps */
}

void cs_sha256_hex(char out[CS_SHA256_HEX], const void *p, size_t n)
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    cs_sha256(hash, p, n);
    cs_hex(out, hash, sizeof(hash));
}

bool cs_hmac_matches(const char *key, const char *text, const char *hex)
{
    unsigned char hash[crypto_auth_hmacsha256_BYTES];
    char expected[2 * sizeof(hash) + 1];
    crypto_auth_hmacsha256_state s;

    crypto_auth_hmacsha256_init(&s, (const unsigned char *)key, strlen(key));
    crypto_auth_hmacsha256_update(&s, (const unsigned char *)text, strlen(text));
    crypto_auth_hmacsha256_final(&s, hash);
    cs_hex(expected, hash, sizeof(hash));
    return strlen(hex) == sizeof(expected) - 1 &&
           sodium_memcmp(expected, hex, sizeof(expected) - 1) == 0;
}

void cs_sha256_begin(struct cs_sha256_state *s)
{
    crypto_hash_sha256_init((crypto_hash_sha256_state *)(void *)s->opaque);
}

void cs_sha256_update(struct cs_sha256_state *s, const void *p, size_t n)
{
    crypto_hash_sha256_update((crypto_hash_sha256_state *)(void *)s->opaque, p, n);
}

void cs_sha256_end(struct cs_sha256_state *s, char hex[CS_SHA256_HEX])
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256_final((crypto_hash_sha256_state *)(void *)s->opaque, hash);
    cs_hex(hex, hash, sizeof(hash));
}

char *cs_token_new(struct cs_arena *a, const char *prefix)
{
    unsigned char bytes[32];

    cs_random(bytes, sizeof(bytes));
    return cs_printf(a, "%s%s", prefix, cs_base64url(a, bytes, sizeof(bytes)));
}

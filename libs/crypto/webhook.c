/* Standard Webhooks: the secret's bytes, and the HMAC over id, time and body. */
#include "crypto/webhook.h"

#include "base/id.h"

#include <sodium.h>
#include <string.h>

enum { SECRET_BYTES = 32, SECRET_MAX = 64 };

static const char prefix[] = "whsec_";

static char *webhook_base64(struct cs_arena *a, const char *before, const void *p, size_t n)
{
    size_t size = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL),
           head = strlen(before);
    char *out = cs_alloc(a, head + size);

    memcpy(out, before, head);
    sodium_bin2base64(out + head, size, p, n, sodium_base64_VARIANT_ORIGINAL);
    return out;
}

char *cs_webhook_secret_new(struct cs_arena *a)
{
    unsigned char bytes[SECRET_BYTES];

    cs_random(bytes, sizeof(bytes));
    char *secret = webhook_base64(a, prefix, bytes, sizeof(bytes));
    sodium_memzero(bytes, sizeof(bytes));
    return secret;
}

char *cs_webhook_sign(struct cs_arena *a, const char *secret, const char *id, int64_t timestamp,
                      const char *body, size_t len)
{
    const char *head = cs_printf(a, "%s.%lld.", id, (long long)timestamp);
    unsigned char key[SECRET_MAX], mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state s;
    size_t n = 0;

    if (strncmp(secret, prefix, strlen(prefix)) != 0 ||
        sodium_base642bin(key, sizeof(key), secret + strlen(prefix),
                          strlen(secret + strlen(prefix)), NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return NULL;
    crypto_auth_hmacsha256_init(&s, key, n);
    crypto_auth_hmacsha256_update(&s, (const unsigned char *)head, strlen(head));
    crypto_auth_hmacsha256_update(&s, (const unsigned char *)body, len);
    crypto_auth_hmacsha256_final(&s, mac);
    sodium_memzero(key, sizeof(key));
    return webhook_base64(a, "v1,", mac, sizeof(mac));
}

/*
 * Any text as a token: never a crash. The first byte chooses whether the input is the whole token
 * or stands as claims and signature behind a header that names the key, so that the deeper part is
 * reached; no key signed either, so nothing may pass.
 */
#include "bound.h"

#include "crypto/crypto.h"
#include "crypto/jwt.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cs_jwt_key key;

static void make_key(void)
{
    struct cs_arena a;

    cs_crypto_init();
    cs_arena_init(&a);
    if (!cs_jwt_key_load(cs_jwt_public_pem(&a, cs_jwt_new_pem(&a)), &key))
        abort();
    cs_arena_dispose(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cs_arena a;
    const char *head, *token;

    if (!key.pem)
        make_key();
    if (size == 0)
        return 0;
    cs_arena_init(&a);
    token = cs_strndup(&a, (const char *)data + 1, size - 1);
    if (data[0] & 1) {
        head = cs_printf(&a, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", key.kid);
        token = cs_printf(&a, "%s.%s", cs_base64url(&a, head, strlen(head)), token);
    }
    if (cs_jwt_verify(token, &key, 1))
        abort();
    bound_check(&a, size);
    cs_arena_dispose(&a);
    return 0;
}

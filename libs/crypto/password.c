/* Argon2id by libsodium. A hash takes 19 MiB and about 25 ms: the caller bounds how many are computed at once. */
#include "crypto/crypto.h"

#include "base/id.h"

#include <sodium.h>
#include <string.h>

enum { MEMORY = 19 * 1024 * 1024, PASSES = 2 };

char *cs_password_hash(struct cs_arena *a, const char *password)
{
    char hash[crypto_pwhash_STRBYTES];
    int r = crypto_pwhash_str_alg(hash, password, strlen(password), PASSES, MEMORY,
                                  crypto_pwhash_ALG_ARGON2ID13);

    return r == 0 ? cs_strdup(a, hash) : NULL;
}

bool cs_password_verify(const char *hash, const char *password)
{
    unsigned char out[32], salt[crypto_pwhash_SALTBYTES];

    if (hash)
        return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
    /* the work of a real check, so that the time does not tell whether the account exists */
    cs_random(salt, sizeof(salt));
    if (crypto_pwhash(out, sizeof(out), password, strlen(password), salt, PASSES, MEMORY,
                      crypto_pwhash_ALG_ARGON2ID13) == 0)
        sodium_memzero(out, sizeof(out));
    return false;
}

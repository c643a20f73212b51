/* Argon2id by libsodium, with a bound on how many hashes are computed at the same time. */
#include "crypto/crypto.h"

#include "base/id.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sodium.h>
#include <string.h>

enum { MEMORY = 19 * 1024 * 1024, PASSES = 2, AT_ONCE = 4 };

/* each hash takes 19 MiB: a storm of logins must not take all memory */
static sem_t places;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_places(void)
{
    sem_init(&places, 0, AT_ONCE);
}

static void enter(void)
{
    pthread_once(&once, make_places);
    while (sem_wait(&places) < 0 && errno == EINTR)
        ;
}

static void leave(void)
{
    sem_post(&places);
}

char *cs_password_hash(struct cs_arena *a, const char *password)
{
    char hash[crypto_pwhash_STRBYTES];
    int r;

    enter();
    r = crypto_pwhash_str_alg(hash, password, strlen(password), PASSES, MEMORY,
                              crypto_pwhash_ALG_ARGON2ID13);
    leave();
    return r == 0 ? cs_strdup(a, hash) : NULL;
}

/* what a real check costs, so that the time does not tell whether the account exists */
static void pretend(const char *password)
{
    unsigned char out[32], salt[crypto_pwhash_SALTBYTES];

    cs_random(salt, sizeof(salt));
    if (crypto_pwhash(out, sizeof(out), password, strlen(password), salt, PASSES, MEMORY,
                      crypto_pwhash_ALG_ARGON2ID13) < 0)
        return;
    sodium_memzero(out, sizeof(out));
}

bool cs_password_verify(const char *hash, const char *password)
{
    bool ok = false;

    enter();
    if (hash)
        ok = crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
    else
        pretend(password);
    leave();
    return ok;
}

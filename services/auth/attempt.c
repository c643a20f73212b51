/* Two tables of hashes under one lock: networks in which accounts signed in, and failures of networks. */
#include "auth/attempt.h"

#include "crypto/crypto.h"
#include "base/id.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum {
    ACCOUNTS = 2048,
    NETWORKS_OF_ACCOUNT = 4,
    NETWORKS = 4096,
    KNOWN_MS = 60 * 60 * 1000,
    HALF_MS = 60 * 1000, /* failures count half a minute later ... */
    SUSPECT = 10,        /* ... and so many of them make a network suspect */
    NAME_MAX_BYTES = 256,
};

struct known {
    uint64_t network, account;
    int64_t until_ms;
};

struct failures {
    uint64_t network;
    int n;
    int64_t since_ms; /* of the count */
};

static struct {
    pthread_mutex_t lock;
    struct known known[ACCOUNTS][NETWORKS_OF_ACCOUNT];
    struct failures failures[NETWORKS];
} memory = {.lock = PTHREAD_MUTEX_INITIALIZER};

static unsigned char salt[32]; /* nobody outside can look for two texts with one hash */
static pthread_once_t salted = PTHREAD_ONCE_INIT;

static void salt_make(void)
{
    cs_random(salt, sizeof(salt));
}

/* never 0 */
static uint64_t attempt_hash(const void *data, size_t len)
{
    unsigned char text[sizeof(salt) + NAME_MAX_BYTES], out[32];
    uint64_t hash;

    pthread_once(&salted, salt_make);
    len = len < NAME_MAX_BYTES ? len : NAME_MAX_BYTES;
    memcpy(text, salt, sizeof(salt));
    memcpy(text + sizeof(salt), data, len);
    cs_sha256(out, text, sizeof(salt) + len);
    memcpy(&hash, out, sizeof(hash));
    return hash ? hash : 1;
}

/* 0: the address is unknown */
static uint64_t network_hash(const char *address)
{
    static const unsigned char v4_in_v6[12] = {[10] = 0xff, [11] = 0xff};
    unsigned char bytes[16];

    if (address && inet_pton(AF_INET, address, bytes) == 1)
        return attempt_hash(bytes, 3);
    if (!address || inet_pton(AF_INET6, address, bytes) != 1)
        return 0;
    if (memcmp(bytes, v4_in_v6, sizeof(v4_in_v6)) == 0)
        return attempt_hash(bytes + 12, 3);
    return attempt_hash(bytes, 6);
}

static uint64_t account_hash(const char *account)
{
    char lower[NAME_MAX_BYTES];
    size_t n = 0;

    for (; n < sizeof(lower) && account[n]; n++)
        lower[n] = (char)tolower((unsigned char)account[n]);
    return attempt_hash(lower, n);
}

/* what is left of the failures of the network */
static int failures_now(const struct failures *f, uint64_t network, int64_t now_ms)
{
    int64_t halvings = (now_ms - f->since_ms) / HALF_MS;

    return f->network == network && halvings < 31 ? f->n >> halvings : 0;
}

struct attempt attempt_of(const char *address, const char *account, int64_t now_ms)
{
    struct attempt a = {.class = ATTEMPT_NEW,
                        .network = network_hash(address),
                        .account = account ? account_hash(account) : 0};
    const struct known *set = memory.known[a.account % ACCOUNTS];

    pthread_mutex_lock(&memory.lock);
    if (failures_now(&memory.failures[a.network % NETWORKS], a.network, now_ms) >= SUSPECT)
        a.class = ATTEMPT_SUSPECT;
    for (int i = 0; a.account && i < NETWORKS_OF_ACCOUNT; i++)
        if (set[i].network == a.network && set[i].account == a.account && now_ms < set[i].until_ms)
            a.class = ATTEMPT_KNOWN;
    pthread_mutex_unlock(&memory.lock);
    a.flow = a.class == ATTEMPT_KNOWN ? a.account : a.network;
    return a;
}

struct attempt attempt_signed_in(const char *account)
{
    uint64_t hash = account_hash(account);

    return (struct attempt){.class = ATTEMPT_KNOWN, .flow = hash, .account = hash};
}

/* in the place that it has already, or that is over first */
static void known_put(const struct attempt *a, int64_t now_ms)
{
    struct known *set = memory.known[a->account % ACCOUNTS], *place = set;

    for (int i = 0; i < NETWORKS_OF_ACCOUNT; i++) {
        if (set[i].network == a->network && set[i].account == a->account) {
            place = &set[i];
            break;
        }
        if (set[i].until_ms < place->until_ms)
            place = &set[i];
    }
    *place = (struct known){a->network, a->account, now_ms + KNOWN_MS};
}

void attempt_note(const struct attempt *a, bool right, int64_t now_ms)
{
    struct failures *f = &memory.failures[a->network % NETWORKS];

    pthread_mutex_lock(&memory.lock);
    if (right && a->account)
        known_put(a, now_ms);
    if (!right)
        *f = (struct failures){a->network, failures_now(f, a->network, now_ms) + 1, now_ms};
    pthread_mutex_unlock(&memory.lock);
}

/* A table of fixed size by a hash of bot, address, key and model. */
#include "chat/spent.h"

#include "base/clock.h"
#include "base/hash.h"

#include <pthread.h>

enum { PLACES = 256, SPENT_MS = 30 * 1000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct spent {
    uint64_t hash;
    int64_t until_ms;
} places[PLACES];

static uint64_t spent_hash(const char *bot, const struct cs_access *access, const char *model)
{
    uint64_t h = cs_hash(cs_hash(cs_hash(0, bot), access->base_url), model);

    return cs_hash(h, access->api_key ? access->api_key : "");
}

void spent_add(const char *bot, const struct cs_access *access, const char *model)
{
    uint64_t h = spent_hash(bot, access, model);

    pthread_mutex_lock(&lock);
    places[h % PLACES] = (struct spent){h, cs_mono_ms() + SPENT_MS};
    pthread_mutex_unlock(&lock);
}

bool spent_is(const char *bot, const struct cs_access *access, const char *model)
{
    uint64_t h = spent_hash(bot, access, model);

    pthread_mutex_lock(&lock);
    struct spent s = places[h % PLACES];
    pthread_mutex_unlock(&lock);
    return s.hash == h && cs_mono_ms() < s.until_ms;
}

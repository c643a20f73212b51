/* A table of hashes: of two that share a slot each is noted more often, which costs a statement. */
#include "bot-store/seen.h"

#include <pthread.h>
#include <stddef.h>

enum { SLOTS = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    uint64_t key; /* 0: free */
    int64_t at_ms;
} slots[SLOTS];

/* FNV-1a with a final mix */
static uint64_t seen_key(const char *bot, const char *origin)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (; *bot; bot++)
        h = (h ^ (unsigned char)*bot) * 0x100000001b3u;
    for (; *origin; origin++)
        h = (h ^ (unsigned char)*origin) * 0x100000001b3u;
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdu;
    h ^= h >> 33;
    return h ? h : 1;
}

bool seen_due(const char *bot, const char *origin, int64_t now_ms)
{
    uint64_t key = seen_key(bot, origin);
    size_t at = key % SLOTS;
    bool due;

    pthread_mutex_lock(&lock);
    due = slots[at].key != key || now_ms - slots[at].at_ms >= SEEN_MS;
    if (due) {
        slots[at].key = key;
        slots[at].at_ms = now_ms;
    }
    pthread_mutex_unlock(&lock);
    return due;
}

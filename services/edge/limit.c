/* Shards with a lock each, of small sets in which the bucket that rested longest is replaced. */
#include "edge/limit.h"

#include "base/id.h"

#include <pthread.h>
#include <stdlib.h>

enum { SHARDS = 64, SETS = 256, WAYS = 4, MINUTE = 60 * 1000, DAY = 24 * 60 * MINUTE };

/* level in thousandths of a token */
struct bucket {
    uint64_t key; /* 0: free */
    int64_t at_ms;
    int64_t level;
};

struct shard {
    pthread_mutex_t lock;
    struct bucket sets[SETS][WAYS];
};

struct limits {
    long factor;
    uint64_t seed;
    struct shard shards[SHARDS];
};

struct rate {
    int64_t count, per_ms;
};

/* a bucket of its own for each */
static const struct rate rates[LIMIT_CLASSES][2] = {
    [LIMIT_AUTH] = {{20, MINUTE}},
    [LIMIT_READ] = {{1200, MINUTE}},
    [LIMIT_WRITE] = {{300, MINUTE}},
    [LIMIT_CHAT] = {{120, MINUTE}},
    [LIMIT_PUBLIC] = {{20, MINUTE}, {200, DAY}},
    [LIMIT_UNKNOWN_KEY] = {{60, MINUTE}},
    [LIMIT_ACCOUNT] = {{30, MINUTE}},
    [LIMIT_AUTH_WIDE] = {{100, MINUTE}},
    [LIMIT_READ_WIDE] = {{6000, MINUTE}},
    [LIMIT_WRITE_WIDE] = {{1500, MINUTE}},
    [LIMIT_CHAT_WIDE] = {{600, MINUTE}},
    [LIMIT_PUBLIC_WIDE] = {{100, MINUTE}, {1000, DAY}},
    [LIMIT_UNKNOWN_KEY_WIDE] = {{300, MINUTE}},
};

enum limit_class limit_wide(enum limit_class c)
{
    static const enum limit_class wide[LIMIT_CLASSES] = {
        [LIMIT_AUTH] = LIMIT_AUTH_WIDE,     [LIMIT_READ] = LIMIT_READ_WIDE,
        [LIMIT_WRITE] = LIMIT_WRITE_WIDE,   [LIMIT_CHAT] = LIMIT_CHAT_WIDE,
        [LIMIT_PUBLIC] = LIMIT_PUBLIC_WIDE, [LIMIT_UNKNOWN_KEY] = LIMIT_UNKNOWN_KEY_WIDE,
    };

    return wide[c];
}

struct limits *limits_new(long factor)
{
    struct limits *l = calloc(1, sizeof(*l));

    if (!l)
        abort();
    l->factor = factor;
    cs_random(&l->seed, sizeof(l->seed));
    for (int i = 0; i < SHARDS; i++)
        pthread_mutex_init(&l->shards[i].lock, NULL);
    return l;
}

void limits_free(struct limits *l)
{
    if (!l)
        return;
    for (int i = 0; i < SHARDS; i++)
        pthread_mutex_destroy(&l->shards[i].lock);
    free(l);
}

/* FNV-1a with a secret start and a final mix; a collision only shares a bucket */
static uint64_t limit_key(const struct limits *l, int class_, int n, const char *who)
{
    uint64_t h = l->seed ^ 0xcbf29ce484222325u;

    h = (h ^ (uint64_t)(class_ * 2 + n)) * 0x100000001b3u;
    for (; *who; who++)
        h = (h ^ (unsigned char)*who) * 0x100000001b3u;
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdu;
    h ^= h >> 33;
    return h ? h : 1;
}

static struct bucket *bucket_of(struct shard *s, uint64_t key, int64_t full, int64_t now)
{
    struct bucket *set = s->sets[key / SHARDS % SETS], *oldest = NULL;

    for (int i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        /* a free one is older than all */
        if (!oldest || (oldest->key && (!set[i].key || set[i].at_ms < oldest->at_ms)))
            oldest = &set[i];
    }
    *oldest = (struct bucket){.key = key, .at_ms = now, .level = full};
    return oldest;
}

/* Time that has not earned a thousandth yet counts the next time, so frequent requests lose nothing. */
static void bucket_earn(struct bucket *b, const struct rate *rate, int64_t full, int64_t now)
{
    int64_t passed = now > b->at_ms ? now - b->at_ms : 0, most = 2 * rate->per_ms, earned;

    earned = (passed < most ? passed : most) * full;
    b->level += earned / rate->per_ms;
    if (b->level > full)
        b->level = full;
    b->at_ms = now - earned % rate->per_ms / full;
}

enum how { LOOK, TAKE, CHARGE };

static int64_t bucket_use(struct limits *l, const struct rate *rate, uint64_t key, int64_t now,
                          enum how how)
{
    struct shard *s = &l->shards[key % SHARDS];
    int64_t full = rate->count * l->factor * 1000, wait = 0;

    pthread_mutex_lock(&s->lock);
    struct bucket *b = bucket_of(s, key, full, now);
    bucket_earn(b, rate, full, now);
    if (b->level < 1000)
        wait = (1000 - b->level) * rate->per_ms / full + 1;
    if (how == CHARGE ? b->level - 1000 >= -full : how == TAKE && wait == 0)
        b->level -= 1000;
    pthread_mutex_unlock(&s->lock);
    return wait;
}

static int64_t limit_use(struct limits *l, enum limit_class c, const char *who, int64_t now,
                         enum how how)
{
    int64_t wait = 0;

    if (l->factor == 0)
        return 0;
    for (int n = 0; n < 2 && rates[c][n].count && wait == 0; n++)
        wait = bucket_use(l, &rates[c][n], limit_key(l, c, n, who), now, how);
    return wait;
}

int64_t limit_take(struct limits *l, enum limit_class c, const char *who, int64_t now_ms)
{
    return limit_use(l, c, who, now_ms, TAKE);
}

int64_t limit_wait(struct limits *l, enum limit_class c, const char *who, int64_t now_ms)
{
    return limit_use(l, c, who, now_ms, LOOK);
}

void limit_charge(struct limits *l, enum limit_class c, const char *who, int64_t now_ms)
{
    limit_use(l, c, who, now_ms, CHARGE);
}

bool limit_rates(const struct limits *l, enum limit_class c, int64_t *ret_minute, int64_t *ret_day)
{
    *ret_minute = rates[c][0].count * l->factor;
    *ret_day = rates[c][1].count * l->factor;
    return l->factor != 0;
}

const char *limit_code(struct limits *l, enum limit_class c, const char *who, int64_t now_ms)
{
    bool minute =
        l->factor && bucket_use(l, &rates[c][0], limit_key(l, c, 0, who), now_ms, LOOK) > 0;

    return minute || !rates[c][1].count ? "limited_minute" : "limited_day";
}

/* A hash table of collections under one lock, which is released while a snapshot is loaded. */
#include "retrieve/cache.h"

#include "base/clock.h"
#include "base/grow.h"
#include "obs/metrics.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

enum { BUCKETS = 1024, LOADS_MAX = 2, TENANT_PART = 4 };

struct entry {
    struct cache_key key;
    struct snapshot *snapshot; /* NULL: being loaded for the first time */
    int64_t checked_ms;        /* monotonic; its version was right then */
    int users;                 /* threads that load or wait: it may not go */
    bool busy;                 /* one of them asks or loads */
    struct entry *next_in_bucket;
    struct entry *newer, *older; /* by last use */
};

struct cache {
    pthread_mutex_t lock;
    pthread_cond_t settled;
    struct cache_source source;
    size_t max_bytes, bytes;
    int64_t max_age_ms;
    struct entry *buckets[BUCKETS];
    struct entry *newest, *oldest;
    const struct entry *loading[LOADS_MAX]; /* NULL: a free place */
    struct cs_metric *hits, *loads, *load_time, *dropped, *held;
};

struct cache *cache_new(const struct cache_source *source, size_t max_bytes, int64_t max_age_ms)
{
    struct cache *c = zeroed(1, sizeof(*c));
    pthread_condattr_t monotonic;

    c->source = *source;
    c->max_bytes = max_bytes;
    c->max_age_ms = max_age_ms;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&c->settled, &monotonic);
    pthread_condattr_destroy(&monotonic);
    c->hits = cs_counter("cs_retrieve_snapshot_hits_total", NULL, "searches answered from memory");
    c->loads = cs_counter("cs_retrieve_snapshot_loads_total", NULL, "snapshots loaded");
    c->load_time =
        cs_histogram("cs_retrieve_snapshot_load_seconds", NULL, "time to load a snapshot");
    c->dropped = cs_counter("cs_retrieve_snapshot_dropped_total", NULL,
                            "snapshots dropped for lack of memory");
    c->held = cs_gauge("cs_retrieve_snapshot_bytes", NULL, "bytes of snapshots in memory");
    return c;
}

/* ---- entries; the lock is held ---- */

static struct entry **bucket_of(struct cache *c, const struct cache_key *key)
{
    uint32_t h = 2166136261U;

    /* ids are random and long: collisions cannot be made to matter */
    for (const char *p = key->bot; *p; p++)
        h = (h ^ (unsigned char)*p) * 16777619U;
    return &c->buckets[h % BUCKETS];
}

static void entry_unlink(struct cache *c, struct entry *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static void entry_link_newest(struct cache *c, struct entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static struct entry *entry_of(struct cache *c, const struct cache_key *key)
{
    struct entry **bucket = bucket_of(c, key), *e = *bucket;

    while (e && (strcmp(e->key.bot, key->bot) != 0 || strcmp(e->key.tenant, key->tenant) != 0))
        e = e->next_in_bucket;
    if (e) {
        entry_unlink(c, e);
    } else {
        e = zeroed(1, sizeof(*e));
        e->key = *key;
        e->next_in_bucket = *bucket;
        *bucket = e;
    }
    entry_link_newest(c, e);
    return e;
}

/* larger than the share of a workspace */
static bool entry_is_large(const struct cache *c, const struct entry *e)
{
    return e->snapshot && e->snapshot->bytes > c->max_bytes / TENANT_PART;
}

static void entry_put_snapshot(struct cache *c, struct entry *e, struct snapshot *s)
{
    if (e->snapshot)
        c->bytes -= e->snapshot->bytes;
    snapshot_unref(e->snapshot);
    e->snapshot = s;
    if (s)
        c->bytes += s->bytes;
    cs_metric_set(c->held, (int64_t)c->bytes);
}

static void entry_remove(struct cache *c, struct entry *e)
{
    struct entry **at = bucket_of(c, &e->key);

    while (*at != e)
        at = &(*at)->next_in_bucket;
    *at = e->next_in_bucket;
    entry_unlink(c, e);
    entry_put_snapshot(c, e, NULL);
    free(e);
}

/* Bytes of the snapshots that are not large; of one workspace, or of all. */
static size_t bytes_of(const struct cache *c, const char *tenant)
{
    size_t bytes = 0;

    for (const struct entry *e = c->newest; e; e = e->older)
        if (e->snapshot && !entry_is_large(c, e) && (!tenant || strcmp(e->key.tenant, tenant) == 0))
            bytes += e->snapshot->bytes;
    return bytes;
}

static void entry_drop(struct cache *c, struct entry *e)
{
    entry_remove(c, e);
    cs_metric_add(c->dropped, 1);
}

/* One large snapshot is kept. */
static void drop_large(struct cache *c, const struct entry *keep)
{
    for (struct entry *e = c->oldest, *newer; e; e = newer) {
        newer = e->newer;
        if (e != keep && e->users == 0 && entry_is_large(c, e))
            entry_drop(c, e);
    }
}

/* The oldest go first of the workspaces that have more than their share, then of all. */
static void cache_make_room(struct cache *c, const struct entry *keep)
{
    size_t share = c->max_bytes / TENANT_PART;

    if (entry_is_large(c, keep)) {
        drop_large(c, keep);
        return;
    }
    for (int round = 0; round < 2; round++)
        for (struct entry *e = c->oldest, *newer; e && bytes_of(c, NULL) > c->max_bytes;
             e = newer) {
            newer = e->newer;
            if (e != keep && e->users == 0 && e->snapshot && !entry_is_large(c, e) &&
                (round == 1 || bytes_of(c, e->key.tenant) > share))
                entry_drop(c, e);
        }
}

static bool entry_usable(const struct cache *c, const struct entry *e, int64_t min_version)
{
    return e->snapshot && e->snapshot->version >= min_version &&
           cs_mono_ms() - e->checked_ms <= c->max_age_ms;
}

/* ---- loading; the lock is not held ---- */

static int cache_load(struct cache *c, const struct cache_key *key, void *context,
                      struct snapshot **ret)
{
    int64_t began = cs_mono_us();
    int r = c->source.load(context, key, ret);

    if (r == 0) {
        cs_metric_add(c->loads, 1);
        cs_metric_observe_us(c->load_time, cs_mono_us() - began);
    }
    return r;
}

static bool cache_wait(struct cache *c, int64_t mono_ms)
{
    struct timespec at = {.tv_sec = mono_ms / 1000, .tv_nsec = mono_ms % 1000 * 1000000};

    return pthread_cond_timedwait(&c->settled, &c->lock, &at) != ETIMEDOUT;
}

/* The free place of a load; NULL: two run, or one of the workspace. The lock is held. */
static const struct entry **load_place(struct cache *c, const struct entry *e)
{
    const struct entry **place = NULL;

    for (size_t i = 0; i < LOADS_MAX; i++) {
        if (!c->loading[i])
            place = &c->loading[i];
        else if (strcmp(c->loading[i]->key.tenant, e->key.tenant) == 0)
            return NULL;
    }
    return place;
}

/* the lock is held at both ends, not in between */
static int entry_load_in_turn(struct cache *c, const struct entry *e, int64_t until, void *context,
                              struct snapshot **ret)
{
    const struct entry **place;

    while (!(place = load_place(c, e)))
        if (!cache_wait(c, until))
            return STORE_LATE;
    *place = e;
    pthread_mutex_unlock(&c->lock);
    int r = cache_load(c, &e->key, context, ret);
    pthread_mutex_lock(&c->lock);
    *place = NULL;
    return r;
}

/* 0: the version of the collection; the lock is held at both ends, not in between */
static int entry_ask_version(struct cache *c, const struct entry *e, void *context, int64_t *ret)
{
    pthread_mutex_unlock(&c->lock);
    int r = c->source.version(context, &e->key, ret);
    pthread_mutex_lock(&c->lock);
    return r;
}

/* As new as the collection, or why not; the lock is held at both ends. Nobody else is at a busy entry. */
static int entry_settle(struct cache *c, struct entry *e, int64_t until, void *context)
{
    struct snapshot *fresh = NULL;
    int64_t asked = cs_mono_ms(), version = 0;
    int r = 0;

    e->busy = true;
    if (e->snapshot)
        r = entry_ask_version(c, e, context, &version);
    if (r == 0 && (!e->snapshot || version != e->snapshot->version))
        r = entry_load_in_turn(c, e, until, context, &fresh);
    if (r == 0)
        e->checked_ms = asked;
    if (fresh) {
        entry_put_snapshot(c, e, fresh);
        cache_make_room(c, e);
    } else if (r == STORE_NONE) {
        entry_put_snapshot(c, e, NULL);
    }
    e->busy = false;
    pthread_cond_broadcast(&c->settled);
    return r;
}

static int entry_get(struct cache *c, struct entry *e, int64_t min_version, int64_t until,
                     void *context, struct snapshot **ret)
{
    int r = 0;

    while (e->busy) {
        if (!cache_wait(c, until))
            return STORE_LATE;
    }
    if (entry_usable(c, e, min_version))
        cs_metric_add(c->hits, 1);
    else
        r = entry_settle(c, e, until, context);
    if (r)
        return r;
    if (e->snapshot->version < min_version)
        return STORE_STALE;
    *ret = snapshot_ref(e->snapshot);
    return 0;
}

int cache_get(struct cache *c, const struct cache_key *key, int64_t min_version,
              int64_t deadline_ms, void *context, struct snapshot **ret)
{
    pthread_mutex_lock(&c->lock);
    struct entry *e = entry_of(c, key);
    e->users++;
    int r = entry_get(c, e, min_version, deadline_ms, context, ret);
    if (--e->users == 0 && !e->snapshot)
        entry_remove(c, e);
    pthread_mutex_unlock(&c->lock);
    return r;
}

size_t cache_bytes(struct cache *c)
{
    pthread_mutex_lock(&c->lock);
    size_t bytes = c->bytes;
    pthread_mutex_unlock(&c->lock);
    return bytes;
}

void cache_free(struct cache *c)
{
    if (!c)
        return;
    for (struct entry *e = c->newest, *older; e; e = older) {
        older = e->older;
        entry_remove(c, e);
    }
    pthread_cond_destroy(&c->settled);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

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
    struct load *loading[LOADS_MAX]; /* NULL: a free place */
    struct cs_metric *hits, *loads, *load_time, *dropped, *held, *reserved;
};

/* what runs in the turn of a load */
struct load {
    const char *tenant;
    size_t bytes; /* reserved */
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
    c->reserved =
        cs_gauge("cs_retrieve_snapshot_reserved_bytes", NULL, "bytes reserved by loads under way");
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

/* the entry of a key, now the newest; made if there is none */
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
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
    return e;
}

size_t cache_share(const struct cache *c)
{
    return c->max_bytes / TENANT_PART;
}

/* larger than the share of a workspace */
static bool entry_is_large(const struct cache *c, const struct entry *e)
{
    return e->snapshot && e->snapshot->bytes > cache_share(c);
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
        /* cppcheck-suppress nullPointerRedundantCheck ; keep may be NULL, e is not */
        newer = e->newer;
        if (e != keep && e->users == 0 && entry_is_large(c, e))
            entry_drop(c, e);
    }
}

/* bytes reserved by loads; large ones have a place of their own */
static size_t bytes_reserved(const struct cache *c)
{
    size_t bytes = 0;

    for (size_t i = 0; i < LOADS_MAX; i++)
        if (c->loading[i] && c->loading[i]->bytes <= cache_share(c))
            bytes += c->loading[i]->bytes;
    return bytes;
}

/*
 * Room for `more` bytes, if there is any: the oldest go first of the workspaces that have more than their share,
 * then of all.
 */
static bool cache_make_room(struct cache *c, const struct entry *keep, size_t more)
{
    size_t room = c->max_bytes - more, reserved = bytes_reserved(c);

    for (int round = 0; round < 2; round++)
        for (struct entry *e = c->oldest, *newer; e && bytes_of(c, NULL) + reserved > room;
             e = newer) {
            /* cppcheck-suppress nullPointerRedundantCheck ; keep may be NULL, e is not */
            newer = e->newer;
            if (e != keep && e->users == 0 && e->snapshot && !entry_is_large(c, e) &&
                (round == 1 || bytes_of(c, e->key.tenant) > cache_share(c)))
                entry_drop(c, e);
        }
    return bytes_of(c, NULL) + reserved <= room;
}

/* ---- loading; the lock is not held ---- */

struct wanted {
    struct cache *c;
    struct entry *e;
    void *context;
    struct snapshot *loaded;
};

static int entry_load(void *state)
{
    struct wanted *w = state;
    int64_t began = cs_mono_us();
    int r = w->c->source.load(w->context, &w->e->key, &w->loaded);

    if (r == 0) {
        cs_metric_add(w->c->loads, 1);
        cs_metric_observe_us(w->c->load_time, cs_mono_us() - began);
    }
    return r;
}

static bool cache_wait(struct cache *c, int64_t mono_ms)
{
    struct timespec at = {.tv_sec = mono_ms / 1000, .tv_nsec = mono_ms % 1000 * 1000000};

    return pthread_cond_timedwait(&c->settled, &c->lock, &at) != ETIMEDOUT;
}

/* The free place of a load; NULL: two run, or one of the workspace, or another large one. The lock is held. */
static struct load **load_place(struct cache *c, const struct load *l)
{
    bool large = l->bytes > cache_share(c);
    struct load **place = NULL;

    for (size_t i = 0; i < LOADS_MAX; i++) {
        if (!c->loading[i])
            place = &c->loading[i];
        else if (strcmp(c->loading[i]->tenant, l->tenant) == 0 ||
                 (large && c->loading[i]->bytes > cache_share(c)))
            return NULL;
    }
    return place;
}

/* Its place, with room for its bytes; NULL: it has to wait. The lock is held. */
static struct load **load_begin(struct cache *c, struct load *l)
{
    struct load **place = load_place(c, l);

    if (place && l->bytes > cache_share(c))
        drop_large(c, NULL);
    else if (place && !cache_make_room(c, NULL, l->bytes))
        return NULL; /* what is in the way is being asked for its version */
    if (place) {
        *place = l;
        cs_metric_add(c->reserved, (int64_t)l->bytes);
    }
    return place;
}

int cache_in_turn(struct cache *c, const char *tenant, size_t bytes, int64_t deadline_ms,
                  int (*fn)(void *state), void *state)
{
    struct load l = {.tenant = tenant, .bytes = bytes}, **place;
    bool late = false;

    pthread_mutex_lock(&c->lock);
    while (!(place = load_begin(c, &l)) && !late)
        late = !cache_wait(c, deadline_ms);
    pthread_mutex_unlock(&c->lock);
    if (!place)
        return STORE_LATE;
    int r = fn(state);
    pthread_mutex_lock(&c->lock);
    *place = NULL;
    cs_metric_add(c->reserved, -(int64_t)bytes);
    pthread_cond_broadcast(&c->settled);
    pthread_mutex_unlock(&c->lock);
    return r;
}

/* the lock is held at both ends, not in between */
static int entry_ask_state(struct cache *c, const struct entry *e, void *context,
                           struct cache_state *ret)
{
    pthread_mutex_unlock(&c->lock);
    int r = c->source.state(context, &e->key, ret);
    pthread_mutex_lock(&c->lock);
    return r;
}

/* The snapshot anew. What it replaces is of no use any more. The lock is held at both ends, not in between. */
static int entry_reload(struct cache *c, struct entry *e, const struct cache_state *expected,
                        int64_t until, void *context)
{
    struct wanted w = {.c = c, .e = e, .context = context};
    size_t bytes = expected->bytes < 0 ? cache_share(c) : (size_t)expected->bytes;

    entry_put_snapshot(c, e, NULL);
    pthread_mutex_unlock(&c->lock);
    int r = cache_in_turn(c, e->key.tenant, bytes, until, entry_load, &w);
    pthread_mutex_lock(&c->lock);
    if (r == 0) {
        entry_put_snapshot(c, e, w.loaded);
        if (entry_is_large(c, e))
            drop_large(c, e);
        else
            cache_make_room(c, e, 0);
    }
    return r;
}

/* As new as the collection, or why not; the lock is held at both ends. Nobody else is at a busy entry. */
static int entry_settle(struct cache *c, struct entry *e, int64_t until, void *context)
{
    struct cache_state now;
    int64_t asked = cs_mono_ms();

    e->busy = true;
    int r = entry_ask_state(c, e, context, &now);
    if (r == 0 && (!e->snapshot || now.version != e->snapshot->version))
        r = entry_reload(c, e, &now, until, context);
    if (r == 0)
        e->checked_ms = asked;
    else if (r == STORE_NONE)
        entry_put_snapshot(c, e, NULL);
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
    if (e->snapshot && e->snapshot->version >= min_version &&
        cs_mono_ms() - e->checked_ms <= c->max_age_ms)
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
    if (--e->users == 0) {
        if (!e->snapshot)
            entry_remove(c, e);
        pthread_cond_broadcast(&c->settled); /* a load may wait for its room */
    }
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

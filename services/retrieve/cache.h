#pragma once
/*
 * cache: the snapshots of many collections, the least recently asked ones dropped.
 *
 * The key is workspace and bot together, so that nobody reaches another workspace's collection by
 * its name. A snapshot is believed for max_age_ms, then its version is asked; a missing or old one
 * is loaded by one thread while the others that want it wait. Any thread may call.
 *
 * The bytes of all snapshots stay below max_bytes, except that one which is larger alone is kept
 * while it is the only one: else each question would load it anew. What is dropped while a search
 * uses it lives until that search is done.
 */
#include "base/id.h"
#include "bus/store.h"
#include "retrieve/snapshot.h"

#include <stdint.h>

struct cache_key {
    char tenant[CS_ID_SIZE], bot[CS_ID_SIZE]; /* lower-case */
};

/* Where snapshots come from. Each returns as bus/store.h says; STORE_NONE: no such collection. */
struct cache_source {
    int (*version)(void *context, const struct cache_key *key, int64_t *ret);
    int (*load)(void *context, const struct cache_key *key, struct snapshot **ret);
};

struct cache;

struct cache *cache_new(const struct cache_source *source, size_t max_bytes, int64_t max_age_ms);
void cache_free(struct cache *c); /* nobody may be inside; NULL is fine */

/*
 * 0 and a reference for the caller; STORE_LATE: another thread was still loading at deadline_ms
 * (monotonic); STORE_STALE: the collection has not reached min_version; else what the source, which
 * gets context, returned.
 */
int cache_get(struct cache *c, const struct cache_key *key, int64_t min_version,
              int64_t deadline_ms, void *context, struct snapshot **ret);
size_t cache_bytes(struct cache *c);

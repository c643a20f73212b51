#pragma once
/*
 * cache: the snapshots of many collections, the least recently asked ones dropped.
 *
 * The key is workspace and bot together, so that nobody reaches another workspace's collection by
 * its name. A snapshot is believed for max_age_ms, then its version is asked; a missing or old one
 * is loaded by one thread while the others that want it wait. Any thread may call.
 *
 * The bytes of the snapshots stay below max_bytes, and those of one workspace below a quarter of it. One
 * snapshot that is larger than this alone does not count and drops no other workspace's; only the newest
 * such one is kept, else each question would load it anew. What is dropped while a search uses it lives
 * until that search is done.
 *
 * A load takes seconds and memory of its own, so two run at a time, and one of a workspace; the others
 * wait for their turn until their deadline.
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
 * 0 and a reference for the caller; STORE_LATE: other loads were still running at deadline_ms
 * (monotonic); STORE_STALE: the collection has not reached min_version; else what the source, which
 * gets context, returned.
 */
int cache_get(struct cache *c, const struct cache_key *key, int64_t min_version,
              int64_t deadline_ms, void *context, struct snapshot **ret);
size_t cache_bytes(struct cache *c);

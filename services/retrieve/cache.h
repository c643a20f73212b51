#pragma once
/*
 * cache: the snapshots of many collections, the least recently asked ones dropped.
 *
 * The key is workspace and bot together, so that nobody reaches another workspace's collection by
 * its name. A snapshot is believed for max_age_ms, then its version is asked; a missing or old one
 * is loaded by one thread while the others that want it wait. Any thread may call.
 *
 * The bytes of the snapshots stay below max_bytes, and those of one workspace below a quarter of it, its
 * share. commit_version refuses a collection that is larger than this; one that was there before, when the
 * cache was larger, does not count and drops no other workspace's. There is one such at a time, and it is kept,
 * else each question would load it anew. What is dropped while a search uses it lives until that search is
 * done.
 *
 * A load takes seconds and memory, so two run at a time, and one of a workspace; the others wait for their turn
 * until their deadline. Before it begins, a load reserves the bytes that its collection is expected to take:
 * others are dropped first, and the snapshot that it replaces too.
 */
#include "base/id.h"
#include "bus/store.h"
#include "retrieve/snapshot.h"

#include <stdint.h>

struct cache_key {
    char tenant[CS_ID_SIZE], bot[CS_ID_SIZE]; /* lower-case */
};

/* A collection before it is loaded. */
struct cache_state {
    int64_t version;
    int64_t bytes; /* that its snapshot is expected to take; -1: nobody knows, so a share */
};

/* Where snapshots come from. Each returns as bus/store.h says; STORE_NONE: no such collection. */
struct cache_source {
    int (*state)(void *context, const struct cache_key *key, struct cache_state *ret);
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

/*
 * Runs fn(state) in the turn of a load of the workspace, with so many bytes reserved. What fn returned, or
 * STORE_LATE.
 */
int cache_in_turn(struct cache *c, const char *tenant, size_t bytes, int64_t deadline_ms,
                  int (*fn)(void *state), void *state);
size_t cache_share(const struct cache *c); /* bytes that one collection may take */
size_t cache_bytes(struct cache *c);       /* of the snapshots that are held */

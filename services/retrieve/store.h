#pragma once
/*
 * store: with the files store_*.c, the only one with SQL. Tables: migrations/.
 *
 * Functions run on the worker that has the call and use its connection; each is one transaction
 * unless it says otherwise. They return as bus/store.h says, with STORE_NONE where there is no such
 * collection, document or version. What they hand back lives in the call's arena.
 *
 * Whatever changes what is searched first locks the row of its collection by raising its version;
 * what only prepares (put_*) and what loads shares that lock. So a snapshot is all of one version,
 * and nothing is put into a collection while it is being erased.
 */
#include "bus/store.h"
#include "retrieve/cache.h"
#include "retrieve/retrieve.h"
#include "retrieve/vector/vector_store.h"

struct store_segment {
    uint32_t first, n, dims;
    const char *space;
    const void *data; /* n x dims halves */
    size_t len;
    uint32_t crc32c;
};

/* Begins, queued: the collection is there, unless it was deleted, and its lock is shared. */
void store_share_collection(struct cs_call *call, const char *bot);
int store_put_chunks(struct cs_call *call, const struct document *d, Chunk *const *chunks,
                     size_t n);
int store_put_segment(struct cs_call *call, const struct document *d,
                      const struct store_segment *s);

/* Texts of a version in order, under the document's name (NULL: without), no more bytes in all than
 * fit one message. */
int store_texts(struct cs_call *call, const struct document *d, const char *name, int32_t first,
                int32_t count, char ***ret, size_t *ret_n);
/* Chunks of the version that is searched, behind ordinal `after`. */
int store_chunks(struct cs_call *call, const struct document *d, int32_t after, int32_t limit,
                 Chunk ***ret, size_t *ret_n);

/* What a version holds, seen in a transaction that stays open and has the collection locked. */
struct store_state {
    int64_t chunks, last_ord, vectors, spaces;
    int64_t incomplete; /* segments that the vector store lacks */
    int64_t live;       /* version that is searched; -1: none */
    bool dropped;
    int64_t others;       /* chunks of the other documents */
    int64_t text_bytes;   /* of its chunks, with their headings */
    int64_t vector_bytes; /* of one space */
    int64_t bytes;        /* of the collection, see struct cache_state */
    const char *sample;   /* how its text begins */
};
/* Of the vectors, only those of `space`; NULL: of any. */
int store_open_version(struct cs_call *call, const struct document *d, const char *space,
                       struct store_state *ret);
/* In that transaction: the version is searched, older ones are gone. */
void store_switch(struct cs_call *call, const struct document *d, int32_t chunks,
                  const char *language, const DocumentDetails *details);
/* In that transaction: a collection without vectors gets its space; of this version those of others go. The space
 * that is searched, or NULL. */
int store_take_space(struct cs_call *call, const struct document *d, const char *space,
                     int32_t dimensions, const char **ret_space);
/* The bytes of the collection as the transaction leaves it, or of the document alone; STORE_FULL: more than `most`. */
int store_measure(struct cs_call *call, const struct document *d, bool alone, size_t most,
                  int64_t *ret_bytes);
/* Ends that transaction. */
int store_switched(struct cs_call *call, const char *bot, int64_t bytes, int64_t *ret_version);

/*
 * The columns name, tags, metadata and created_at of a document that is searched, unless those stored are of a later
 * version. The version of the collection grows with a new name alone, which its index holds: a filter reads the rest from
 * the table.
 */
int store_details(struct cs_call *call, const struct document *d, const DocumentDetails *details);

int store_drop_document(struct cs_call *call, const struct document *d, int64_t *ret_version);
/* What is not searched of the versions up to d->version; the document may be written on. Commits. */
int store_drop_leftovers(struct cs_call *call, const struct document *d);
int store_drop_collection(struct cs_call *call, const char *bot);

/* ---- spaces (store_space.c) ---- */

struct store_missing {
    const char *space;    /* that is searched; NULL: there are no vectors */
    const char *document; /* NULL: no chunk lacks a vector of the space asked for */
    const char *name;
    int64_t version;
    int32_t first, count;
};
int store_missing(struct cs_call *call, const char *bot, const char *space,
                  struct store_missing *ret);
/* STORE_BUSY: chunks lack vectors of it. dimensions 0: the model's own. */
int store_switch_space(struct cs_call *call, const char *bot, const char *space, int32_t dimensions,
                       int64_t *ret_version);

/* ---- vector stores outside (store_vector.c) ---- */

/* The store has all of it. STORE_NONE: it was dropped or replaced meanwhile. */
int store_segment_complete(struct cs_call *call, const struct vector_segment *s);
/* n, dims and halves of the segment that the other fields name; STORE_NONE: it is gone, or damaged. */
int store_segment_read(struct cs_call *call, struct vector_segment *s);
/* Segments of any workspace that the store lacks, which no other process takes for a minute; by name alone. */
int store_segments_take(struct cs_call *call, struct vector_segment *ret, size_t most,
                        size_t *ret_n);
int store_segments_leave(struct cs_call *call); /* other stores than the one in use */
/* Nothing with more than `above` and up to `up_to` dimensions is in the store. */
int store_vectors_lost(struct cs_call *call, uint32_t above, uint32_t up_to);

struct store_drop {
    struct vector_segment segment; /* without halves */
    int64_t id;
};
/* Vectors of any workspace to be dropped in the store, which no other process takes for a minute. */
int store_drops_take(struct cs_call *call, struct store_drop *ret, size_t most, size_t *ret_n);
int store_drop_done(struct cs_call *call, const struct store_drop *d);

/* texts: a vector each, as [1,2,3] */
int store_pgvector_put(struct cs_call *call, const struct vector_segment *s, char *const *texts);
/* Appends to ret, which has room for q->most. */
int store_pgvector_nearest(struct cs_call *call, const struct vector_question *q, const char *text,
                           struct vector_candidate *ret, size_t *ret_n);

/* For the cache; context is the call. */
int store_cache_state(void *context, const struct cache_key *key, struct cache_state *ret);
int store_load(void *context, const struct cache_key *key, struct snapshot **ret);

/* A passage by its place. */
struct store_place {
    const char *document;
    int64_t version;
    int32_t ord;
};
struct store_passage {
    char *body, *heading_path; /* body NULL: it is no longer there */
    char *url;                 /* of a web page; NULL: none */
    bool has_page;
    int32_t page;
};
/* With the version of the collection at that moment; -1: there is none any more. */
int store_passages(struct cs_call *call, const char *bot, const struct store_place *places,
                   size_t n, struct store_passage **ret, int64_t *ret_version);

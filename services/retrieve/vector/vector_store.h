#pragma once
/*
 * vector_store: a place for vectors that answers which are nearest to a question's. A store is a row.
 *
 * Vectors are always kept as segments in PostgreSQL (store.h): a store is filled from them, and a segment says
 * whether its store is complete. Two kinds of rows: the builtin store, whose vectors the snapshots in memory hold
 * (snapshot.h), and stores outside, from which only candidates come. A candidate counts when the snapshot has its
 * chunk, of the version that is searched: so a workspace, a deleted document and a version that was replaced are
 * kept apart by us, whatever a store answers.
 *
 * put, commit, drop and nearest are staged: none holds a worker while a server works. They return as a handler does.
 * After a failure the problem stands on the call, and `next` of put, commit and drop does not run. What they are given
 * must live as long as the call. Any thread that has a call.
 */
#include "base/id.h"
#include "bus/call.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Vectors of consecutive chunks of one version of a document, in one space. */
struct vector_segment {
    const char *tenant, *bot, *document;
    int64_t version;
    const char *space;
    uint32_t first, n, dims;
    const uint16_t *halves; /* n x dims; NULL for drop and commit */
};

struct vector_question {
    const char *tenant, *bot, *space;
    const float *vector;
    uint32_t dims;
    size_t most; /* candidates wanted, at most VECTOR_MOST */
};

enum { VECTOR_MOST = 1600 };

struct vector_candidate {
    char document[CS_ID_SIZE];
    int64_t version;
    uint32_t ord;
    float score; /* cosine */
};

typedef int vector_next_fn(struct cs_call *call, void *state);
/* Best first, in the call's arena. NULL: failed, and the problem stands on the call. */
typedef int vector_nearest_fn(struct cs_call *call, void *state, const struct vector_candidate *at,
                              size_t n);

struct vector_store {
    const char *name;
    bool inside; /* the snapshots hold the vectors: there is nothing to call */
    bool remote; /* a server with an address and a key */
    /* Once, the settings loaded; 0, or -1 with a log line. NULL: nothing to do. */
    int (*start)(void);
    /* Idempotent: the same chunks replace those of before. */
    int (*put)(struct cs_call *call, const struct vector_segment *s, vector_next_fn *next,
               void *state);
    /* Waits until all chunks of a version, s->n from 0 on, are found. NULL: what was put is found. */
    int (*commit)(struct cs_call *call, const struct vector_segment *s, vector_next_fn *next,
                  void *state);
    /* Idempotent. NULL: they go with their segment. */
    int (*drop)(struct cs_call *call, const struct vector_segment *s, vector_next_fn *next,
                void *state);
    int (*nearest)(struct cs_call *call, const struct vector_question *q, vector_nearest_fn *next,
                   void *state);
};

extern const struct vector_store vector_pgvector, vector_qdrant, vector_pinecone;

int vector_store_start(void); /* once, settings loaded; 0, or -1 with a log line */
void vector_store_stop(void);
const struct vector_store *vector_store(void); /* between the two; before: builtin */
/* The name by which a segment knows its store: a server elsewhere is another store. NULL: builtin. */
const char *vector_store_id(void);

/* Rows for the cs_env table. */
#define VECTOR_STORE_ENV                                                                           \
    {.name = "VECTOR_STORE",                                                                       \
     .kind = CS_ENV_CHOICE,                                                                        \
     .fallback = "builtin",                                                                        \
     .format = "builtin, pgvector, qdrant, pinecone",                                              \
     .help = "where vectors are searched: in memory, in PostgreSQL or on a server"},               \
        {.name = "VECTOR_URL",                                                                     \
         .kind = CS_ENV_URL,                                                                       \
         .format = "http, https",                                                                  \
         .help = "address of Qdrant, or of Pinecone's control plane (https://api.pinecone.io); a " \
                 "private one must be in EGRESS_ALLOW too"},                                       \
        {.name = "VECTOR_KEY", .kind = CS_ENV_SECRET, .help = "its API key"},                      \
    {                                                                                              \
        .name = "VECTOR_REGION", .kind = CS_ENV_TEXT, .fallback = "aws/us-east-1",                 \
        .help = "cloud and region in which Pinecone makes indexes"                                 \
    }

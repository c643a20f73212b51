#pragma once
/*
 * vectors: a server of vectors for tests, which speaks the protocols of Qdrant and Pinecone as far as retrieve uses
 * them, and refuses what those do not say. One thread; what it holds is in memory.
 *
 * A collection is {"size": N, "points": {id: {"namespace": text, "vector": [...], "payload": {...}}}}.
 */
#include <h2o.h>
#include <jansson.h>
#include <stdbool.h>

/* ---- collections (points.c) ---- */

json_t *points_collection(const char *name); /* borrowed; NULL: there is none */
json_t *points_collection_new(const char *name, int size);
json_t *points_all(void); /* borrowed: by name */
/* Whether a point is among those asked for: 1, 0, or -1 for a filter that is malformed. */
typedef int points_match_fn(const json_t *filter, const json_t *point);
/*
 * The best `most` of the points that match, by cosine: [{"id", "score", "payload"}], for the caller to release.
 * NULL: the filter is malformed.
 */
json_t *points_nearest(const json_t *collection, const json_t *vector, const json_t *filter,
                       points_match_fn *match, size_t most);

/* ---- protocols: false when the path is none of theirs ---- */

bool qdrant_serve(h2o_req_t *req, const char *path, const json_t *body);
bool pinecone_serve(h2o_req_t *req, const char *path, const json_t *body);

/* ---- replies (main.c) ---- */

void reply_json(h2o_req_t *req, int status, json_t *value); /* takes the value */
/* The value of a request header, or "". */
const char *header_of(h2o_req_t *req, const char *name);
bool method_is(h2o_req_t *req, const char *method);
int vectors_stale(
    void); /* questions that are still answered as before the last change; counts down */

#pragma once
/*
 * run: texts through an embedder, in batches, several of them under way at once (pace.h).
 *
 * Staged: while the provider works no worker is held. Vectors of passages that the workspace had before are not asked
 * for again (cache.h). What may pass (429, 5xx, no connection) is tried three times in all for a question and six times
 * for passages, after Retry-After or a growing delay; everything else fails the call at once. Where several answers are
 * more than the share of the workspace, one batch is under way at a time. `next` runs on a worker when all vectors
 * are there, and never after a failure.
 */
#include "embed/embedder.h"

enum { RUN_MAX = 256 };

typedef int run_fn(struct cs_call *call, void *state, const struct cs_vectors *v);

/* Returns as a handler does. texts, e and state must live as long as the call. */
int run_embed(struct cs_call *call, const struct embedder *e, bool query, char *const *texts,
              size_t n, run_fn *next, void *state);

/* provider/model/dimensions */
char *run_space(struct cs_arena *a, const struct embedder *e, const struct cs_vectors *v);

#pragma once
/*
 * local: vectors from the models in this process, on threads of its own.
 *
 * A call is suspended while its texts are encoded. Texts go in micro-batches of at most 512 pieces;
 * between two of them a thread looks for a question first, so that questions do not wait behind documents,
 * and the documents of several calls take turns. A text has the same vector alone and in a batch.
 */
#include "bus/call.h"
#include "embed/local/models.h"
#include "provider/vectors.h"

enum { LOCAL_PIECES = 512 };

void local_start(int threads); /* 0: one for each processor that the process may use */
void local_stop(void);         /* every call has ended */

typedef int local_fn(struct cs_call *call, void *state, const struct cs_vectors *v);

/* Returns CS_LATER; next runs on a worker when all vectors are there, and never after a failure. */
int local_embed(struct cs_call *call, const struct model *m, bool query, char *const *texts,
                size_t n, local_fn *next, void *state);

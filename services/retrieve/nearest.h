#pragma once
/*
 * nearest: the rows of a snapshot whose vectors are nearest to a question's, from a vector store outside.
 *
 * Staged: the store is asked without a snapshot, and its candidates become rows of the snapshot that is there when
 * they have come. A candidate that the snapshot does not know was dropped, replaced, or is of nobody we search for; when too few
 * are left because of such, more are asked for. Worker of the call.
 */
#include "retrieve/snapshot.h"
#include "retrieve/topk.h"
#include "retrieve/vector/vector_store.h"

struct nearest {
    size_t first; /* candidates of the first question; 0: a number that does without a filter */
    size_t asked; /* candidates that were wanted; 0: none yet */
    int times;
    const struct vector_candidate *at;
    size_t n;
    struct hit *rows; /* set by nearest_rows(), best first; copies are not left out */
    size_t n_rows;
};

typedef int nearest_fn(struct cs_call *call, void *state);
/*
 * Asks the store for the candidates of a question, then runs next. When it failed, the problem stands on the call and
 * nearest->at is NULL. Returns as a handler does.
 */
int nearest_ask(struct cs_call *call, struct nearest *nearest, const struct vector_question *q,
                nearest_fn *next, void *state);
/* False: the snapshot knows too few of them, and another question for more is worth it. */
bool nearest_rows(struct cs_call *call, struct nearest *nearest, const struct snapshot *s);

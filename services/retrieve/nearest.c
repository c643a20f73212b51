/* Candidates of a vector store, looked up in a snapshot. */
#include "retrieve/nearest.h"

#include "retrieve/fuse.h"
#include "retrieve/vector/remote.h"

enum { FIRST = 2 * FUSE_DEPTH, MORE = 4, TIMES = 3 };

struct nearest_question {
    struct nearest *nearest;
    struct vector_question q;
    nearest_fn *next;
    void *state;
};

static int on_candidates(struct cs_call *call, void *state, const struct vector_candidate *at,
                         size_t n)
{
    const struct nearest_question *x = state;

    x->nearest->at = at;
    x->nearest->n = n;
    return x->next(call, x->state);
}

int nearest_ask(struct cs_call *call, struct nearest *nearest, const struct vector_question *q,
                nearest_fn *next, void *state)
{
    struct nearest_question *x = CS_NEW(call->arena, struct nearest_question, 1);

    nearest->asked = nearest->times++ ? nearest->asked * MORE
                     : nearest->first ? nearest->first
                                      : FIRST;
    nearest->at = NULL;
    nearest->n = 0;
    *x = (struct nearest_question){.nearest = nearest, .q = *q, .next = next, .state = state};
    x->q.most = nearest->asked < VECTOR_MOST ? nearest->asked : VECTOR_MOST;
    if (vector_store()->remote && remote_is_down()) {
        remote_fail_down(call);
        return next(call, state);
    }
    return vector_store()->nearest(call, &x->q, on_candidates, x);
}

bool nearest_rows(struct cs_call *call, struct nearest *nearest, const struct snapshot *s)
{
    nearest->rows = CS_NEW(call->arena, struct hit, nearest->n);
    nearest->n_rows = 0;
    for (size_t i = 0; i < nearest->n; i++) {
        const struct vector_candidate *c = &nearest->at[i];
        int64_t document = snapshot_find(s, c->document);
        const struct snapshot_document *d = document < 0 ? NULL : &s->documents[document];

        if (d && d->version == c->version && c->ord < d->n_rows)
            nearest->rows[nearest->n_rows++] =
                (struct hit){.row = d->first_row + c->ord, .score = c->score};
    }
    return nearest->n_rows >= FUSE_DEPTH || nearest->n_rows == nearest->n ||
           nearest->times >= TIMES;
}

/*
 * pgvector: rows in the schema of retrieve, under row security as all tables are, searched exactly over the rows of
 * one bot. Its table and functions are made by `chatsphere migrate` where the extension is available.
 */
#include "retrieve/vector/vector_store.h"

#include "retrieve/store.h"
#include "retrieve/vector/point.h"

static int pgvector_put(struct cs_call *call, const struct vector_segment *s, vector_next_fn *next,
                        void *state)
{
    char **texts = CS_NEW(call->arena, char *, s->n);

    for (uint32_t i = 0; i < s->n; i++) {
        char *p = texts[i] = cs_alloc(call->arena, (size_t)s->dims * POINT_NUMBER_MAX + 3);
        *p++ = '[';
        p = point_halves(p, s->halves + (size_t)i * s->dims, s->dims, s->dims);
        *p++ = ']';
        *p = '\0';
    }
    int r = store_pgvector_put(call, s, texts);
    return r ? r : next(call, state);
}

static int pgvector_nearest(struct cs_call *call, const struct vector_question *q,
                            vector_nearest_fn *next, void *state)
{
    char *text = cs_alloc(call->arena, (size_t)q->dims * POINT_NUMBER_MAX + 3), *p = text;
    struct vector_candidate *at = CS_NEW(call->arena, struct vector_candidate, q->most);
    size_t n = 0;

    *p++ = '[';
    p = point_floats(p, q->vector, q->dims, q->dims);
    *p++ = ']';
    *p = '\0';
    return store_pgvector_nearest(call, q, text, at, &n) ? next(call, state, NULL, 0)
                                                         : next(call, state, at, n);
}

const struct vector_store vector_pgvector = {
    .name = "pgvector",
    .put = pgvector_put,
    .nearest = pgvector_nearest,
};

/* Vector stores in SQL: which segments a store has, which are to be dropped there, and the table of pgvector. */
#include "retrieve/store.h"

#include "base/log.h"
#include "pg/pg.h"
#include "retrieve/vector/vector_store.h"

#include <math.h>
#include <stdio.h>

static const struct cs_stmt SEGMENT_COMPLETE = {
    "segment_complete",
    "update segments set complete = true where tenant_id = $1 and bot_id = $2 and document_id = $3"
    " and version = $4 and space = $5 and first_ord = $6 and n = $7 and stored = $8"
    " returning 1"};
static const struct cs_stmt SEGMENT_READ = {
    "segment_read", "select n, dims, data from segments where tenant_id = $1 and bot_id = $2"
                    " and document_id = $3 and version = $4 and space = $5 and first_ord = $6"};
static const struct cs_stmt SEGMENTS_TAKE = {
    "segments_take", "select tenant_id, bot_id, document_id, version, space, first_ord"
                     " from segments_take($1, $2)"};
static const struct cs_stmt SEGMENTS_LEAVE = {"segments_leave", "select segments_leave($1)"};
static const struct cs_stmt SEGMENTS_LOST = {"segments_lost", "select segments_lost($1, $2, $3)"};
static const struct cs_stmt DROPS_TAKE = {
    "drops_take", "select tenant_id, bot_id, document_id, version, space, first_ord, n, dims, id"
                  " from vector_drops_take($1, $2)"};
static const struct cs_stmt DROP_DONE = {
    "drop_done", "delete from vector_drops where tenant_id = $1 and id = $2"};
static const struct cs_stmt PGVECTOR_PUT = {"pgvector_put",
                                            "select vectors_put($1, $2, $3, $4, $5, $6, $7)"};
static const struct cs_stmt PGVECTOR_NEAREST = {
    "pgvector_nearest",
    "select document_id, version, ord, score from vectors_nearest($1, $2, $3, $4, $5)"};

int store_segment_complete(struct cs_call *call, const struct vector_segment *s)
{
    cs_pg_begin(call->pg, s->tenant);
    PGresult *r = cs_pg_last(call->pg, &SEGMENT_COMPLETE, CS_S(s->tenant), CS_S(s->bot),
                             CS_S(s->document), CS_I(s->version), CS_S(s->space), CS_I(s->first),
                             CS_I(s->n), CS_S(vector_store_id()));
    if (!r)
        return cs_fail_pg(call);
    return PQntuples(r) > 0 ? 0 : STORE_NONE;
}

int store_segment_read(struct cs_call *call, struct vector_segment *s)
{
    size_t len;

    cs_pg_begin(call->pg, s->tenant);
    PGresult *r = cs_pg_last(call->pg, &SEGMENT_READ, CS_S(s->tenant), CS_S(s->bot),
                             CS_S(s->document), CS_I(s->version), CS_S(s->space), CS_I(s->first));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    s->n = (uint32_t)cs_pg_i64(r, 0, 0);
    s->dims = (uint32_t)cs_pg_i64(r, 0, 1);
    s->halves = cs_pg_bytes(call->arena, r, 0, 2, &len);
    return s->halves && len == (size_t)s->n * s->dims * sizeof(*s->halves) ? 0 : STORE_NONE;
}

/* The columns that name a segment, in the arena. */
static void segment_of(struct cs_call *call, const PGresult *r, int row, struct vector_segment *ret)
{
    *ret = (struct vector_segment){
        .tenant = cs_strdup(call->arena, cs_pg_text(r, row, 0)),
        .bot = cs_strdup(call->arena, cs_pg_text(r, row, 1)),
        .document = cs_strdup(call->arena, cs_pg_text(r, row, 2)),
        .version = cs_pg_i64(r, row, 3),
        .space = cs_strdup(call->arena, cs_pg_text(r, row, 4)),
        .first = (uint32_t)cs_pg_i64(r, row, 5),
    };
}

int store_segments_take(struct cs_call *call, struct vector_segment *ret, size_t most,
                        size_t *ret_n)
{
    cs_pg_begin(call->pg, NULL);
    PGresult *r =
        cs_pg_last(call->pg, &SEGMENTS_TAKE, CS_S(vector_store_id()), CS_I((int64_t)most));
    if (!r)
        return cs_fail_pg(call);
    for (*ret_n = 0; *ret_n < (size_t)PQntuples(r) && *ret_n < most; ++*ret_n)
        segment_of(call, r, (int)*ret_n, &ret[*ret_n]);
    return 0;
}

int store_segments_leave(struct cs_call *call)
{
    cs_pg_begin(call->pg, NULL);
    PGresult *r = cs_pg_last(call->pg, &SEGMENTS_LEAVE, CS_S(vector_store_id()));
    if (!r)
        return cs_fail_pg(call);
    if (cs_pg_i64(r, 0, 0) > 0)
        cs_log(CS_INFO, "vectors go from another store to this one", "store", vector_store_id(),
               "segments", cs_pg_text(r, 0, 0), NULL);
    return 0;
}

int store_vectors_lost(struct cs_call *call, uint32_t above, uint32_t up_to)
{
    cs_pg_begin(call->pg, NULL);
    PGresult *r =
        cs_pg_last(call->pg, &SEGMENTS_LOST, CS_S(vector_store_id()), CS_I(above), CS_I(up_to));
    if (!r)
        return cs_fail_pg(call);
    if (cs_pg_i64(r, 0, 0) > 0)
        cs_log(CS_WARN, "the vector store has lost vectors, which are stored again", "segments",
               cs_pg_text(r, 0, 0), NULL);
    return 0;
}

int store_drops_take(struct cs_call *call, struct store_drop *ret, size_t most, size_t *ret_n)
{
    cs_pg_begin(call->pg, NULL);
    PGresult *r = cs_pg_last(call->pg, &DROPS_TAKE, CS_S(vector_store_id()), CS_I((int64_t)most));
    if (!r)
        return cs_fail_pg(call);
    for (*ret_n = 0; *ret_n < (size_t)PQntuples(r) && *ret_n < most; ++*ret_n) {
        int row = (int)*ret_n;
        segment_of(call, r, row, &ret[row].segment);
        ret[row].segment.n = (uint32_t)cs_pg_i64(r, row, 6);
        ret[row].segment.dims = (uint32_t)cs_pg_i64(r, row, 7);
        ret[row].id = cs_pg_i64(r, row, 8);
    }
    return 0;
}

int store_drop_done(struct cs_call *call, const struct store_drop *d)
{
    cs_pg_begin(call->pg, d->segment.tenant);
    return cs_pg_last(call->pg, &DROP_DONE, CS_S(d->segment.tenant), CS_I(d->id))
               ? 0
               : cs_fail_pg(call);
}

/* ---- pgvector ---- */

/* 42883: there is no such function, 42P01: no such table. */
static int pgvector_failed(struct cs_call *call)
{
    if (strcmp(cs_pg_state(call->pg), "42883") != 0)
        return cs_fail_pg(call);
    cs_pg_rollback(call->pg);
    cs_log(CS_ERROR,
           "the extension vector is missing: install the package pgvector for this PostgreSQL, "
           "create the extension, and run chatsphere migrate",
           NULL);
    return cs_fail(call, CS_UPSTREAM, "The vector store pgvector is not installed.");
}

int store_pgvector_put(struct cs_call *call, const struct vector_segment *s, char *const *texts)
{
    cs_pg_begin(call->pg, s->tenant);
    PGresult *r = cs_pg_last(call->pg, &PGVECTOR_PUT, CS_S(s->tenant), CS_S(s->bot),
                             CS_S(s->document), CS_I(s->version), CS_S(s->space), CS_I(s->first),
                             CS_S(cs_pg_array(call->arena, texts, s->n)));
    return r ? 0 : pgvector_failed(call);
}

int store_pgvector_nearest(struct cs_call *call, const struct vector_question *q, const char *text,
                           struct vector_candidate *ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, q->tenant);
    PGresult *r = cs_pg_last(call->pg, &PGVECTOR_NEAREST, CS_S(q->tenant), CS_S(q->bot),
                             CS_S(q->space), CS_S(text), CS_I((int64_t)q->most));
    if (!r)
        return pgvector_failed(call);
    for (int row = 0; row < PQntuples(r) && *ret_n < q->most; row++) {
        struct vector_candidate *c = &ret[*ret_n];

        snprintf(c->document, sizeof(c->document), "%s", cs_pg_text(r, row, 0));
        c->version = cs_pg_i64(r, row, 1);
        c->ord = (uint32_t)cs_pg_i64(r, row, 2);
        c->score = strtof(cs_pg_text(r, row, 3), NULL);
        *ret_n += isfinite(c->score) != 0; /* a vector of zeros has no cosine */
    }
    return 0;
}

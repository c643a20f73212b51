/* Rows of documents: read from a result, one or many. */
#include "ingest/store_row.h"

#include "pg/pg.h"

static void row_read(struct cs_arena *a, const PGresult *r, int i, struct document *d)
{
    const char **text[] = {
        &d->tenant,          &d->id,         &d->bot,   &d->name,  &d->mime,   &d->sha256,
        &d->status,          &d->stage,      &d->error, &d->space, &d->runner, &d->metadata,
        &d->searched_sha256, &d->properties, &d->url,   &d->source};
    int n = sizeof(text) / sizeof(*text), c = n;

    for (int k = 0; k < n; k++)
        *text[k] = cs_strdup(a, cs_pg_text(r, i, k));
    d->bytes = cs_pg_i64(r, i, c++);
    d->version = cs_pg_i64(r, i, c++);
    d->revision = cs_pg_i64(r, i, c++);
    d->details_version = cs_pg_i64(r, i, c++);
    d->created_ms = cs_pg_i64(r, i, c++);
    d->updated_ms = cs_pg_i64(r, i, c++);
    d->done = (int)cs_pg_i64(r, i, c++);
    d->total = (int)cs_pg_i64(r, i, c++);
    d->chunks = (int)cs_pg_i64(r, i, c++);
    d->attempts = (int)cs_pg_i64(r, i, c++);
    d->embed_count = (int)cs_pg_i64(r, i, c++);
    d->uploaded = cs_pg_bool(r, i, c++);
    d->tags = cs_pg_texts(a, r, i, c++, &d->n_tags);
    d->warnings = cs_pg_texts(a, r, i, c, &d->n_warnings);
}

struct document *row_read_all(struct cs_call *call, const PGresult *r)
{
    int n = PQntuples(r);
    struct document *rows = CS_NEW(call->arena, struct document, n ? n : 1);

    for (int i = 0; i < n; i++)
        row_read(call->arena, r, i, &rows[i]);
    return rows;
}

int row_done(struct cs_call *call, const PGresult *r)
{
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0) {
        cs_pg_rollback(call->pg);
        return STORE_NONE;
    }
    return 0;
}

int row_one(struct cs_call *call, const PGresult *found, struct document **ret)
{
    int r = row_done(call, found);

    if (r == 0)
        *ret = row_read_all(call, found);
    return r;
}

int row_many(struct cs_call *call, const PGresult *r, struct document **ret, size_t *ret_n)
{
    if (!r)
        return cs_fail_pg(call);
    *ret = row_read_all(call, r);
    *ret_n = (size_t)PQntuples(r);
    return 0;
}

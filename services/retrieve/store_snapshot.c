/* A whole collection is loaded in pieces, all of one version. */
#include "retrieve/store.h"

#include "base/log.h"
#include "pg/pg.h"
#include "retrieve/kernel.h"

#include <stdio.h>
#include <string.h>

enum {
    LOAD_CHUNKS = 1000, /* rows of one piece */
    LOAD_SEGMENTS = 16,
};

static const struct cs_stmt COLLECTION_STATE = {
    "collection_state", "select version, coalesce(bytes, -1) from collections where tenant_id = $1"
                        " and bot_id = $2 and not deleted"};
static const struct cs_stmt COLLECTION_MEASURED = {
    "collection_measured",
    "update collections set bytes = $4 where tenant_id = $1 and bot_id = $2 and version = $3"
    " and bytes is distinct from $4"};
/* shares the lock of those who change it, so that all that follows is of one version */
static const struct cs_stmt LOAD_COLLECTION = {
    "load_collection",
    "select version, space, dimensions from collections where tenant_id = $1 and bot_id = $2"
    " and not deleted for share"};
static const struct cs_stmt LOAD_DOCUMENTS = {
    "load_documents",
    "select document_id, version, name, language from documents where tenant_id = $1"
    " and bot_id = $2 and version is not null order by document_id"};
/*
 * Pieces are of all versions, the few that are not searched (yet) are left out here: a join is one
 * more thing for the planner to get wrong over a table it has no statistics of.
 */
static const struct cs_stmt LOAD_CHUNKS_PIECE = {
    "load_chunks", "select document_id, version, ord, heading_path, body from chunks"
                   " where tenant_id = $1 and bot_id = $2"
                   " and (document_id, version, ord) > ($3::uuid, $4::bigint, $5::int)"
                   " order by document_id, version, ord limit $6"};
static const struct cs_stmt LOAD_SEGMENTS_PIECE = {
    "load_segments", "select document_id, version, first_ord, n, dims, space, crc32c, data"
                     " from segments where tenant_id = $1 and bot_id = $2"
                     " and (document_id, version, first_ord) > ($3::uuid, $4::bigint, $5::int)"
                     " and space = (select space from collections where tenant_id = $1"
                     " and bot_id = $2)"
                     " order by document_id, version, first_ord limit $6"};

struct loaded_document {
    char *id, *name;
    int64_t version;
    enum cs_language language;
};

/* a load in progress; its own arena, because pieces come and go */
struct loading {
    struct cs_call *call;
    const struct cache_key *key;
    struct snapshot *snapshot;
    struct cs_arena documents_arena, piece_arena;
    struct loaded_document *documents;
    uint32_t n_documents;
    size_t most;            /* bytes of the snapshot; 0: any */
    const char *only;       /* the one document that is loaded; NULL: all */
    char after[CS_ID_SIZE]; /* where the last piece ended */
    int64_t after_version, after_ord;
};

static void rewind_pieces(struct loading *l)
{
    snprintf(l->after, sizeof(l->after), "%s",
             l->only ? l->only : "00000000-0000-0000-0000-000000000000");
    l->after_version = l->after_ord = -1;
}

/* whether the next piece may have something of what is loaded */
static bool piece_follows(const struct loading *l, int n, int limit)
{
    return n == limit && (!l->only || strcmp(l->after, l->only) == 0);
}

/* the next piece; NULL: failed. What the piece before gave is gone. */
static PGresult *next_piece(struct loading *l, const struct cs_stmt *stmt, int limit)
{
    cs_pg_forget(l->call->pg);
    cs_arena_reset(&l->piece_arena);
    PGresult *r =
        cs_pg_query(l->call->pg, stmt, CS_S(l->key->tenant), CS_S(l->key->bot), CS_S(l->after),
                    CS_I(l->after_version), CS_I(l->after_ord), CS_I(limit));
    if (r && PQntuples(r) > 0) {
        int last = PQntuples(r) - 1;
        snprintf(l->after, sizeof(l->after), "%s", cs_pg_text(r, last, 0));
        l->after_version = cs_pg_i64(r, last, 1);
        l->after_ord = cs_pg_i64(r, last, 2);
    }
    return r;
}

static bool loading_is_full(const struct loading *l)
{
    return l->most > 0 && snapshot_bytes(l->snapshot) > l->most;
}

static int load_documents(struct loading *l)
{
    struct cs_arena *a = &l->documents_arena;
    PGresult *r =
        cs_pg_query(l->call->pg, &LOAD_DOCUMENTS, CS_S(l->key->tenant), CS_S(l->key->bot));

    if (!r)
        return cs_fail_pg(l->call);
    l->documents = CS_NEW(a, struct loaded_document, (size_t)PQntuples(r) + 1);
    for (int i = 0; i < PQntuples(r); i++) {
        if (l->only && strcmp(cs_pg_text(r, i, 0), l->only) != 0)
            continue;
        l->documents[l->n_documents++] = (struct loaded_document){
            .id = cs_strdup(a, cs_pg_text(r, i, 0)),
            .version = cs_pg_i64(r, i, 1),
            .name = cs_strdup(a, cs_pg_text(r, i, 2)),
            .language = cs_language_by_code(cs_pg_text(r, i, 3)),
        };
    }
    return 0;
}

static void add_document(struct loading *l)
{
    const struct loaded_document *d = &l->documents[l->snapshot->n_documents];

    snapshot_add_document(l->snapshot, d->id, d->version, d->name, d->language);
}

static int load_chunks(struct loading *l)
{
    const struct snapshot *s = l->snapshot;
    PGresult *r;
    int n;

    rewind_pieces(l);
    do {
        if (loading_is_full(l))
            return STORE_FULL;
        if (!(r = next_piece(l, &LOAD_CHUNKS_PIECE, LOAD_CHUNKS)))
            return cs_fail_pg(l->call);
        n = PQntuples(r);
        for (int row = 0; row < n; row++) {
            const char *id = cs_pg_text(r, row, 0);
            while (s->n_documents < l->n_documents &&
                   strcmp(l->documents[s->n_documents].id, id) <= 0)
                add_document(l);
            if (s->n_documents == 0 || strcmp(snapshot_last(s)->id, id) != 0 ||
                snapshot_last(s)->version != cs_pg_i64(r, row, 1))
                continue; /* of a version that is not searched */
            if (cs_pg_i64(r, row, 2) != (int64_t)snapshot_last(s)->n_rows)
                return cs_fail_internal(l->call, "A chunk is missing.");
            snapshot_add_chunk(l->snapshot, cs_pg_text(r, row, 3), cs_pg_text(r, row, 4));
        }
    } while (piece_follows(l, n, LOAD_CHUNKS));
    while (s->n_documents < l->n_documents)
        add_document(l);
    return 0;
}

/* damaged vectors are left out: words still find those chunks */
static void add_segment(struct loading *l, const PGresult *r, int row)
{
    const char *id = cs_pg_text(r, row, 0);
    int64_t document = snapshot_find(l->snapshot, id);
    uint32_t first = (uint32_t)cs_pg_i64(r, row, 2), crc = (uint32_t)cs_pg_i64(r, row, 6);
    struct snapshot_vectors v = {
        .n = (uint32_t)cs_pg_i64(r, row, 3),
        .dims = (uint32_t)cs_pg_i64(r, row, 4),
        .space = cs_pg_text(r, row, 5),
    };
    size_t len;

    if (document < 0 || l->snapshot->documents[document].version != cs_pg_i64(r, row, 1))
        return;
    v.halves = cs_pg_bytes(&l->piece_arena, r, row, 7, &len);
    if (!v.halves || len != (size_t)v.n * v.dims * sizeof(*v.halves) ||
        kernel_best()->crc32c(v.halves, len) != crc ||
        !snapshot_add_vectors(l->snapshot, (uint32_t)document, first, &v))
        cs_log(CS_ERROR, "a segment of vectors is damaged", "bot", l->key->bot, "document", id,
               "first", cs_log_int(first), NULL);
}

static int load_vectors(struct loading *l)
{
    PGresult *r;
    int n;

    rewind_pieces(l);
    do {
        if (loading_is_full(l))
            return STORE_FULL;
        if (!(r = next_piece(l, &LOAD_SEGMENTS_PIECE, LOAD_SEGMENTS)))
            return cs_fail_pg(l->call);
        n = PQntuples(r);
        for (int row = 0; row < n; row++)
            add_segment(l, r, row);
    } while (piece_follows(l, n, LOAD_SEGMENTS));
    return 0;
}

static int load_all(struct loading *l)
{
    int r = load_documents(l);

    if (r == 0)
        r = load_chunks(l);
    if (r == 0 && vector_store()->inside)
        r = load_vectors(l);
    if (r == 0 && loading_is_full(l))
        r = STORE_FULL;
    return r;
}

/* all of one version, in a transaction of its own */
static int load_locked(struct loading *l)
{
    cs_pg_begin(l->call->pg, l->key->tenant);
    PGresult *collection =
        cs_pg_query(l->call->pg, &LOAD_COLLECTION, CS_S(l->key->tenant), CS_S(l->key->bot));
    if (!collection)
        return cs_fail_pg(l->call);
    if (PQntuples(collection) == 0) {
        cs_pg_rollback(l->call->pg);
        return STORE_NONE;
    }
    l->snapshot->version = cs_pg_i64(collection, 0, 0);
    snapshot_set_space(l->snapshot, cs_pg_text(collection, 0, 1),
                       (int32_t)cs_pg_i64(collection, 0, 2));
    l->snapshot->outside = !vector_store()->inside && l->snapshot->space;
    int r = load_all(l);
    if (r) {
        cs_pg_rollback(l->call->pg); /* writers wait for our lock */
        return r;
    }
    return cs_pg_commit(l->call->pg) < 0 ? cs_fail_pg(l->call) : 0;
}

static void loading_begin(struct loading *l)
{
    l->snapshot = snapshot_new(0);
    cs_arena_init(&l->documents_arena);
    cs_arena_init(&l->piece_arena);
}

static void loading_end(struct loading *l)
{
    snapshot_unref(l->snapshot);
    cs_arena_dispose(&l->documents_arena);
    cs_arena_dispose(&l->piece_arena);
}

/* the next load reserves what this one took; a failure to say so is none of the search */
static void keep_measure(struct loading *l)
{
    struct cs_pg *pg = l->call->pg;

    cs_pg_begin(pg, l->key->tenant);
    if (!cs_pg_last(pg, &COLLECTION_MEASURED, CS_S(l->key->tenant), CS_S(l->key->bot),
                    CS_I(l->snapshot->version), CS_I((int64_t)l->snapshot->bytes)))
        cs_log(CS_WARN, "the size of a collection was not stored", "bot", l->key->bot, "sqlstate",
               cs_pg_state(pg), NULL);
}

int store_load(void *context, const struct cache_key *key, struct snapshot **ret)
{
    struct loading l = {.call = context, .key = key};

    loading_begin(&l);
    int r = load_locked(&l);
    if (r == 0) {
        snapshot_finish(l.snapshot);
        keep_measure(&l); /* without bytes, which are made only where there is room */
        snapshot_make_bytes(l.snapshot, cache_share(search_cache()));
        *ret = snapshot_ref(l.snapshot);
    }
    loading_end(&l);
    return r;
}

int store_measure(struct cs_call *call, const struct document *d, bool alone, size_t most,
                  int64_t *ret_bytes)
{
    struct cache_key key;
    struct loading l = {.call = call, .key = &key, .most = most, .only = alone ? d->id : NULL};

    snprintf(key.tenant, sizeof(key.tenant), "%s", call->tenant);
    snprintf(key.bot, sizeof(key.bot), "%s", d->bot);
    loading_begin(&l);
    int r = load_all(&l);
    *ret_bytes = (int64_t)snapshot_bytes(l.snapshot);
    loading_end(&l);
    return r;
}

int store_cache_state(void *context, const struct cache_key *key, struct cache_state *ret)
{
    struct cs_call *call = context;

    cs_pg_begin(call->pg, key->tenant);
    PGresult *r = cs_pg_last(call->pg, &COLLECTION_STATE, CS_S(key->tenant), CS_S(key->bot));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    *ret = (struct cache_state){.version = cs_pg_i64(r, 0, 0), .bytes = cs_pg_i64(r, 0, 1)};
    int64_t share = (int64_t)cache_share(search_cache());
    if (ret->bytes > 0 && ret->bytes < share) /* with bytes of the vectors, half as much as these */
        ret->bytes = ret->bytes / 2 * 3 < share ? ret->bytes / 2 * 3 : share;
    return 0;
}

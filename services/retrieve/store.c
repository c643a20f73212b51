/* Chunks, segments and versions in SQL: putting, reading, switching and dropping. */
#include "retrieve/store.h"

#include "base/buf.h"
#include "nats/wire.h"
#include "pg/pg.h"

#include <string.h>

/* ---- putting ---- */

static const struct cs_stmt COLLECTION_MAKE = {
    "collection_make", "insert into collections (tenant_id, bot_id, version) values ($1, $2, 0)"
                       " on conflict do nothing"};
static const struct cs_stmt COLLECTION_SHARE = {
    "collection_share",
    "select version from collections where tenant_id = $1 and bot_id = $2 for share"};

/* nothing goes into what was erased, nor below the version that is searched */
#define PUT_ALLOWED                                                                                \
    " not exists (select from collections where tenant_id = $1 and bot_id = $2 and deleted)"       \
    " and not exists (select from documents where tenant_id = $1 and bot_id = $2"                  \
    " and document_id = $3 and (version is null or version > $4))"

static const struct cs_stmt CHUNKS_PUT = {
    "chunks_put",
    "with put as (insert into chunks (tenant_id, bot_id, document_id, version, ord, body,"
    " heading_path, page, \"start\", \"end\", tokens)"
    " select $1::uuid, $2::uuid, $3::uuid, $4::bigint, c.*"
    " from unnest($5::int[], $6::text[], $7::text[], $8::int[], $9::bigint[], $10::bigint[],"
    " $11::int[]) c"
    " where" PUT_ALLOWED " on conflict (tenant_id, bot_id, document_id, version, ord) do update set"
    " body = excluded.body, heading_path = excluded.heading_path, page = excluded.page,"
    " \"start\" = excluded.\"start\", \"end\" = excluded.\"end\", tokens = excluded.tokens"
    " returning 1) select count(*) from put"};

/* a retry may cut its ranges otherwise: none may overlap */
static const struct cs_stmt SEGMENTS_OVERLAPPED = {
    "segments_overlapped",
    "delete from segments where tenant_id = $1 and bot_id = $2 and document_id = $3"
    " and version = $4 and first_ord < $5::int + $6::int and first_ord + n > $5::int"
    " and space = $7"};
static const struct cs_stmt SEGMENT_PUT = {
    "segment_put",
    "with put as (insert into segments (tenant_id, bot_id, document_id, version, first_ord, n,"
    " dims, space, data, crc32c, stored, tried_at)"
    " select $1::uuid, $2::uuid, $3::uuid, $4::bigint, $5::int, $6::int, $7::int, $8::text,"
    " $9::bytea, $10::bigint, $11::text, case when $11::text is null then null else now() end"
    " where" PUT_ALLOWED " returning 1) select count(*) from put"};

void store_share_collection(struct cs_call *call, const char *bot)
{
    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &COLLECTION_MAKE, CS_S(call->tenant), CS_S(bot));
    cs_pg_push(call->pg, &COLLECTION_SHARE, CS_S(call->tenant), CS_S(bot));
}

static int end_put(struct cs_call *call, const PGresult *r)
{
    if (!r)
        return cs_fail_pg(call);
    return cs_pg_i64(r, 0, 0) > 0 ? 0 : STORE_NONE;
}

/* one column of the chunks as an array literal */
struct numbers {
    struct cs_buf text;
};

static void add_number(struct numbers *c, int64_t n)
{
    cs_buf_addf(&c->text, "%s%lld", c->text.len ? "," : "{", (long long)n);
}

static const char *close_numbers(struct cs_call *call, struct numbers *c)
{
    cs_buf_adds(&c->text, c->text.len ? "}" : "{}");
    char *text = cs_strdup(call->arena, c->text.data);
    cs_buf_free(&c->text);
    return text;
}

int store_put_chunks(struct cs_call *call, const struct document *d, Chunk *const *chunks, size_t n)
{
    struct numbers ord = {0}, page = {0}, start = {0}, end = {0}, tokens = {0};
    char **bodies = CS_NEW(call->arena, char *, n), **headings = CS_NEW(call->arena, char *, n);

    for (size_t i = 0; i < n; i++) {
        const Chunk *c = chunks[i];

        add_number(&ord, c->chunk);
        add_number(&start, c->start);
        add_number(&end, c->end);
        add_number(&tokens, c->tokens);
        if (c->has_page)
            add_number(&page, c->page);
        else
            cs_buf_adds(&page.text, page.text.len ? ",null" : "{null");
        bodies[i] = c->text ? c->text : cs_strdup(call->arena, "");
        headings[i] = c->heading_path ? c->heading_path : cs_strdup(call->arena, "");
    }
    store_share_collection(call, d->bot);
    return end_put(call,
                   cs_pg_last(call->pg, &CHUNKS_PUT, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id),
                              CS_I(d->version), CS_S(close_numbers(call, &ord)),
                              CS_S(cs_pg_array(call->arena, bodies, n)),
                              CS_S(cs_pg_array(call->arena, headings, n)),
                              CS_S(close_numbers(call, &page)), CS_S(close_numbers(call, &start)),
                              CS_S(close_numbers(call, &end)), CS_S(close_numbers(call, &tokens))));
}

int store_put_segment(struct cs_call *call, const struct document *d, const struct store_segment *s)
{
    store_share_collection(call, d->bot);
    cs_pg_push(call->pg, &SEGMENTS_OVERLAPPED, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id),
               CS_I(d->version), CS_I(s->first), CS_I(s->n), CS_S(s->space));
    return end_put(call, cs_pg_last(call->pg, &SEGMENT_PUT, CS_S(call->tenant), CS_S(d->bot),
                                    CS_S(d->id), CS_I(d->version), CS_I(s->first), CS_I(s->n),
                                    CS_I(s->dims), CS_S(s->space), CS_B(s->data, s->len),
                                    CS_I(s->crc32c), CS_S(vector_store_id())));
}

/* ---- reading ---- */

static const struct cs_stmt TEXTS = {
    "texts", "select heading_path, body from chunks where tenant_id = $1 and bot_id = $2"
             " and document_id = $3 and version = $4 and ord >= $5 order by ord limit $6"};
static const struct cs_stmt CHUNKS_LIVE = {
    "chunks_live",
    "select c.ord, c.body, c.heading_path, c.page, c.\"start\", c.\"end\", c.tokens"
    " from documents d left join chunks c on c.tenant_id = d.tenant_id and c.bot_id = d.bot_id"
    " and c.document_id = d.document_id and c.version = d.version and c.ord > $4"
    " where d.tenant_id = $1 and d.bot_id = $2 and d.document_id = $3 and d.version is not null"
    " order by c.ord limit $5"};

int store_texts(struct cs_call *call, const struct document *d, const char *name, int32_t first,
                int32_t count, char ***ret, size_t *ret_n)
{
    size_t bytes = 0, n = 0;

    name = name ? name : "";
    cs_pg_begin(call->pg, call->tenant);
    PGresult *r = cs_pg_last(call->pg, &TEXTS, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id),
                             CS_I(d->version), CS_I(first), CS_I(count));
    if (!r)
        return cs_fail_pg(call);
    char **texts = CS_NEW(call->arena, char *, PQntuples(r) + 1);
    for (; n < (size_t)PQntuples(r); n++) {
        const char *headings = cs_pg_text(r, (int)n, 0), *body = cs_pg_text(r, (int)n, 1);

        texts[n] = !*name && !*headings
                       ? cs_strdup(call->arena, body)
                       : cs_printf(call->arena, "%s%s%s\n%s", name, *name && *headings ? " > " : "",
                                   headings, body);
        bytes += strlen(texts[n]);
        if (n > 0 && bytes > CS_MAX_PART)
            break;
    }
    *ret = texts;
    *ret_n = n;
    return n > 0 ? 0 : STORE_NONE;
}

static Chunk *chunk_of(struct cs_arena *a, const PGresult *r, int row)
{
    Chunk *c = Chunk_new(a);

    Chunk_set_chunk(c, (int32_t)cs_pg_i64(r, row, 0));
    c->text = cs_strdup(a, cs_pg_text(r, row, 1));
    c->heading_path = cs_strdup(a, cs_pg_text(r, row, 2));
    if (cs_pg_text(r, row, 3))
        Chunk_set_page(c, (int32_t)cs_pg_i64(r, row, 3));
    Chunk_set_start(c, cs_pg_i64(r, row, 4));
    Chunk_set_end(c, cs_pg_i64(r, row, 5));
    Chunk_set_tokens(c, (int32_t)cs_pg_i64(r, row, 6));
    return c;
}

int store_chunks(struct cs_call *call, const struct document *d, int32_t after, int32_t limit,
                 Chunk ***ret, size_t *ret_n)
{
    size_t n = 0;

    cs_pg_begin(call->pg, call->tenant);
    PGresult *r = cs_pg_last(call->pg, &CHUNKS_LIVE, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id),
                             CS_I(after), CS_I(limit));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    Chunk **chunks = CS_NEW(call->arena, Chunk *, PQntuples(r));
    /* a document with nothing behind `after` is one row of nulls */
    for (int row = 0; row < PQntuples(r) && cs_pg_text(r, row, 0); row++)
        chunks[n++] = chunk_of(call->arena, r, row);
    *ret = chunks;
    *ret_n = n;
    return 0;
}

static const struct cs_stmt PASSAGES = {
    /* a lateral with a limit stays a look-up by key, whatever the planner thinks of the table */
    "passages",
    "select v.version, p.i, p.body, p.heading_path, p.page, p.url from collections v left join ("
    " select w.i, c.body, c.heading_path, c.page, (select d.url from documents d where d.tenant_id "
    "= $1"
    " and d.bot_id = $2 and d.document_id = w.document_id) as url"
    " from unnest($3::uuid[], $4::bigint[], $5::int[]) with ordinality w(document_id, version, "
    "ord, i)"
    " cross join lateral (select body, heading_path, page from chunks where tenant_id = $1"
    " and bot_id = $2 and document_id = w.document_id and version = w.version and ord = w.ord"
    " limit 1) c) p on true where v.tenant_id = $1 and v.bot_id = $2 and not v.deleted"};

int store_passages(struct cs_call *call, const char *bot, const struct store_place *places,
                   size_t n, struct store_passage **ret, int64_t *ret_version)
{
    struct numbers version = {0}, ord = {0};
    char **documents = CS_NEW(call->arena, char *, n);

    for (size_t i = 0; i < n; i++) {
        documents[i] = cs_strdup(call->arena, places[i].document);
        add_number(&version, places[i].version);
        add_number(&ord, places[i].ord);
    }
    cs_pg_begin(call->pg, call->tenant);
    PGresult *r = cs_pg_last(call->pg, &PASSAGES, CS_S(call->tenant), CS_S(bot),
                             CS_S(cs_pg_array(call->arena, documents, n)),
                             CS_S(close_numbers(call, &version)), CS_S(close_numbers(call, &ord)));
    if (!r)
        return cs_fail_pg(call);
    *ret = CS_NEW(call->arena, struct store_passage, n);
    *ret_version = PQntuples(r) > 0 ? cs_pg_i64(r, 0, 0) : -1;
    /* with no passage there is one row of the version alone */
    for (int row = 0; row < PQntuples(r) && cs_pg_text(r, row, 1); row++) {
        struct store_passage *p = &(*ret)[cs_pg_i64(r, row, 1) - 1];

        p->body = cs_strdup(call->arena, cs_pg_text(r, row, 2));
        p->heading_path = cs_strdup(call->arena, cs_pg_text(r, row, 3));
        p->has_page = cs_pg_text(r, row, 4) != NULL;
        p->page = (int32_t)cs_pg_i64(r, row, 4);
        p->url = cs_strdup(call->arena, cs_pg_text(r, row, 5));
    }
    return 0;
}

/* ---- switching and dropping ---- */

static const struct cs_stmt COLLECTION_RAISE = {
    "collection_raise",
    "insert into collections (tenant_id, bot_id, version) values ($1, $2, 1)"
    " on conflict (tenant_id, bot_id) do update set version = collections.version + 1"
    " where not collections.deleted"};
static const struct cs_stmt VERSION_STATE = {
    "version_state",
    "with mine as (select ord, body, heading_path from chunks where tenant_id = $1 and bot_id = $2"
    " and document_id = $3 and version = $4),"
    " seg as (select n, dims, space, stored, complete from segments where tenant_id = $1 and "
    "bot_id = $2"
    " and document_id = $3 and version = $4 and ($5::text is null or space = $5))"
    " select (select count(*) from mine), (select coalesce(max(ord), -1) from mine),"
    " (select coalesce(sum(n), 0) from seg), (select count(distinct (space, dims)) from seg),"
    " coalesce(d.version, -1), d.document_id is not null and d.version is null,"
    " c.chunks - coalesce(d.chunks, 0),"
    " (select coalesce(string_agg(left(body, 2000), ' ' order by ord), '') from mine where ord < "
    "4),"
    " (select coalesce(sum(octet_length(body) + octet_length(heading_path)), 0) from mine),"
    " (select coalesce(sum(n::bigint * dims * 2), 0) from seg), coalesce(c.bytes, -1),"
    " (select count(*) from seg where $6::text is not null"
    " and (stored is distinct from $6 or not complete))"
    " from collections c left join documents d on d.tenant_id = c.tenant_id"
    " and d.bot_id = c.bot_id and d.document_id = $3"
    " where c.tenant_id = $1 and c.bot_id = $2 and not c.deleted"};
static const struct cs_stmt DOCUMENT_SWITCH = {
    "document_switch",
    "insert into documents (tenant_id, bot_id, document_id, version, chunks, name, language)"
    " values ($1, $2, $3, $4, $5, '', $6) on conflict (tenant_id, bot_id, document_id) do update"
    " set version = excluded.version, chunks = excluded.chunks, language = excluded.language"};
static const struct cs_stmt DOCUMENT_DETAILS = {
    "document_details",
    "update documents set details_version = $4, name = $5, tags = $6::text[],"
    " metadata = $7::jsonb, created_at = coalesce(to_timestamp($8::bigint / 1000.0), created_at),"
    " url = $9"
    " where tenant_id = $1 and bot_id = $2 and document_id = $3 and version is not null"
    " and details_version <= $4"};
static const struct cs_stmt COLLECTION_LOCK = {
    "collection_lock", "select version from collections where tenant_id = $1 and bot_id = $2"
                       " and not deleted for update"};
static const struct cs_stmt COLLECTION_RENAMED = {
    "collection_renamed",
    "update collections set version = version + 1 where tenant_id = $1 and bot_id = $2"
    " and not deleted and exists (select from documents where tenant_id = $1 and bot_id = $2"
    " and document_id = $3 and version is not null and details_version <= $4 and name <> $5)"};
static const struct cs_stmt CHUNKS_OLDER = {
    "chunks_older", "delete from chunks where tenant_id = $1 and bot_id = $2 and document_id = $3"
                    " and version < $4"};
static const struct cs_stmt SEGMENTS_OLDER = {
    "segments_older", "delete from segments where tenant_id = $1 and bot_id = $2"
                      " and document_id = $3 and version < $4"};
static const struct cs_stmt COLLECTION_BYTES = {
    "collection_bytes", "update collections set bytes = $3 where tenant_id = $1 and bot_id = $2"};
static const struct cs_stmt COLLECTION_COUNT = {
    "collection_count",
    "update collections set chunks = (select coalesce(sum(chunks), 0) from documents"
    " where tenant_id = $1 and bot_id = $2 and version is not null)"
    " where tenant_id = $1 and bot_id = $2 and not deleted returning version"};

static const struct cs_stmt DOCUMENT_DROP = {
    "document_drop",
    "insert into documents (tenant_id, bot_id, document_id, version, chunks, name)"
    " values ($1, $2, $3, null, 0, '') on conflict (tenant_id, bot_id, document_id)"
    " do update set version = null, chunks = 0, name = '', tags = '{}', metadata = null"};
static const struct cs_stmt CHUNKS_DROP = {
    "chunks_drop", "delete from chunks where tenant_id = $1 and bot_id = $2 and document_id = $3"};
static const struct cs_stmt SEGMENTS_DROP = {
    "segments_drop",
    "delete from segments where tenant_id = $1 and bot_id = $2 and document_id = $3"};

#define NOT_SEARCHED                                                                               \
    " where tenant_id = $1 and bot_id = $2 and document_id = $3 and version <= $4"                 \
    " and version is distinct from (select version from documents"                                 \
    " where tenant_id = $1 and bot_id = $2 and document_id = $3)"

static const struct cs_stmt CHUNKS_LEFT = {"chunks_left", "delete from chunks" NOT_SEARCHED};
static const struct cs_stmt SEGMENTS_LEFT = {"segments_left", "delete from segments" NOT_SEARCHED};

static const struct cs_stmt COLLECTION_DROP = {
    "collection_drop",
    "insert into collections (tenant_id, bot_id, version, deleted) values ($1, $2, 1, true)"
    " on conflict (tenant_id, bot_id) do update set version = collections.version + 1,"
    " chunks = 0, deleted = true"};
static const struct cs_stmt COLLECTION_CHUNKS_DROP = {
    "collection_chunks_drop", "delete from chunks where tenant_id = $1 and bot_id = $2"};
static const struct cs_stmt COLLECTION_SEGMENTS_DROP = {
    "collection_segments_drop", "delete from segments where tenant_id = $1 and bot_id = $2"};
static const struct cs_stmt COLLECTION_EVALUATIONS_DROP = {
    "collection_evaluations_drop", "delete from evaluations where tenant_id = $1 and bot_id = $2"};
static const struct cs_stmt COLLECTION_DOCUMENTS_DROP = {
    "collection_documents_drop", "delete from documents where tenant_id = $1 and bot_id = $2"};

int store_open_version(struct cs_call *call, const struct document *d, const char *space,
                       struct store_state *ret)
{
    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &COLLECTION_RAISE, CS_S(call->tenant), CS_S(d->bot));
    PGresult *r = cs_pg_query(call->pg, &VERSION_STATE, CS_S(call->tenant), CS_S(d->bot),
                              CS_S(d->id), CS_I(d->version), CS_S(space), CS_S(vector_store_id()));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0) {
        cs_pg_rollback(call->pg);
        return STORE_NONE;
    }
    *ret = (struct store_state){
        .chunks = cs_pg_i64(r, 0, 0),
        .last_ord = cs_pg_i64(r, 0, 1),
        .vectors = cs_pg_i64(r, 0, 2),
        .spaces = cs_pg_i64(r, 0, 3),
        .live = cs_pg_i64(r, 0, 4),
        .dropped = cs_pg_bool(r, 0, 5),
        .others = cs_pg_i64(r, 0, 6),
        .sample = cs_strdup(call->arena, cs_pg_text(r, 0, 7)),
        .text_bytes = cs_pg_i64(r, 0, 8),
        .vector_bytes = vector_store()->inside ? cs_pg_i64(r, 0, 9) : 0,
        .bytes = cs_pg_i64(r, 0, 10),
        .incomplete = cs_pg_i64(r, 0, 11),
    };
    return 0;
}

/* the new count goes with the commit; a deleted collection has no version any more */
static int end_change(struct cs_call *call, const char *bot, int64_t *ret_version)
{
    PGresult *r = cs_pg_last(call->pg, &COLLECTION_COUNT, CS_S(call->tenant), CS_S(bot));

    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    *ret_version = cs_pg_i64(r, 0, 0);
    return 0;
}

/* Into the open transaction. */
static void details_push(struct cs_call *call, const struct document *d,
                         const DocumentDetails *details)
{
    cs_pg_push(call->pg, &DOCUMENT_DETAILS, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id),
               CS_I(details->version), CS_S(details->name),
               CS_S(cs_pg_array(call->arena, details->tags, details->n_tags)),
               CS_S(details->metadata ? details->metadata->text : NULL),
               details->has_created_at ? CS_I(details->created_at) : CS_NULL, CS_S(details->url));
}

int store_details(struct cs_call *call, const struct document *d, const DocumentDetails *details)
{
    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &COLLECTION_LOCK, CS_S(call->tenant), CS_S(d->bot));
    cs_pg_push(call->pg, &COLLECTION_RENAMED, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id),
               CS_I(details->version), CS_S(details->name));
    details_push(call, d, details);
    return store_commit(call);
}

void store_switch(struct cs_call *call, const struct document *d, int32_t chunks,
                  const char *language, const DocumentDetails *details)
{
    cs_pg_push(call->pg, &DOCUMENT_SWITCH, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id),
               CS_I(d->version), CS_I(chunks), CS_S(language));
    details_push(call, d, details);
    cs_pg_push(call->pg, &CHUNKS_OLDER, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id),
               CS_I(d->version));
    cs_pg_push(call->pg, &SEGMENTS_OLDER, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id),
               CS_I(d->version));
}

int store_switched(struct cs_call *call, const char *bot, int64_t bytes, int64_t *ret_version)
{
    cs_pg_push(call->pg, &COLLECTION_BYTES, CS_S(call->tenant), CS_S(bot), CS_I(bytes));
    return end_change(call, bot, ret_version);
}

int store_drop_leftovers(struct cs_call *call, const struct document *d)
{
    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &CHUNKS_LEFT, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id),
               CS_I(d->version));
    cs_pg_push(call->pg, &SEGMENTS_LEFT, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id),
               CS_I(d->version));
    return store_commit(call);
}

int store_drop_document(struct cs_call *call, const struct document *d, int64_t *ret_version)
{
    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &COLLECTION_RAISE, CS_S(call->tenant), CS_S(d->bot));
    cs_pg_push(call->pg, &DOCUMENT_DROP, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id));
    cs_pg_push(call->pg, &CHUNKS_DROP, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id));
    cs_pg_push(call->pg, &SEGMENTS_DROP, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id));
    return end_change(call, d->bot, ret_version);
}

int store_drop_collection(struct cs_call *call, const char *bot)
{
    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &COLLECTION_DROP, CS_S(call->tenant), CS_S(bot));
    cs_pg_push(call->pg, &COLLECTION_CHUNKS_DROP, CS_S(call->tenant), CS_S(bot));
    cs_pg_push(call->pg, &COLLECTION_SEGMENTS_DROP, CS_S(call->tenant), CS_S(bot));
    cs_pg_push(call->pg, &COLLECTION_EVALUATIONS_DROP, CS_S(call->tenant), CS_S(bot));
    if (!cs_pg_last(call->pg, &COLLECTION_DOCUMENTS_DROP, CS_S(call->tenant), CS_S(bot)))
        return cs_fail_pg(call);
    return 0;
}

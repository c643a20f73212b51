/* Documents and their states in SQL, a section for readers, requests, the runner, erasing and reconciling. */
#include "ingest/store_row.h"

#include "base/id.h"
#include "pg/pg.h"

#include <string.h>

#define WORKING "status in ('uploaded', 'extracting', 'chunking', 'embedding')"
#define MINE "id = $1 and runner = $2 and " WORKING

/* ---- reading ---- */

static const struct cs_stmt DOCUMENT_GET = {
    "document_get", "select " COLUMNS " from documents where id = $1 and bot_id = $2"};

int store_get(struct cs_call *call, const char *bot, const char *id, struct document **ret)
{
    if (!cs_id_valid(bot) || !cs_id_valid(id))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    return row_one(call, cs_pg_last(call->pg, &DOCUMENT_GET, CS_S(id), CS_S(bot)), ret);
}

/* ids grow with time */
#define LISTED                                                                                     \
    " from documents where bot_id = $1 and ($2::text is null or status = $2) and ($5::text is "    \
    "null "                                                                                        \
    "or position(lower($5) in lower(name)) > 0) and ($3::uuid is null or "
static const struct cs_stmt DOCUMENT_LIST = {
    "document_list",
    "select " COLUMNS LISTED "id < $3) order by tenant_id desc, bot_id desc, id desc limit $4"};
static const struct cs_stmt DOCUMENT_LIST_OLDEST = {
    "document_list_oldest",
    "select " COLUMNS LISTED "id > $3) order by tenant_id, bot_id, id limit $4"};
static const struct cs_stmt DOCUMENT_LIST_NAME = {
    "document_list_name",
    "select " COLUMNS LISTED "(lower(name), id) > (select lower(d.name), d.id from documents d "
    "where d.id = $3)) order by lower(name), id limit $4"};

static const struct cs_stmt *list_sorted(const char *sort)
{
    if (sort && strcmp(sort, "name") == 0)
        return &DOCUMENT_LIST_NAME;
    return sort && strcmp(sort, "created_oldest") == 0 ? &DOCUMENT_LIST_OLDEST : &DOCUMENT_LIST;
}

int store_list(struct cs_call *call, const struct document_filter *f, const struct cs_page *page,
               struct document **ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, call->tenant);
    return row_many(call,
                    cs_pg_last(call->pg, list_sorted(f->sort), CS_S(f->bot), CS_S(f->status),
                               CS_S(page->id), CS_I(page->n), CS_S(f->q)),
                    ret, ret_n);
}

static const struct cs_stmt DOCUMENT_COUNTS = {
    "document_counts",
    "select count(*), count(*) filter (where status not in ('ready', 'failed', 'cancelled')), "
    "count(*) filter (where status = 'ready'), count(*) filter (where status = 'failed'), "
    "count(*) filter (where status = 'cancelled') from documents where bot_id = $1"};

int store_document_counts(struct cs_call *call, const char *bot, DocumentCounts *ret)
{
    const PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &DOCUMENT_COUNTS, CS_S(bot));
    if (!r)
        return cs_fail_pg(call);
    DocumentCounts_set_all(ret, cs_pg_i64(r, 0, 0));
    DocumentCounts_set_processing(ret, cs_pg_i64(r, 0, 1));
    DocumentCounts_set_ready(ret, cs_pg_i64(r, 0, 2));
    DocumentCounts_set_failed(ret, cs_pg_i64(r, 0, 3));
    DocumentCounts_set_cancelled(ret, cs_pg_i64(r, 0, 4));
    return 0;
}

static const struct cs_stmt DOCUMENT_COUNT = {
    "document_count", "select coalesce(sum(documents), 0), coalesce(sum(bytes), 0) from held"};

int store_document_count(struct cs_call *call, int64_t *ret_documents, int64_t *ret_bytes)
{
    const PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &DOCUMENT_COUNT);
    if (!r)
        return cs_fail_pg(call);
    *ret_documents = cs_pg_i64(r, 0, 0);
    *ret_bytes = cs_pg_i64(r, 0, 1);
    return 0;
}

/* ---- by request ---- */

static const struct cs_stmt DOCUMENT_UPDATE = {
    "document_update", "update documents set name = $2, tags = $3::text[], metadata = $4::json, "
                       "details_version = details_version + 1 where id = $1 returning " COLUMNS};

int store_update(struct cs_call *call, const struct document *d, struct document **ret)
{
    return row_one(call,
                   cs_pg_query(call->pg, &DOCUMENT_UPDATE, CS_S(d->id), CS_S(d->name),
                               CS_S(cs_pg_array(call->arena, d->tags, d->n_tags)),
                               CS_S(d->metadata)),
                   ret);
}

/* the lease stays: its runner learns of this only with its next step */
static const struct cs_stmt DOCUMENT_CANCEL = {
    "document_cancel",
    "update documents set status = 'cancelled', stage = 'cancelled', runner = null "
    "where id = $1 and bot_id = $2 and " WORKING " and stage <> 'committing' returning " COLUMNS};

int store_cancel(struct cs_call *call, const char *bot, const char *id, struct document **ret)
{
    cs_pg_begin(call->pg, call->tenant);
    return row_one(call, cs_pg_query(call->pg, &DOCUMENT_CANCEL, CS_S(id), CS_S(bot)), ret);
}

static const struct cs_stmt DOCUMENT_RETRY = {
    "document_retry",
    "update documents set status = 'uploaded', stage = 'waiting', attempts = 0, done = 0, "
    "total = 0, error = null, lease_until = null, retry_at = now(), ticket_at = now() "
    "where id = $1 and bot_id = $2 and status in ('failed', 'cancelled') "
    "and uploaded_at is not null returning " COLUMNS};

int store_retry_begun(struct cs_call *call, const char *bot, const char *id, struct document **ret)
{
    return row_one(call, cs_pg_query(call->pg, &DOCUMENT_RETRY, CS_S(id), CS_S(bot)), ret);
}

int store_retry(struct cs_call *call, const char *bot, const char *id, struct document **ret)
{
    cs_pg_begin(call->pg, call->tenant);
    return store_retry_begun(call, bot, id, ret);
}

/* ---- the runner ---- */

static const struct cs_stmt DOCUMENT_CLAIM = {
    "document_claim", "select " COLUMNS " from claim_document($1, $2, $3, $4::uuid[])"};

int store_claim(struct cs_call *call, const char *ticket, bool room, char *const *busy,
                size_t n_busy, struct document **ret)
{
    char runner[CS_ID_SIZE];

    cs_id_new(runner);
    cs_pg_begin(call->pg, NULL);
    return row_one(call,
                   cs_pg_last(call->pg, &DOCUMENT_CLAIM, CS_S(ticket), CS_S(runner), CS_BOOL(room),
                              CS_S(cs_pg_array(call->arena, busy, n_busy))),
                   ret);
}

static const struct cs_stmt DOCUMENT_STEP = {
    "document_step",
    "update documents set status = $3, stage = $4, done = $5, total = $6, "
    "chunks = $7, space = $8, mime = $9, lease_until = now() + interval '60 seconds' "
    "where " MINE " returning id"};

int store_step(struct cs_call *call, const struct document *d)
{
    cs_pg_begin(call->pg, d->tenant);
    return row_done(call, cs_pg_last(call->pg, &DOCUMENT_STEP, CS_S(d->id), CS_S(d->runner),
                                     CS_S(d->status), CS_S(d->stage), CS_I(d->done), CS_I(d->total),
                                     CS_I(d->chunks), CS_S(d->space), CS_S(d->mime)));
}

static const struct cs_stmt DOCUMENT_ABOUT = {
    "document_about", "update documents set properties = $3::json, warnings = $4::text[] "
                      "where " MINE " returning id"};

int store_about(struct cs_call *call, const struct document *d)
{
    cs_pg_begin(call->pg, d->tenant);
    return row_done(call, cs_pg_last(call->pg, &DOCUMENT_ABOUT, CS_S(d->id), CS_S(d->runner),
                                     CS_S(d->properties),
                                     CS_S(cs_pg_array(call->arena, d->warnings, d->n_warnings))));
}

static const struct cs_stmt DOCUMENT_READY = {
    "document_ready",
    "update documents set status = 'ready', stage = 'ready', done = chunks, "
    "total = chunks, error = null, searched_sha256 = sha256, "
    "runner = null, lease_until = null where " MINE " and stage = 'committing' returning " COLUMNS};

int store_ready(struct cs_call *call, const struct document *d, struct document **ret)
{
    cs_pg_begin(call->pg, d->tenant);
    return row_one(call, cs_pg_query(call->pg, &DOCUMENT_READY, CS_S(d->id), CS_S(d->runner)), ret);
}

/* vectors already made, and a commit that may have happened, are not begun anew */
#define RELEASED                                                                                   \
    "update documents set "                                                                        \
    "status = case when status = 'embedding' or stage = 'committing' then status else 'uploaded' " \
    "end, "                                                                                        \
    "stage = case when stage = 'committing' then stage else 'waiting' end, runner = null, "        \
    "lease_until = null, "

static const struct cs_stmt DOCUMENT_RELEASE = {
    "document_release", RELEASED "error = $3, retry_at = now() + $4 * interval '1 millisecond', "
                                 "attempts = case when $5 then 0 else attempts end "
                                 "where " MINE " returning id"};
static const struct cs_stmt DOCUMENT_HAND_BACK = {
    "document_hand_back",
    RELEASED "attempts = attempts - 1, retry_at = now() where " MINE " returning id"};

static const struct cs_stmt DOCUMENT_YIELD = {"document_yield", RELEASED
                                              "attempts = attempts - 1, embed_count = $3, "
                                              "retry_at = now() + $4 * interval '1 millisecond' "
                                              "where " MINE " returning id"};

int store_yield(struct cs_call *call, const struct document *d, int64_t wait_ms)
{
    cs_pg_begin(call->pg, d->tenant);
    return row_done(call, cs_pg_last(call->pg, &DOCUMENT_YIELD, CS_S(d->id), CS_S(d->runner),
                                     CS_I(d->embed_count), CS_I(wait_ms)));
}

/* ---- pauses ---- */

enum { PAUSED_AT_ONCE = 500 };

static const struct cs_stmt TENANT_PAUSE = {
    "tenant_pause", "insert into served (tenant_id, served_at, paused_at) values ($1, now(), now())"
                    " on conflict (tenant_id) do update set paused_at = excluded.paused_at"};
static const struct cs_stmt TENANT_RESUME = {
    "tenant_resume", "update served set paused_at = null where tenant_id = $1"};
static const struct cs_stmt TICKETS_RENEW = {
    "tickets_renew", "update documents set ticket_at = null where tenant_id = $1"
                     " and uploaded_at is not null and " WORKING};
static const struct cs_stmt PAUSED = {"paused", "select tenant_id from paused($1)"};

int store_pause(struct cs_call *call, const struct document *d)
{
    cs_pg_begin(call->pg, d->tenant);
    cs_pg_push(call->pg, &TENANT_PAUSE, CS_S(d->tenant));
    return row_done(call, cs_pg_last(call->pg, &DOCUMENT_HAND_BACK, CS_S(d->id), CS_S(d->runner)));
}

int store_resume(struct cs_call *call)
{
    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &TENANT_RESUME, CS_S(call->tenant));
    return cs_pg_last(call->pg, &TICKETS_RENEW, CS_S(call->tenant)) ? 0 : cs_fail_pg(call);
}

int store_paused(struct cs_call *call, char ***ret_tenants, size_t *ret_n)
{
    cs_pg_begin(call->pg, NULL);
    PGresult *r = cs_pg_last(call->pg, &PAUSED, CS_I(PAUSED_AT_ONCE));

    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret_tenants = CS_NEW(call->arena, char *, *ret_n);
    for (int i = 0; i < PQntuples(r); i++)
        (*ret_tenants)[i] = cs_strdup(call->arena, cs_pg_text(r, i, 0));
    return 0;
}

static const struct cs_stmt NEXT_EMBEDDING = {"next_embedding",
                                              "select " COLUMNS " from next_embedding($1::uuid[])"};

int store_next_embedding(struct cs_call *call, char *const *busy, size_t n_busy,
                         struct document **ret)
{
    cs_pg_begin(call->pg, NULL);
    return row_one(
        call, cs_pg_last(call->pg, &NEXT_EMBEDDING, CS_S(cs_pg_array(call->arena, busy, n_busy))),
        ret);
}

int store_release(struct cs_call *call, const struct document *d, const char *error,
                  int64_t wait_ms)
{
    cs_pg_begin(call->pg, d->tenant);
    return row_done(call, cs_pg_last(call->pg, &DOCUMENT_RELEASE, CS_S(d->id), CS_S(d->runner),
                                     CS_S(error), CS_I(wait_ms), CS_BOOL(d->progressed)));
}

int store_hand_back(struct cs_call *call, const struct document *d)
{
    cs_pg_begin(call->pg, d->tenant);
    return row_done(call, cs_pg_last(call->pg, &DOCUMENT_HAND_BACK, CS_S(d->id), CS_S(d->runner)));
}

#define FAILED                                                                                     \
    "update documents set status = 'failed', stage = 'failed', runner = null, lease_until = "      \
    "null, "
/* a new version that fails says that the one before is still there */
#define FORMER_STAYS                                                                               \
    " || case when searched_sha256 is null then '' else "                                          \
    "' The version before is still searched.' end"

static const struct cs_stmt DOCUMENT_FAIL = {
    "document_fail", FAILED "error = $3" FORMER_STAYS " where " MINE " returning " COLUMNS};

int store_fail(struct cs_call *call, const struct document *d, const char *error,
               struct document **ret)
{
    cs_pg_begin(call->pg, d->tenant);
    return row_one(call,
                   cs_pg_query(call->pg, &DOCUMENT_FAIL, CS_S(d->id), CS_S(d->runner), CS_S(error)),
                   ret);
}

/* ---- erasing ---- */

static const struct cs_stmt DOCUMENTS_ERASE = {"documents_erase",
                                               DOCUMENTS_GONE("($2::uuid is null or id = $2)")};

int store_erase_by(struct cs_call *call, const struct cs_stmt *which, const char *bot,
                   const char *id, char ***ret_ids, size_t *ret_n)
{
    cs_pg_begin(call->pg, call->tenant);
    PGresult *found = cs_pg_query(call->pg, which, CS_S(bot), CS_S(id));
    int r = row_done(call, found);

    if (r)
        return r;
    *ret_n = (size_t)PQntuples(found);
    *ret_ids = CS_NEW(call->arena, char *, *ret_n);
    for (int i = 0; i < PQntuples(found); i++)
        (*ret_ids)[i] = cs_strdup(call->arena, cs_pg_text(found, i, 0));
    return 0;
}

int store_erase(struct cs_call *call, const char *bot, const char *id, char ***ret_ids,
                size_t *ret_n)
{
    return store_erase_by(call, &DOCUMENTS_ERASE, bot, id, ret_ids, ret_n);
}

int store_erase_begun(struct cs_call *call, const char *bot, const char *id)
{
    const PGresult *found = cs_pg_query(call->pg, &DOCUMENTS_ERASE, CS_S(bot), CS_S(id));

    if (!found)
        return cs_fail_pg(call);
    return PQntuples(found) ? 0 : STORE_NONE;
}

/* a note for the whole document stays one */
static const struct cs_stmt LEFTOVERS_NOTE = {
    "leftovers_note",
    "insert into erasures (tenant_id, document_id, bot_id, not_before, version) "
    "select tenant_id, id, bot_id, greatest(now(), lease_until), version from documents "
    "where id = $1 on conflict (tenant_id, document_id) do update set "
    "version = case when erasures.version is null then null else excluded.version end, "
    "ticket_at = now(), not_before = greatest(erasures.not_before, excluded.not_before)"};

void store_note_leftovers(struct cs_call *call, const char *id)
{
    cs_pg_push(call->pg, &LEFTOVERS_NOTE, CS_S(id));
}

static const struct cs_stmt ERASURE_GET = {
    "erasure_get", "select bot_id, coalesce(version, 0) from erasures where document_id = $1"};

int store_erasure(struct cs_call *call, const char *id, struct erasure *ret)
{
    cs_pg_begin(call->pg, call->tenant);
    PGresult *found = cs_pg_last(call->pg, &ERASURE_GET, CS_S(id));
    int r = row_done(call, found);

    if (r == 0)
        *ret = (struct erasure){.id = id,
                                .bot = cs_strdup(call->arena, cs_pg_text(found, 0, 0)),
                                .version = cs_pg_i64(found, 0, 1)};
    return r;
}

static const struct cs_stmt ERASURE_DONE = {
    "erasure_done", "delete from erasures where document_id = $1 and coalesce(version, 0) = $2 "
                    "and not_before <= now() returning document_id"};

int store_erased(struct cs_call *call, const struct erasure *e)
{
    cs_pg_begin(call->pg, call->tenant);
    return row_done(call, cs_pg_last(call->pg, &ERASURE_DONE, CS_S(e->id), CS_I(e->version)));
}

/* ---- reconciling ---- */

enum { DUE_AT_ONCE = 100 };

static const struct cs_stmt DUE = {"due",
                                   "select what, tenant_id, bot_id, id, version from due($1)"};

int store_due(struct cs_call *call, struct due **ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, NULL);
    PGresult *r = cs_pg_last(call->pg, &DUE, CS_I(DUE_AT_ONCE));

    if (!r)
        return cs_fail_pg(call);
    int n = PQntuples(r);
    *ret = CS_NEW(call->arena, struct due, n ? n : 1);
    *ret_n = (size_t)n;
    for (int i = 0; i < n; i++)
        (*ret)[i] = (struct due){
            .what = cs_strdup(call->arena, cs_pg_text(r, i, 0)),
            .tenant = cs_strdup(call->arena, cs_pg_text(r, i, 1)),
            .bot = cs_strdup(call->arena, cs_pg_text(r, i, 2)),
            .id = cs_strdup(call->arena, cs_pg_text(r, i, 3)),
            .version = cs_pg_i64(r, i, 4),
        };
    return 0;
}

static const struct cs_stmt DOCUMENT_FAIL_DEAD = {
    "document_fail_dead", FAILED
    "error = coalesce(error, 'It was tried 5 times and never came to an end.')" FORMER_STAYS " "
    "where id = $1 and " WORKING " and uploaded_at is not null and attempts >= 5 "
    "and (lease_until is null or lease_until < now()) returning " COLUMNS};

int store_fail_dead(struct cs_call *call, const char *id, struct document **ret)
{
    cs_pg_begin(call->pg, call->tenant);
    return row_one(call, cs_pg_query(call->pg, &DOCUMENT_FAIL_DEAD, CS_S(id)), ret);
}

static const struct cs_stmt DOCUMENT_FAIL_STALE = {
    "document_fail_stale",
    FAILED "error = 'its upload was not completed within 24 hours' "
           "where id = $1 and status = 'uploaded' and uploaded_at is null and source_id is null "
           "and created_at < now() - interval '24 hours' returning " COLUMNS};

int store_fail_stale(struct cs_call *call, const char *id, struct document **ret)
{
    cs_pg_begin(call->pg, call->tenant);
    return row_one(call, cs_pg_query(call->pg, &DOCUMENT_FAIL_STALE, CS_S(id)), ret);
}

/* ---- watching ---- */

static const struct cs_stmt WATCHED = {"watched",
                                       "select " COLUMNS " from watched($1::uuid[], $2::uuid[])"};

int store_watched(struct cs_call *call, char *const *tenants, char *const *ids, size_t n,
                  struct document **ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, NULL);
    return row_many(call,
                    cs_pg_last(call->pg, &WATCHED, CS_S(cs_pg_array(call->arena, tenants, n)),
                               CS_S(cs_pg_array(call->arena, ids, n))),
                    ret, ret_n);
}

/* Uploads in SQL: the document that is begun, its parts, and the check of the whole. */
#include "ingest/store_row.h"

#include "base/id.h"
#include "pg/pg.h"

#include <string.h>

static const struct cs_stmt DOCUMENT_INSERT = {
    "document_insert", "insert into documents (tenant_id, id, bot_id, name, mime, bytes, sha256) "
                       "values ($1, $2, $3, $4, $5, $6, lower($7)) returning " COLUMNS};

/* the row was changed by the statement before, so it is ours until the end */
static const struct cs_stmt HELD = {"held", "select documents, bytes from held"};

int store_held(struct cs_call *call, struct quota *quota, int64_t more)
{
    const PGresult *r = cs_pg_query(call->pg, &HELD);
    bool full;

    if (!r)
        return cs_fail_pg(call);
    quota->full_of_bytes = PQntuples(r) > 0 && cs_pg_i64(r, 0, 1) > quota->bytes - more;
    full = PQntuples(r) > 0 && cs_pg_i64(r, 0, 0) > quota->documents;
    if (!full && !quota->full_of_bytes)
        return 0;
    cs_pg_rollback(call->pg);
    return STORE_FULL;
}

/* two uploads of the same at the same moment follow each other */
static const struct cs_stmt SAME_LOCK = {
    "same_lock", "select pg_advisory_xact_lock(hashtextextended(lower($1) || lower($2) || $3, 0))"};
static const struct cs_stmt DOCUMENT_SAME = {
    "document_same",
    "select " COLUMNS " from documents where bot_id = $1 and sha256 = lower($2) and name = $3 "
    "and (uploaded_at is not null or status = 'uploaded') order by id limit 1 for update"};

int store_same(struct cs_call *call, const struct document *d, struct document **ret,
               bool *ret_retried)
{
    cs_pg_begin(call->pg, call->tenant);
    return store_same_begun(call, d, ret, ret_retried);
}

int store_same_begun(struct cs_call *call, const struct document *d, struct document **ret,
                     bool *ret_retried)
{
    PGresult *r;

    *ret_retried = false;
    if (!*d->sha256)
        return STORE_NONE;
    cs_pg_push(call->pg, &SAME_LOCK, CS_S(d->bot), CS_S(d->sha256), CS_S(d->name));
    r = cs_pg_query(call->pg, &DOCUMENT_SAME, CS_S(d->bot), CS_S(d->sha256), CS_S(d->name));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    *ret = row_read_all(call, r);
    *ret_retried =
        strcmp((*ret)->status, "failed") == 0 || strcmp((*ret)->status, "cancelled") == 0;
    return *ret_retried ? store_retry_begun(call, d->bot, (*ret)->id, ret) : 0;
}

int store_insert_begun(struct cs_call *call, const struct document *d, struct document **ret)
{
    return row_one(call,
                   cs_pg_query(call->pg, &DOCUMENT_INSERT, CS_S(call->tenant), CS_S(d->id),
                               CS_S(d->bot), CS_S(d->name), CS_S(d->mime), CS_I(d->bytes),
                               CS_S(d->sha256)),
                   ret);
}

int store_insert(struct cs_call *call, const struct document *d, struct quota *quota,
                 struct document **ret)
{
    int r = store_insert_begun(call, d, ret);

    if (r == 0)
        r = store_held(call, quota, d->bytes);
    return r == 0 ? store_commit(call) : r;
}

/* the lock holds off the end of the upload */
static const struct cs_stmt PART_PUT = {
    "part_put", "with d as (select tenant_id, id from documents where id = $1 "
                "and uploaded_at is null and status = 'uploaded' for share) "
                "insert into parts (tenant_id, document_id, part, data) "
                "select tenant_id, id, $2, $3 from d "
                "on conflict (tenant_id, document_id, part) do update set data = excluded.data "
                "returning part"};

/* the upload that is refused does not stay, so it takes no place among the documents */
static const struct cs_stmt UPLOAD_REMOVE = {
    "upload_remove",
    "delete from documents where id = $1 and uploaded_at is null and status = 'uploaded'"};

int store_put_part(struct cs_call *call, const char *id, int part, const void *data, size_t len,
                   struct quota *quota)
{
    int r;

    cs_pg_begin(call->pg, call->tenant);
    r = row_done(call, cs_pg_query(call->pg, &PART_PUT, CS_S(id), CS_I(part), CS_B(data, len)));
    if (r == 0)
        r = store_held(call, quota, 0);
    if (r == 0)
        return store_commit(call);
    if (r != STORE_FULL)
        return r;
    cs_pg_begin(call->pg, call->tenant);
    return cs_pg_last(call->pg, &UPLOAD_REMOVE, CS_S(id)) ? r : cs_fail_pg(call);
}

static const struct cs_stmt DOCUMENT_LOCK = {
    "document_lock", "select " COLUMNS " from documents where id = $1 for update"};

int store_lock(struct cs_call *call, const char *id, struct document **ret)
{
    cs_pg_begin(call->pg, call->tenant);
    return row_one(call, cs_pg_query(call->pg, &DOCUMENT_LOCK, CS_S(id)), ret);
}

static const struct cs_stmt UPLOAD_SUM = {
    "upload_sum", "select count(*), max(part), sum(octet_length(data)), "
                  "encode(sha256(string_agg(data, ''::bytea order by part)), 'hex') "
                  "from parts where document_id = $1"};

int store_upload(struct cs_call *call, const char *id, struct upload *ret)
{
    PGresult *r = cs_pg_query(call->pg, &UPLOAD_SUM, CS_S(id));

    if (!r)
        return cs_fail_pg(call);
    ret->parts = (int)cs_pg_i64(r, 0, 0);
    ret->last_part = (int)cs_pg_i64(r, 0, 1);
    ret->bytes = cs_pg_i64(r, 0, 2);
    ret->sha256 = cs_strdup(call->arena, cs_pg_text(r, 0, 3));
    return ret->parts ? 0 : STORE_NONE;
}

static const struct cs_stmt DOCUMENT_UPLOADED = {
    "document_uploaded",
    "update documents set stage = 'waiting', bytes = $2, sha256 = $3, uploaded_at = now(), "
    "retry_at = now(), ticket_at = now() "
    "where id = $1 and uploaded_at is null and status = 'uploaded' returning " COLUMNS};

int store_uploaded(struct cs_call *call, const char *id, const struct upload *u,
                   struct document **ret)
{
    return row_one(
        call, cs_pg_query(call->pg, &DOCUMENT_UPLOADED, CS_S(id), CS_I(u->bytes), CS_S(u->sha256)),
        ret);
}

/* The upload of an archive becomes that of one of its files. */
static const struct cs_stmt UPLOAD_TURN = {
    "upload_turn",
    "update documents set name = $2, mime = $3, bytes = $4, sha256 = $5 "
    "where id = $1 and uploaded_at is null and status = 'uploaded' returning " COLUMNS};
static const struct cs_stmt UPLOAD_PARTS_REMOVE = {"upload_parts_remove",
                                                   "delete from parts where document_id = $1"};

int store_upload_turn(struct cs_call *call, const char *id, const struct document *to,
                      struct document **ret)
{
    return row_one(call,
                   cs_pg_query(call->pg, &UPLOAD_TURN, CS_S(id), CS_S(to->name), CS_S(to->mime),
                               CS_I(to->bytes), CS_S(to->sha256)),
                   ret);
}

int store_upload_empty(struct cs_call *call, const char *id)
{
    return cs_pg_query(call->pg, &UPLOAD_PARTS_REMOVE, CS_S(id)) ? 0 : cs_fail_pg(call);
}

int store_upload_remove(struct cs_call *call, const char *id)
{
    return cs_pg_query(call->pg, &UPLOAD_REMOVE, CS_S(id)) ? 0 : cs_fail_pg(call);
}

int store_part_begun(struct cs_call *call, const char *id, int part, const void *data, size_t len)
{
    return row_done(call, cs_pg_query(call->pg, &PART_PUT, CS_S(id), CS_I(part), CS_B(data, len)));
}

static const struct cs_stmt PART_GET = {
    "part_get", "select data, (select count(*) from parts where document_id = $1) "
                "from parts where document_id = $1 and part = $2 "
                "and exists (select from documents where id = $1 and sha256 = $3)"};

int store_part(struct cs_call *call, const struct document *d, int part, struct part *ret)
{
    cs_pg_begin(call->pg, call->tenant);
    PGresult *found = cs_pg_last(call->pg, &PART_GET, CS_S(d->id), CS_I(part), CS_S(d->sha256));
    int r = row_done(call, found);

    if (r)
        return r;
    ret->data = cs_pg_bytes(call->arena, found, 0, 0, &ret->len);
    ret->parts = (int)cs_pg_i64(found, 0, 1);
    return 0;
}

static const struct cs_stmt DOCUMENT_NAMED_LOCK = {
    "document_named_lock",
    "select pg_advisory_xact_lock(hashtextextended(bot_id::text || sha256 || $3, 0)) "
    "from documents where id = $1 and bot_id = $2 and sha256 <> '' and name <> $3"};
static const struct cs_stmt DOCUMENT_OF_BOT_LOCK = {
    "document_of_bot_lock",
    "select " COLUMNS " from documents where id = $1 and bot_id = $2 for update"};
static const struct cs_stmt DOCUMENT_NAMED = {
    "document_named", "select id from documents where bot_id = $1 and sha256 = $2 and name = $3 "
                      "and sha256 <> '' and id <> $4 limit 1"};

int store_lock_to_name(struct cs_call *call, const char *bot, const char *id, const char *name,
                       struct document **ret)
{
    if (!cs_id_valid(bot) || !cs_id_valid(id))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &DOCUMENT_NAMED_LOCK, CS_S(id), CS_S(bot), CS_S(name));
    int r = row_one(call, cs_pg_query(call->pg, &DOCUMENT_OF_BOT_LOCK, CS_S(id), CS_S(bot)), ret);
    if (r || !name || strcmp((*ret)->name, name) == 0)
        return r;
    PGresult *other = cs_pg_query(call->pg, &DOCUMENT_NAMED, CS_S(bot), CS_S((*ret)->sha256),
                                  CS_S(name), CS_S(id));
    if (!other)
        return cs_fail_pg(call);
    if (PQntuples(other) == 0)
        return 0;
    cs_pg_rollback(call->pg);
    return STORE_TAKEN;
}

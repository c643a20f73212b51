/* Uploads in parts in SQL, until they become a document or a new version of one. */
#include "ingest/store_row.h"

#include "base/id.h"
#include "pg/pg.h"

#include <string.h>

#define UPLOAD_COLUMNS "id, bot_id, document_id, name, mime, sha256, bytes, " CS_MS("created_at")

static void resumable_read(struct cs_arena *a, const PGresult *r, struct resumable *u)
{
    *u = (struct resumable){
        .id = cs_strdup(a, cs_pg_text(r, 0, 0)),
        .bot = cs_strdup(a, cs_pg_text(r, 0, 1)),
        .document = cs_strdup(a, cs_pg_text(r, 0, 2)),
        .name = cs_strdup(a, cs_pg_text(r, 0, 3)),
        .mime = cs_strdup(a, cs_pg_text(r, 0, 4)),
        .sha256 = cs_strdup(a, cs_pg_text(r, 0, 5)),
        .bytes = cs_pg_i64(r, 0, 6),
        .created_ms = cs_pg_i64(r, 0, 7),
    };
}

static int resumable_one(struct cs_call *call, const PGresult *found, struct resumable *ret)
{
    int r = row_done(call, found);

    if (r == 0)
        resumable_read(call->arena, found, ret);
    return r;
}

/* ---- the parts come ---- */

static const struct cs_stmt UPLOAD_OF_DOCUMENT_REMOVE = {
    "upload_of_document_remove", "delete from uploads where document_id = $1"};
static const struct cs_stmt UPLOAD_INSERT = {
    "upload_insert",
    "insert into uploads (tenant_id, id, bot_id, document_id, name, mime, bytes, sha256) "
    "values ($1, $2, $3, $4, $5, $6, $7, lower($8)) returning " UPLOAD_COLUMNS};
/* the lock holds off the end of the upload */
static const struct cs_stmt PIECE_PUT = {
    "piece_put", "with u as (select tenant_id, id from uploads where id = $1 and bot_id = $2 "
                 "for share) insert into upload_parts (tenant_id, upload_id, piece, pieces, data) "
                 "select tenant_id, id, $3, $4, $5 from u "
                 "on conflict (tenant_id, upload_id, piece) do update set data = excluded.data, "
                 "pieces = excluded.pieces returning piece"};
static const struct cs_stmt PIECE_REMOVE = {
    "piece_remove", "delete from upload_parts where upload_id = $1 and piece = $2"};

int store_resumable_begin(struct cs_call *call, const struct resumable *u, struct quota *quota,
                          struct resumable *ret)
{
    cs_pg_begin(call->pg, call->tenant);
    if (u->document)
        cs_pg_push(call->pg, &UPLOAD_OF_DOCUMENT_REMOVE, CS_S(u->document));
    int r = resumable_one(call,
                          cs_pg_query(call->pg, &UPLOAD_INSERT, CS_S(call->tenant), CS_S(u->id),
                                      CS_S(u->bot), CS_S(u->document), CS_S(u->name), CS_S(u->mime),
                                      CS_I(u->bytes), CS_S(u->sha256)),
                          ret);
    return r ? r : store_held(call, quota, u->bytes);
}

int store_put_piece(struct cs_call *call, const struct piece_of *p, struct quota *quota)
{
    int number = p->part * 2 + p->piece, r;

    cs_pg_begin(call->pg, call->tenant);
    if (p->pieces == 1)
        cs_pg_push(call->pg, &PIECE_REMOVE, CS_S(p->upload), CS_I(number + 1));
    r = row_done(call,
                 cs_pg_query(call->pg, &PIECE_PUT, CS_S(p->upload), CS_S(p->bot), CS_I(number),
                             CS_I(p->piece ? 0 : p->pieces), CS_B(p->data, p->len)));
    if (r == 0)
        r = store_held(call, quota, 0);
    return r ? r : store_commit(call);
}

static const struct cs_stmt UPLOAD_GET = {
    "upload_get", "select " UPLOAD_COLUMNS " from uploads where id = $1 and bot_id = $2"};
static const struct cs_stmt UPLOAD_PARTS = {
    "upload_parts", "select piece / 2, sum(octet_length(data)), "
                    "encode(sha256(string_agg(data, ''::bytea order by piece)), 'hex') "
                    "from upload_parts where upload_id = $1 group by 1 "
                    "having sum(pieces) = count(*) order by 1"};

int store_resumable(struct cs_call *call, const char *bot, const char *id, struct resumable *ret,
                    struct arrived **ret_parts, size_t *ret_n)
{
    if (!cs_id_valid(bot) || !cs_id_valid(id))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    int r = resumable_one(call, cs_pg_query(call->pg, &UPLOAD_GET, CS_S(id), CS_S(bot)), ret);
    if (r)
        return r;
    PGresult *found = cs_pg_last(call->pg, &UPLOAD_PARTS, CS_S(id));
    if (!found)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(found);
    *ret_parts = CS_NEW(call->arena, struct arrived, *ret_n);
    for (int i = 0; i < PQntuples(found); i++)
        (*ret_parts)[i] = (struct arrived){
            .part = (int)cs_pg_i64(found, i, 0),
            .bytes = (int)cs_pg_i64(found, i, 1),
            .sha256 = cs_strdup(call->arena, cs_pg_text(found, i, 2)),
        };
    return 0;
}

static const struct cs_stmt UPLOAD_DELETE = {
    "upload_delete", "delete from uploads where id = $1 and bot_id = $2 returning id"};

int store_resumable_remove(struct cs_call *call, const char *bot, const char *id)
{
    if (!cs_id_valid(bot) || !cs_id_valid(id))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    return row_done(call, cs_pg_last(call->pg, &UPLOAD_DELETE, CS_S(id), CS_S(bot)));
}

static const struct cs_stmt UPLOADS_OF_BOT_REMOVE = {"uploads_of_bot_remove",
                                                     "delete from uploads where bot_id = $1"};

int store_resumables_remove(struct cs_call *call, const char *bot)
{
    cs_pg_begin(call->pg, call->tenant);
    return cs_pg_last(call->pg, &UPLOADS_OF_BOT_REMOVE, CS_S(bot)) ? 0 : cs_fail_pg(call);
}

static const struct cs_stmt UPLOADS_EXPIRE = {"uploads_expire", "select expire_uploads($1)"};
enum { EXPIRED_AT_ONCE = 20 };

int store_resumables_expire(struct cs_call *call)
{
    cs_pg_begin(call->pg, NULL);
    return cs_pg_last(call->pg, &UPLOADS_EXPIRE, CS_I(EXPIRED_AT_ONCE)) ? 0 : cs_fail_pg(call);
}

/* ---- the end ---- */

static const struct cs_stmt UPLOAD_LOCK = {
    "upload_lock",
    "select " UPLOAD_COLUMNS " from uploads where id = $1 and bot_id = $2 for update"};
/* The last part, the first one that is not whole (null: none), the bytes and the hash of all. */
static const struct cs_stmt UPLOAD_WHOLE = {
    "upload_whole",
    "with p as (select piece / 2 as part, sum(pieces) = count(*) as whole, "
    "string_agg(data, ''::bytea order by piece) as data from upload_parts where upload_id = $1 "
    "group by 1) select max(part), (select min(n) from generate_series(0, (select max(part) from "
    "p)) n "
    "where not exists (select from p where p.part = n and p.whole)), sum(octet_length(data)), "
    "encode(sha256(string_agg(data, ''::bytea order by part)), 'hex') from p"};

int store_resumable_end(struct cs_call *call, const char *bot, const char *id,
                        struct resumable *ret, struct whole *ret_whole)
{
    if (!cs_id_valid(bot) || !cs_id_valid(id))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    int r = resumable_one(call, cs_pg_query(call->pg, &UPLOAD_LOCK, CS_S(id), CS_S(bot)), ret);
    if (r)
        return r;
    PGresult *whole = cs_pg_query(call->pg, &UPLOAD_WHOLE, CS_S(id));
    if (!whole)
        return cs_fail_pg(call);
    *ret_whole = (struct whole){
        .parts = cs_pg_text(whole, 0, 0) ? (int)cs_pg_i64(whole, 0, 0) + 1 : 0,
        .missing = cs_pg_text(whole, 0, 1) ? (int)cs_pg_i64(whole, 0, 1) : -1,
        .bytes = cs_pg_i64(whole, 0, 2),
        .sha256 = cs_strdup(call->arena, cs_pg_text(whole, 0, 3)),
    };
    return 0;
}

static const struct cs_stmt PARTS_REMOVE = {"parts_remove",
                                            "delete from parts where document_id = $1"};
static const struct cs_stmt PARTS_MOVE = {
    "parts_move",
    "with f as materialized (select string_agg(data, ''::bytea order by piece) as data "
    "from upload_parts where upload_id = $2) insert into parts (tenant_id, document_id, part, "
    "data) "
    "select $3, $1, n, substring(f.data from n * 491520 + 1 for 491520) "
    "from f, generate_series(0, (octet_length(f.data) - 1) / 491520) n"};
static const struct cs_stmt UPLOAD_REMOVE = {"resumable_remove",
                                             "delete from uploads where id = $1"};

void store_resumable_move(struct cs_call *call, const struct resumable *u, const char *document)
{
    cs_pg_push(call->pg, &PARTS_REMOVE, CS_S(document));
    cs_pg_push(call->pg, &PARTS_MOVE, CS_S(document), CS_S(u->id), CS_S(call->tenant));
    cs_pg_push(call->pg, &UPLOAD_REMOVE, CS_S(u->id));
}

void store_resumable_drop(struct cs_call *call, const struct resumable *u)
{
    cs_pg_push(call->pg, &UPLOAD_REMOVE, CS_S(u->id));
}

/* the lock of uploads of the same bytes comes before the row's, as for every upload */
static const struct cs_stmt VERSION_SAME_LOCK = {
    "version_same_lock",
    "select pg_advisory_xact_lock(hashtextextended(bot_id::text || $3 || name, 0)) "
    "from documents where id = $1 and bot_id = $2"};
static const struct cs_stmt VERSION_LOCK = {
    "version_lock", "select " COLUMNS " from documents where id = $1 and bot_id = $2 for update"};

int store_lock_version(struct cs_call *call, const struct resumable *u, const struct whole *w,
                       struct document **ret)
{
    cs_pg_push(call->pg, &VERSION_SAME_LOCK, CS_S(u->document), CS_S(u->bot), CS_S(w->sha256));
    return row_one(call, cs_pg_query(call->pg, &VERSION_LOCK, CS_S(u->document), CS_S(u->bot)),
                   ret);
}

/* whoever works on the content before loses its claim */
static const struct cs_stmt CONTENT_REPLACE = {
    "content_replace",
    "update documents set bytes = $3, sha256 = $4, mime = $5, lease_until = null, " CONTENT_ANEW
    " where id = $1 and bot_id = $2 and uploaded_at is not null returning " COLUMNS};

int store_replace(struct cs_call *call, const struct resumable *u, const struct whole *w,
                  struct document **ret)
{
    return row_one(call,
                   cs_pg_query(call->pg, &CONTENT_REPLACE, CS_S(u->document), CS_S(u->bot),
                               CS_I(w->bytes), CS_S(w->sha256), CS_S(u->mime)),
                   ret);
}

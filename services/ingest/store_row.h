#pragma once
/*
 * store_row: a document's row as the files of store.h share it: its columns, and how a result of them is read.
 * What they give lives in the arena of the call.
 */
#include "ingest/store.h"

#include "pg/pg.h"

/* A document whose content is replaced: nothing of the old one is said of the new one. */
#define CONTENT_ANEW                                                                               \
    "status = 'uploaded', stage = 'waiting', attempts = 0, done = 0, total = 0, chunks = 0, "      \
    "space = null, error = null, runner = null, properties = null, warnings = '{}', "              \
    "uploaded_at = now(), retry_at = now(), ticket_at = now()"
/* Erases a hundred documents at most and notes them for the other services. */
#define DOCUMENTS_GONE(which_)                                                                     \
    "with gone as (delete from documents where (tenant_id, id) in "                                \
    "(select tenant_id, id from documents where bot_id = $1 and " which_ " limit 100) "            \
    "returning tenant_id, id, bot_id, lease_until) "                                               \
    "insert into erasures (tenant_id, document_id, bot_id, not_before) "                           \
    "select tenant_id, id, bot_id, greatest(now(), lease_until) from gone "                        \
    "on conflict (tenant_id, document_id) do update set version = null, ticket_at = now(), "       \
    "not_before = greatest(erasures.not_before, excluded.not_before) returning document_id"
#define COLUMNS                                                                                    \
    "tenant_id, id, bot_id, name, mime, sha256, status, stage, error, space, runner, metadata, "   \
    "searched_sha256, properties, url, source_id, "                                                \
    "bytes, version, revision, details_version, " CS_MS("created_at") ", " CS_MS(                  \
        "updated_at") ", "                                                                         \
                      "done, total, chunks, attempts, embed_count, uploaded_at is not null, "      \
                      "tags, warnings"

struct document *row_read_all(struct cs_call *call, const PGresult *r);
/* 0 with a row; STORE_NONE without one, rolled back; negative without a result. */
int row_done(struct cs_call *call, const PGresult *r);
/* The same, and the row. */
int row_one(struct cs_call *call, const PGresult *found, struct document **ret);
int row_many(struct cs_call *call, const PGresult *r, struct document **ret, size_t *ret_n);
/* store_erase() of the documents that a statement of DOCUMENTS_GONE names. */
int store_erase_by(struct cs_call *call, const struct cs_stmt *which, const char *bot,
                   const char *id, char ***ret_ids, size_t *ret_n);

#pragma once
/*
 * store_row: a document's row as the files of store.h share it: its columns, and how a result of them is read.
 * What they give lives in the arena of the call.
 */
#include "ingest/store.h"

#include <libpq-fe.h>

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

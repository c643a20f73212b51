#pragma once
/* store_row: what the files of SQL share; nobody else includes it. */
#include "events/store.h"

#include "pg/pg.h"

#define MS(arg_) "to_timestamp(" arg_ "::bigint / 1000.0)"

/* Columns from `at` on: id, aggregate, event, bot_id, subject, version, happened_ms, payload. */
void row_event(struct cs_arena *a, const PGresult *r, int row, int at, struct kept_event *ret);

#pragma once
/* store_site_row: the columns of sources and pages, for the files of store_site.h. */
#include "pg/pg.h"

#define SITE_COLUMNS                                                                               \
    "tenant_id, id, bot_id, url, root, host, status, error, rules, runner, include, exclude, "     \
    "depth, max_pages, refresh_hours, delay_ms, limited, run, " CS_MS("began_at") ", " CS_MS(      \
        "ended_at") ", " CS_MS("crawl_at") ", " CS_MS("created_at") ", " CS_MS("updated_at")
#define SITE_NOW "date_trunc('milliseconds', now()) "

#define PAGE_COLUMNS                                                                               \
    "id, kind, url, status, error, etag, modified, sha256, title, document_id, depth, hops, "      \
    "attempts, "                                                                                   \
    "http_status, " CS_MS("fetched_at")

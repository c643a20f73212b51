#pragma once
/*
 * crawl: sources and how their pages become documents.
 *
 *   url, robots, sitemap, page   parsers of what comes from outside; pure
 *   site.c       requests about sources
 *   crawl.c      the ticker: claims a source, sends a request for its next page, takes the answers
 *   outcome.c    what an answer means for a page
 *   keep.c       what follows from it, in one transaction
 *   store_*.c    the SQL
 *
 * Requests go through the engine of libs/http and hold no worker; one thread, that of the ticker, does the rest. All
 * state is in the rows: a process that dies is followed by another one when its lease of a minute is over, and fetches at
 * most the pages again whose answers were not stored. A source has one request under way, a host one in a process,
 * and a workspace CRAWLS of them in a process.
 */
#include "base/buf.h"
#include "base/list.h"
#include "http/engine.h"
#include "ingest/fetch/store_site.h"
#include "ingest/ingest.h"

enum {
    CRAWL_BODY_MAX = 8 * 1024 * 1024,
    CRAWL_TIMEOUT_MS = 20 * 1000,
    CRAWL_TRIES = 3,
    CRAWL_HOPS = 5, /* redirects in a row */
    CRAWL_SUSPENDED_MS = 60 * 1000,
    CRAWL_RETRY_AFTER_MAX_MS = 3600 * 1000,
};

/* headers of an answer that a crawl looks at */
enum { GOT_LOCATION, GOT_TYPE, GOT_ETAG, GOT_MODIFIED, GOT_ROBOTS, GOT_ENCODING, GOT_COUNT };

/* A request under way, and its answer. It owns all that it points to. */
struct fetch {
    struct list link;
    struct cs_arena arena;
    struct site *site;
    struct site_page *page;
    struct cs_http_request req;
    const char *headers[6];
    struct cs_buf body;
    int status; /* 0: no answer */
    const char *error;
    char *got[GOT_COUNT];
    int64_t retry_after_ms;
    bool refused, unreachable, limited, too_large;
};

enum outcome_kind {
    OUTCOME_CONTENT,
    OUTCOME_UNCHANGED,
    OUTCOME_MOVED,
    OUTCOME_SKIPPED,
    OUTCOME_FAILED,
    OUTCOME_GONE,
    OUTCOME_AGAIN,
};

struct outcome {
    enum outcome_kind kind;
    const char *reason; /* a sentence; NULL for content and what is unchanged */
    int64_t wait_ms;    /* of OUTCOME_AGAIN */
    const char *target; /* of OUTCOME_MOVED; NULL: no address of a page */
    bool free;          /* of OUTCOME_AGAIN: it costs no try */
};

/* What the answer says. Pure. */
struct outcome outcome_of(struct fetch *f);
/* What can be said of a page without asking for it: OUTCOME_SKIPPED, or OUTCOME_CONTENT: it is asked for. Pure. */
struct outcome outcome_before(struct fetch *f);
/* The media type of an answer of 200, as it is kept of a document; NULL, with the reason: it is not read. */
const char *outcome_type(struct fetch *f, const char **reason);
/* Whether a page found on the way belongs to the source. */
bool outcome_wanted(struct cs_arena *a, const struct site *s, const char *url);

/* Stores what follows. 0, STORE_NONE when the crawl was lost, or negative. */
int keep(struct cs_call *call, struct fetch *f, const struct outcome *o);

void crawl_tick(struct cs_call *call);
bool crawl_under_way(void);
void crawl_touch(void); /* there may be a source to crawl */
void crawl_leave(void);
int crawl_run(struct cs_call *call, const Ticket *ticket); /* the job: a crawl was asked for */

/* Into the open transaction: a ticket for the crawl of a source. */
void site_ticket(struct cs_call *call, const char *bot, const char *id);

/* POST …/documents with a URL: the source, and the document of its first page. */
int site_document(struct cs_call *call, const CreateDocumentRequest *req, Document *rep);
/* A document that waits for its content, or did not get it, is tried again. STORE_NONE: its source is being crawled. */
int site_retry(struct cs_call *call, const struct document *d);

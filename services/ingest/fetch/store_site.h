#pragma once
/*
 * store_site: the SQL of sources and their pages.
 *
 * A source is crawled by one process at a time: the claim is a lease with a runner id, and all that follows from an answer is
 * one transaction that begins with store_site_lock(), which gives STORE_NONE when the claim was lost, the crawl cancelled or
 * the source deleted. Conventions are those of ingest/store.h: functions that write leave the transaction open unless they
 * say otherwise.
 */
#include "ingest/store.h"

/* A row, in the arena of the call. */
struct site {
    const char *tenant, *id, *bot, *url, *root, *host, *status;
    const char *error, *rules, *runner; /* NULL: none */
    char **include, **exclude;
    size_t n_include, n_exclude;
    int depth, max_pages, refresh_hours, delay_ms; /* refresh_hours 0: on request only */
    bool limited;
    int64_t run, began_ms, ended_ms, next_ms, created_ms, updated_ms; /* 0: none */
};

struct site_page {
    const char *id, *kind, *url, *status;
    const char *error, *etag, *modified, *sha256, *title, *document; /* NULL: none */
    int depth, hops, attempts, http_status;
    int64_t fetched_ms;
};

struct site_counts {
    int waiting, stored, unchanged, skipped, failed, gone;
    const char *document; /* of the first page; NULL: none */
};

enum { SITES_OF_BOT = 100 };

/* ---- by request ---- */
/* Begins; until the end of the transaction nobody else makes this source. STORE_NONE: there is none yet. */
int store_site_same(struct cs_call *call, const char *bot, const char *url, struct site **ret);
/* In that transaction: the source with robots.txt and its first page, whose document is d. STORE_FULL: the bot has 100. */
int store_site_insert(struct cs_call *call, const struct site *s, const struct document *d,
                      struct site **ret);
int store_site_get(struct cs_call *call, const char *bot, const char *id,
                   struct site **ret); /* commits */
int store_site_list(struct cs_call *call, const char *bot, const struct cs_page *page,
                    struct site **ret, size_t *ret_n);                                /* commits */
int store_site_counts(struct cs_call *call, const char *id, struct site_counts *ret); /* commits */
int store_site_pages(struct cs_call *call, const char *id, const char *status,
                     const struct cs_page *page, struct site_page **ret,
                     size_t *ret_n); /* commits */
int store_site_lock_row(struct cs_call *call, const char *bot, const char *id,
                        struct site **ret); /* begins */
int store_site_find(struct cs_call *call, const char *id,
                    struct site **ret); /* begins, locks; of the workspace, any bot */
int store_site_update(struct cs_call *call, const struct site *s, struct site **ret);
/* In the open transaction: the next crawl. STORE_NONE: one is under way. */
int store_site_begin(struct cs_call *call, const struct site *s, struct site **ret);
/* In the open transaction. STORE_NONE: none is under way. ret_document: of the first page, which waited for its content. */
int store_site_cancel(struct cs_call *call, const char *id, struct site **ret,
                      struct document **ret_document);
int store_site_delete(struct cs_call *call, const char *id);      /* commits */
int store_site_delete_all(struct cs_call *call, const char *bot); /* of a bot; commits */
/* Up to 100 documents of a source move to the erasures, as with store_erase(). */
int store_site_erase(struct cs_call *call, const char *bot, const char *id, char ***ret_ids,
                     size_t *ret_n);

/* ---- the crawl ---- */
/* Any tenant, but none of the busy ones, and no host that is asked already; commits. */
int store_site_claim(struct cs_call *call, char *const *busy, size_t n_busy, char *const *hosts,
                     size_t n_hosts, struct site **ret);
/* The next page of a claimed source; commits. STORE_NONE: none is due now. */
int store_site_next(struct cs_call *call, const struct site *s, struct site_page **ret);
/* No page is due: the crawl has ended, or goes on when the next one is; commits. */
int store_site_rest(struct cs_call *call, const struct site *s);
/* Gives the source back, for its next page after so long; commits. */
int store_site_release(struct cs_call *call, const struct site *s, int64_t wait_ms);

int store_site_lock(struct cs_call *call, const struct site *s); /* begins */
/* Of the rest, each is a part of that transaction, queued. */
void store_page_set(struct cs_call *call, const struct site *s, const struct site_page *p,
                    int64_t wait_ms);
void store_site_let_go(struct cs_call *call, const struct site *s, int64_t wait_ms);
void store_site_fail(struct cs_call *call, const struct site *s, const char *error);
void store_site_rules(struct cs_call *call, const struct site *s, const char *rules, int delay_ms);
/* The first page leads to another site, which is crawled from now on. */
void store_site_move(struct cs_call *call, const struct site *s, const char *root,
                     const char *host);
/* New addresses, in the order given, as many as max_pages allows; those that are known stay as they are. */
void store_pages_add(struct cs_call *call, const struct site *s, const char *kind, int depth,
                     int hops, char *const *urls, size_t n);
/* The page of this address; STORE_NONE. The transaction stays open in either case. */
int store_page_find(struct cs_call *call, const struct site *s, const char *url,
                    struct site_page **ret);
/* Another page of the source whose document has this content; NULL: none. Negative: failed. */
int store_page_twin(struct cs_call *call, const struct site *s, const struct site_page *p,
                    const char **ret_url);

/* The document of the first page, or of where that leads; NULL: none. */
int store_site_first(struct cs_call *call, const struct site *s, const char **ret_document);
/* In the open transaction: the document that waits for the first page, wherever it is; NULL: none. */
int store_site_waiting(struct cs_call *call, const struct site *s, const char **ret_document);

int store_sites_due(struct cs_call *call, struct site **ret,
                    size_t *ret_n); /* id and tenant alone; any tenant; commits */

/* ---- documents of pages, in the same transaction ---- */
int store_page_document(struct cs_call *call, const struct document *d,
                        struct quota *quota); /* a new one. STORE_FULL */
/* New content, which is processed and then replaces the old one; so does its name, unless that is another one than `title`
 * by now. STORE_NONE: cancelled, or deleted. STORE_FULL. */
int store_page_fill(struct cs_call *call, const struct document *d, const char *title,
                    const char *data, struct quota *quota, struct document **ret);
/* One that failed or was cancelled before it had content waits for it again. STORE_NONE. */
int store_page_document_again(struct cs_call *call, const char *id, struct document **ret);
/* The content did not come: a document that waits for it fails. STORE_NONE: it does not wait. */
int store_page_document_fail(struct cs_call *call, const char *id, const char *error,
                             struct document **ret);

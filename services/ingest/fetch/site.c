/* Requests about sources: create, read, update, delete, crawl, cancel, and the pages of one. */
#include "ingest/fetch/crawl.h"

#include "base/env.h"
#include "base/id.h"
#include "bot/bot.h"
#include "bot/plan.h"
#include "bus/idempotency.h"
#include "ingest/fetch/url.h"
#include "pg/pg.h"

#include <string.h>

enum { DEPTH = 0, PAGES = 100, PATTERN_MAX = 500 };

/* by SourceStatus and by PageStatus */
static const char *const site_statuses[] = {NULL,        "waiting", "crawling",
                                            "completed", "failed",  "cancelled"};
static const char *const page_statuses[] = {NULL,      "waiting", "fetching", "stored", "unchanged",
                                            "skipped", "failed",  "gone",     "removed"};
enum { N_PAGE_STATUSES = sizeof(page_statuses) / sizeof(*page_statuses) };

static int status_number(const char *const *statuses, int n, const char *word)
{
    for (int i = 1; i < n; i++)
        if (strcmp(statuses[i], word) == 0)
            return i;
    return 0;
}

static int site_none(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The source does not exist.");
}

#define TEXT(s_) ((char *)(uintptr_t)(s_))

static void site_show_counts(struct cs_call *call, const struct site_counts *c, WebSource *ret)
{
    int all = c->waiting + c->stored + c->unchanged + c->skipped + c->failed + c->gone;

    ret->document_id = TEXT(c->document);
    ret->pages = PageCounts_new(call->arena);
    PageCounts_set_waiting(ret->pages, c->waiting);
    PageCounts_set_stored(ret->pages, c->stored);
    PageCounts_set_unchanged(ret->pages, c->unchanged);
    PageCounts_set_skipped(ret->pages, c->skipped);
    PageCounts_set_failed(ret->pages, c->failed);
    PageCounts_set_gone(ret->pages, c->gone);
    ret->progress = Progress_new(call->arena);
    Progress_set_done(ret->progress, all - c->waiting);
    Progress_set_total(ret->progress, all);
}

/* Commits what is open. */
static int site_show(struct cs_call *call, const struct site *s, WebSource *ret)
{
    struct site_counts counts;
    int r = store_site_counts(call, s->id, &counts);

    if (r < 0)
        return r;
    site_show_counts(call, &counts, ret);
    ret->id = TEXT(s->id);
    ret->bot_id = TEXT(s->bot);
    ret->url = TEXT(s->url);
    ret->error = TEXT(s->error);
    ret->include = s->include;
    ret->n_include = s->n_include;
    ret->exclude = s->exclude;
    ret->n_exclude = s->n_exclude;
    WebSource_set_depth(ret, s->depth);
    WebSource_set_max_pages(ret, s->max_pages);
    WebSource_set_status(ret, (SourceStatus)status_number(site_statuses, 6, s->status));
    WebSource_set_limited(ret, s->limited);
    WebSource_set_crawl(ret, s->run);
    WebSource_set_created_at(ret, s->created_ms);
    WebSource_set_updated_at(ret, s->updated_ms);
    if (s->refresh_hours)
        WebSource_set_refresh_hours(ret, s->refresh_hours);
    if (s->began_ms)
        WebSource_set_began_at(ret, s->began_ms);
    if (s->ended_ms)
        WebSource_set_ended_at(ret, s->ended_ms);
    if (s->next_ms)
        WebSource_set_next_at(ret, s->next_ms);
    return 0;
}

/* Asked again with the same Idempotency-Key: the source as it is now. */
static int site_now(struct cs_call *call, WebSource *rep)
{
    const WebSource *begun = (const WebSource *)call->begun;
    struct site *s;
    int r = store_site_get(call, begun->bot_id, begun->id, &s);

    if (r)
        return r == STORE_NONE ? site_none(call) : r;
    return site_show(call, s, rep);
}

/* ---- create ---- */

void site_ticket(struct cs_call *call, const char *bot, const char *id)
{
    document_ticket(call, "crawl", bot, id, 0);
}

static int site_check_patterns(struct cs_call *call, const char *field, char *const *patterns,
                               size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!*patterns[i] || strlen(patterns[i]) > PATTERN_MAX)
            return cs_fail_field(call, cs_printf(call->arena, "%s[%zu]", field, i),
                                 "The value must have 1 to %d bytes.", PATTERN_MAX);
    return 0;
}

/* The address in its one form, and that it does not lead to a private address by its text already. */
static int site_check(struct cs_call *call, struct site *s)
{
    const char *reason;
    int port, r;

    if (!(s->url = url_of_user(call->arena, s->url, &reason)))
        return cs_fail_field(call, "url", "%s", reason);
    if ((r = site_check_patterns(call, "include", s->include, s->n_include)) < 0 ||
        (r = site_check_patterns(call, "exclude", s->exclude, s->n_exclude)) < 0)
        return r;
    s->root = url_origin(call->arena, s->url);
    s->host = url_host(call->arena, s->url, &port);
    if (!cs_guard_allows_host(cs_env("EGRESS_ALLOW"), s->host, port))
        return cs_fail(call, CS_UNPROCESSABLE,
                       "The URL leads to %s:%d, which is not a public address. The operator of the "
                       "platform can allow it "
                       "with the setting CHATSPHERE_EGRESS_ALLOW=%s:%d.",
                       s->host, port, s->host, port);
    return 0;
}

/* Ends with the transaction open: the source, and the document that its first page will be. */
static int site_insert(struct cs_call *call, struct site *s, struct document *d, struct site **ret)
{
    struct quota quota;
    char *id = cs_alloc(call->arena, CS_ID_SIZE), *document = cs_alloc(call->arena, CS_ID_SIZE);
    int r;

    cs_id_new(id);
    cs_id_new(document);
    s->id = id;
    *d = (struct document){.tenant = call->tenant,
                           .id = document,
                           .bot = s->bot,
                           .name = s->host,
                           .mime = "text/html",
                           .url = s->url,
                           .source = id};
    if ((r = store_site_insert(call, s, d, ret)) == STORE_FULL) {
        call->retry_after_ms = 60 * 1000;
        return cs_fail(call, CS_LIMITED, "A bot may have at most %d sources. Delete one first.",
                       SITES_OF_BOT);
    }
    if (r || (r = upload_quota(call, &quota)) < 0)
        return r;
    if ((r = store_page_document(call, d, &quota)))
        return upload_quota_fail(call, &quota, r);
    site_ticket(call, s->bot, id);
    return 0;
}

static bool patterns_equal(char *const *a, size_t n_a, char *const *b, size_t n_b)
{
    bool equal = n_a == n_b;

    for (size_t i = 0; equal && i < n_a; i++)
        equal = strcmp(a[i], b[i]) == 0;
    return equal;
}

static bool site_is_set_as(const struct site *a, const struct site *b)
{
    return a->depth == b->depth && a->max_pages == b->max_pages &&
           a->refresh_hours == b->refresh_hours &&
           patterns_equal(a->include, a->n_include, b->include, b->n_include) &&
           patterns_equal(a->exclude, a->n_exclude, b->exclude, b->n_exclude);
}

static int site_fail_taken(struct cs_call *call, const struct site *s)
{
    cs_pg_rollback(call->pg);
    return cs_fail(call, CS_CONFLICT,
                   "The bot has a source with this URL, %s. Change that one, or crawl it again.",
                   s->id);
}

CS_HANDLER(Ingest, create_source, CreateSourceRequest, WebSource)
{
    struct site *now, s = {
                          .bot = req->bot_id,
                          .url = req->url,
                          .include = req->include,
                          .n_include = req->n_include,
                          .exclude = req->exclude,
                          .n_exclude = req->n_exclude,
                          .depth = req->has_depth ? req->depth : DEPTH,
                          .max_pages = req->has_max_pages ? req->max_pages : PAGES,
                          .refresh_hours = req->refresh_hours,
                      };
    struct document d;
    Bot *bot;
    int r;

    if (call->begun)
        return site_now(call, rep);
    if ((r = cs_need_caller(call)) < 0 || (r = site_check(call, &s)) < 0 ||
        (r = cs_bot_get(call, req->bot_id, &bot)) < 0)
        return r;
    if ((r = store_site_same(call, s.bot, s.url, &now)) != STORE_NONE)
        return r ? r : site_fail_taken(call, now);
    if ((r = site_insert(call, &s, &d, &now)) < 0)
        return r;
    rep->id = TEXT(s.id);
    rep->bot_id = TEXT(s.bot);
    cs_idempotency_keep_begun(call, &rep->base);
    if ((r = store_commit(call)) < 0)
        return r;
    crawl_touch();
    return site_show(call, now, rep);
}

/* ---- a document with a URL ---- */

static int site_document_show(struct cs_call *call, const char *bot, const char *id, bool again,
                              Document *rep)
{
    int r;

    upload_keep(call, bot, id, again);
    if ((r = store_commit(call)) < 0)
        return r;
    crawl_touch();
    r = document_now(call, bot, id, rep);
    if (again)
        rep->duplicate_of = rep->id;
    return r;
}

/* In the open transaction, which holds the source: it is crawled again, unless it is being crawled. */
static int site_crawl_again(struct cs_call *call, struct site *s)
{
    int r;

    s->root = url_origin(call->arena, s->url);
    s->host = url_host(call->arena, s->url, &(int){0});
    if ((r = store_site_begin(call, s, &s)) == 0)
        site_ticket(call, s->bot, s->id);
    return r;
}

/* The same address once more is the same document, which is fetched again. */
static int site_document_again(struct cs_call *call, struct site *s, Document *rep)
{
    struct document *d;
    const char *id;
    int r = store_site_first(call, s, &id);

    if (r < 0)
        return r;
    if (!id) { /* its document was deleted on request, and is wanted now */
        cs_pg_rollback(call->pg);
        return cs_fail(call, CS_CONFLICT,
                       "The bot has a source with this URL, %s, whose first page has no document. "
                       "Crawl it again.",
                       s->id);
    }
    r = store_page_document_again(call, id, &d);
    if (r == 0 || r == STORE_NONE)
        r = site_crawl_again(call, s);
    return r == 0 || r == STORE_NONE ? site_document_show(call, s->bot, id, true, rep) : r;
}

int site_document(struct cs_call *call, const CreateDocumentRequest *req, Document *rep)
{
    struct site *now, s = {
                          .bot = req->bot_id,
                          .url = req->url,
                          .include = req->include,
                          .n_include = req->n_include,
                          .exclude = req->exclude,
                          .n_exclude = req->n_exclude,
                          .depth = req->has_depth ? req->depth : DEPTH,
                          .max_pages = req->has_max_pages ? req->max_pages : PAGES,
                          .refresh_hours = req->refresh_hours,
                      };
    struct document d;
    Bot *bot;
    int r;

    if ((r = cs_need_caller(call)) < 0 || (r = site_check(call, &s)) < 0 ||
        (r = cs_bot_get(call, req->bot_id, &bot)) < 0)
        return r;
    if ((r = store_site_same(call, s.bot, s.url, &now)) == 0)
        return site_is_set_as(&s, now) ? site_document_again(call, now, rep)
                                       : site_fail_taken(call, now);
    if (r != STORE_NONE)
        return r;
    if ((r = site_insert(call, &s, &d, &now)) < 0)
        return r;
    return site_document_show(call, s.bot, d.id, false, rep);
}

int site_retry(struct cs_call *call, const struct document *d)
{
    struct document *again;
    struct site *s;
    int r = store_site_lock_row(call, d->bot, d->source, &s);

    if (r || (r = store_page_document_again(call, d->id, &again)) ||
        (r = site_crawl_again(call, s)))
        return r;
    if ((r = store_commit(call)) == 0)
        crawl_touch();
    return r;
}

/* ---- read ---- */

CS_HANDLER(Ingest, get_source, SourceRequest, WebSource)
{
    struct site *s;
    int r = store_site_get(call, req->bot_id, req->source_id, &s);

    if (r)
        return r == STORE_NONE ? site_none(call) : r;
    return site_show(call, s, rep);
}

CS_HANDLER(Ingest, list_sources, ListSourcesRequest, SourceList)
{
    struct cs_page page;
    struct site *s;
    size_t n;
    bool more;
    Bot *bot;
    int r;

    if ((r = cs_page_of(call, req->limit, req->cursor, &page)) < 0 ||
        (r = cs_bot_get(call, req->bot_id, &bot)) < 0 ||
        (r = store_site_list(call, req->bot_id, &page, &s, &n)) < 0)
        return r;
    n = cs_page_shown(&page, n, &more);
    rep->items = CS_NEW(call->arena, WebSource *, n);
    for (size_t i = 0; i < n; i++) {
        rep->items[i] = WebSource_new(call->arena);
        if ((r = site_show(call, &s[i], rep->items[i])) < 0)
            return r;
    }
    rep->n_items = cs_page_fit((ProtobufCMessage *const *)rep->items, n, n);
    if (more || rep->n_items < n)
        rep->next_cursor =
            cs_pg_cursor(call->arena, s[rep->n_items - 1].created_ms, s[rep->n_items - 1].id);
    return 0;
}

static void page_show(const struct site_page *p, Page *ret)
{
    ret->id = TEXT(p->id);
    ret->url = TEXT(p->url);
    ret->error = TEXT(p->error);
    ret->document_id = TEXT(p->document);
    Page_set_status(ret, (PageStatus)status_number(page_statuses, N_PAGE_STATUSES, p->status));
    Page_set_depth(ret, p->depth);
    if (p->http_status)
        Page_set_http_status(ret, p->http_status);
    if (p->fetched_ms)
        Page_set_fetched_at(ret, p->fetched_ms);
}

CS_HANDLER(Ingest, list_pages, ListPagesRequest, PageList)
{
    const char *status = req->has_status ? page_statuses[req->status % N_PAGE_STATUSES] : NULL;
    struct cs_page page;
    struct site_page *p;
    struct site *s;
    size_t n;
    bool more;
    int r;

    if ((r = cs_page_of(call, req->limit, req->cursor, &page)) < 0)
        return r;
    if ((r = store_site_get(call, req->bot_id, req->source_id, &s)))
        return r == STORE_NONE ? site_none(call) : r;
    if ((r = store_site_pages(call, s->id, status, &page, &p, &n)) < 0)
        return r;
    n = cs_page_shown(&page, n, &more);
    rep->items = CS_NEW(call->arena, Page *, n);
    for (size_t i = 0; i < n; i++)
        page_show(&p[i], rep->items[i] = Page_new(call->arena));
    rep->n_items = cs_page_fit((ProtobufCMessage *const *)rep->items, n, n);
    if (more || rep->n_items < n)
        rep->next_cursor =
            cs_pg_cursor(call->arena, cs_id_ms(p[rep->n_items - 1].id), p[rep->n_items - 1].id);
    return 0;
}

/* ---- change ---- */

static bool is_cleared(const UpdateSourceRequest *req, const char *field)
{
    for (size_t i = 0; i < req->n_clear; i++)
        if (strcmp(req->clear[i], field) == 0)
            return true;
    return false;
}

static void site_merge(struct site *s, const UpdateSourceRequest *req)
{
    if (req->has_depth || is_cleared(req, "depth"))
        s->depth = req->has_depth ? req->depth : DEPTH;
    if (req->has_max_pages || is_cleared(req, "max_pages"))
        s->max_pages = req->has_max_pages ? req->max_pages : PAGES;
    if (req->has_refresh_hours || is_cleared(req, "refresh_hours"))
        s->refresh_hours = req->has_refresh_hours ? req->refresh_hours : 0;
    if (req->n_include || is_cleared(req, "include")) {
        s->include = req->include;
        s->n_include = req->n_include;
    }
    if (req->n_exclude || is_cleared(req, "exclude")) {
        s->exclude = req->exclude;
        s->n_exclude = req->n_exclude;
    }
}

CS_HANDLER(Ingest, update_source, UpdateSourceRequest, WebSource)
{
    struct site *s;
    int r;

    if ((r = site_check_patterns(call, "include", req->include, req->n_include)) < 0 ||
        (r = site_check_patterns(call, "exclude", req->exclude, req->n_exclude)) < 0)
        return r;
    if ((r = store_site_lock_row(call, req->bot_id, req->source_id, &s)))
        return r == STORE_NONE ? site_none(call) : r;
    site_merge(s, req);
    if ((r = store_site_update(call, s, &s)) || (r = store_commit(call)) < 0)
        return r;
    return site_show(call, s, rep);
}

CS_HANDLER(Ingest, crawl_source, SourceRequest, WebSource)
{
    struct site *s;
    int r;

    if (call->begun)
        return site_now(call, rep);
    r = store_site_lock_row(call, req->bot_id, req->source_id, &s);

    if (r)
        return r == STORE_NONE ? site_none(call) : r;
    if ((r = site_crawl_again(call, s)) == STORE_NONE)
        return cs_fail(call, CS_CONFLICT, "The source is being crawled.");
    rep->id = TEXT(s->id);
    rep->bot_id = TEXT(s->bot);
    cs_idempotency_keep_begun(call, &rep->base);
    if (r || (r = store_commit(call)) < 0)
        return r;
    crawl_touch();
    return on_get_source(call, req, rep);
}

CS_HANDLER(Ingest, cancel_source, SourceRequest, WebSource)
{
    struct document *d;
    struct site *s;
    int r;

    if (call->begun)
        return site_now(call, rep);
    r = store_site_lock_row(call, req->bot_id, req->source_id, &s);

    if (r)
        return r == STORE_NONE ? site_none(call) : r;
    if ((r = store_site_cancel(call, s->id, &s, &d)) == STORE_NONE)
        return cs_fail(call, CS_CONFLICT, "The source is not being crawled.");
    if (r)
        return r;
    if (d)
        document_event(call, d, "cancelled", NULL, 0);
    rep->id = TEXT(s->id);
    rep->bot_id = TEXT(s->bot);
    cs_idempotency_keep_begun(call, &rep->base);
    return (r = store_commit(call)) < 0 ? r : site_show(call, s, rep);
}

/* No page is stored any more once the crawl is cancelled; a repeat goes on with what is left. */
CS_HANDLER(Ingest, delete_source, SourceRequest, Empty)
{
    struct document *d;
    struct site *s;
    int r = store_site_lock_row(call, req->bot_id, req->source_id, &s);

    (void)rep;
    if (r)
        return r == STORE_NONE ? site_none(call) : r;
    const char *id = s->id, *bot = s->bot;
    r = store_site_cancel(call, id, &s, &d);
    if (r < 0 || (r = store_commit(call)) < 0)
        return r;
    while ((r = erase_of_site(call, bot, id)) == 0)
        ;
    return r == STORE_NONE ? store_site_delete(call, id) : r;
}

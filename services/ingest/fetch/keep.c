/* What follows from an answer: the page's row, its document, further addresses, and the source, in one transaction. */
#include "ingest/fetch/crawl.h"

#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "base/utf8.h"
#include "bot/plan.h"
#include "bus/client.h"
#include "crypto/crypto.h"
#include "ingest/fetch/page.h"
#include "ingest/fetch/robots.h"
#include "ingest/fetch/sitemap.h"
#include "ingest/fetch/url.h"
#include "ingest/name.h"
#include "pg/pg.h"

#include <string.h>
#include <strings.h>

enum { NAME_CHARACTERS = 255, SITEMAP_NESTING = 3 };

/* The answer that is being kept. */
struct keeping {
    struct cs_call *call;
    struct fetch *f;
    struct site *site;
    struct site_page *page;
    const struct outcome *o;
    struct quota quota;
    const char *failed; /* the crawl ends for this reason; NULL: it goes on */
    int64_t wait_ms;    /* until the page is due again */
};

static int64_t keep_delay(const struct keeping *k)
{
    int64_t delay = cs_env_int("CRAWL_DELAY_MS");

    if (delay < k->site->delay_ms)
        delay = k->site->delay_ms;
    if (k->f->status == 0 && !k->f->error) /* nothing was asked for */
        delay = 0;
    return delay < k->f->retry_after_ms ? k->f->retry_after_ms : delay;
}

/* ---- documents ---- */

/* A document that waits for the page's content learns that it does not come. */
static int keep_document_failed(struct keeping *k, const char *reason)
{
    struct document *d;
    int r;

    if (!k->page->document)
        return 0;
    r = store_page_document_fail(k->call, k->page->document, reason, &d);
    if (r == 0)
        document_event(k->call, d, "failed", NULL, 0);
    return r == STORE_NONE ? 0 : r;
}

/* The page is no part of the source any more: its document goes, unless it waits for its first content and so fails. */
static int keep_document_gone(struct keeping *k, const char *reason)
{
    const char *id = k->page->document;
    int r;

    if (!id)
        return 0;
    if (!k->page->sha256)
        return keep_document_failed(k, reason);
    k->page->document = k->page->sha256 = k->page->etag = k->page->modified = NULL;
    store_page_set(k->call, k->site, k->page, 0); /* before: so it was not deleted on request */
    r = erase_begun(k->call, k->site->bot, id);
    return r == STORE_NONE ? 0 : r;
}

/* the last part of the path, without escapes, or the host */
static const char *name_of_url(struct cs_arena *a, const char *url)
{
    const char *path = url_path(url);
    size_t n = strcspn(path, "?"), from = n;
    int port;

    while (from > 0 && path[from - 1] != '/')
        from--;
    char *name = cs_strndup(a, path + from, n - from), *w = name;
    for (const char *p = name; *p; p++) {
        char hex[3] = {p[0] == '%' ? p[1] : '\0', p[0] == '%' && p[1] ? p[2] : '\0'};
        if (hex[0] && hex[1]) {
            *w++ = (char)strtol(hex, NULL, 16);
            p += 2;
        } else {
            *w++ = *p;
        }
    }
    *w = '\0';
    return *name && cs_utf8_check(name, strlen(name)) == strlen(name) ? name
                                                                      : url_host(a, url, &port);
}

/* Of a title, as of a file's name, nothing is kept that leads elsewhere; but its slashes separate no folders. */
static const char *keep_name(struct keeping *k, const char *title)
{
    struct cs_arena *a = k->call->arena;
    char *text = cs_strdup(a, title ? title : name_of_url(a, k->page->url));

    for (char *p = text; *p; p++)
        if (*p == '/' || *p == '\\')
            *p = '-';
        else if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
    const char *name = name_clean(a, text);
    if (!name)
        name = url_host(a, k->page->url, &(int){0});
    return cs_strndup(a, name, cs_utf8_head(name, strlen(name), NAME_CHARACTERS));
}

/* The document gets the content. STORE_FULL: the plan allows no more, and nothing of the transaction stays. */
static int keep_content(struct keeping *k, const char *title, const char *type)
{
    struct cs_call *call = k->call;
    struct site_page *p = k->page;
    struct document *now, d = {
                              .tenant = k->site->tenant,
                              .id = p->document,
                              .bot = k->site->bot,
                              .name = keep_name(k, title),
                              .mime = type,
                              .bytes = (int64_t)k->f->body.len,
                              .sha256 = p->sha256,
                              .url = p->url,
                              .source = k->site->id,
                          };
    int r = 0;

    if (!d.id) {
        d.id = cs_alloc(call->arena, CS_ID_SIZE);
        cs_id_new((char *)(uintptr_t)d.id);
        r = store_page_document(call, &d, &k->quota);
    }
    if (r == 0)
        r = store_page_fill(call, &d, p->title, k->f->body.data, &k->quota, &now);
    if (r == STORE_NONE) {
        p->status = "skipped";
        p->error = "The document of the page was cancelled.";
        p->sha256 = NULL;
        return 0;
    }
    if (r)
        return r;
    p->document = d.id;
    p->title = d.name;
    p->status = "stored";
    document_ticket(call, "document", now->bot, now->id, now->version);
    document_event(call, now, "uploaded", NULL, 0);
    return 0;
}

/* ---- addresses ---- */

/* Those that are part of the source, each once. */
struct found {
    char **urls;
    size_t n;
};

static void found_add(struct keeping *k, struct found *found, const char *base, const char *link)
{
    struct cs_arena *a = k->call->arena;
    char *url = url_resolve(a, base, link, strlen(link));

    if (!url || !url_has_origin(url, k->site->root) || url_is_asset(url) ||
        !outcome_wanted(a, k->site, url) ||
        (k->site->rules && !robots_allow(k->site->rules, url_path(url))))
        return;
    for (size_t i = 0; i < found->n; i++)
        if (strcmp(found->urls[i], url) == 0)
            return;
    found->urls[found->n++] = url;
}

static void keep_links(struct keeping *k, const struct page_links *links)
{
    const char *base = k->page->url, *given = links->base;
    struct found found = {.urls = CS_NEW(k->call->arena, char *, links->n + 1)};

    if (k->page->depth >= k->site->depth || (links->robots & ROBOTS_NOFOLLOW))
        return;
    if (given && (given = url_resolve(k->call->arena, base, given, strlen(given))))
        base = given;
    for (size_t i = 0; i < links->n; i++)
        found_add(k, &found, base, links->links[i]);
    store_pages_add(k->call, k->site, "page", k->page->depth + 1, 0, found.urls, found.n);
}

/* ---- what a page answers ---- */

/* Without its first page, or where that leads to, a crawl has failed. */
static void keep_ends(struct keeping *k, const char *status, const char *reason)
{
    struct site_page *p = k->page;

    p->status = status;
    p->error = reason;
    if (p->depth == 0 && (p->hops == 0 || (p->document && !p->sha256)))
        k->failed = reason;
}

static int keep_skipped(struct keeping *k, const char *reason)
{
    keep_ends(k, "skipped", reason);
    return keep_document_gone(k, reason);
}

static int keep_gone(struct keeping *k)
{
    keep_ends(k, "gone", k->o->reason);
    return keep_document_gone(k, k->o->reason);
}

static int keep_failed(struct keeping *k, const char *reason)
{
    keep_ends(k, "failed", reason);
    return keep_document_failed(k, reason);
}

/* The charset of the media type, or NULL. */
static const char *keep_charset(struct keeping *k)
{
    const char *type = k->f->got[GOT_TYPE], *at = type ? strcasestr(type, "charset=") : NULL;

    if (!at)
        return NULL;
    at += strlen("charset=");
    at += *at == '"';
    return cs_strndup(k->call->arena, at, strcspn(at, "\"; "));
}

/* New or changed content, and the addresses in it. */
static int keep_changed(struct keeping *k, const char *type)
{
    struct page_links links = {0};
    struct site_page *p = k->page;
    const char *twin = NULL, *words = k->f->got[GOT_ROBOTS];
    char sha[CS_SHA256_HEX];
    int r;

    if (strcmp(type, "text/html") == 0)
        page_scan(k->call->arena, k->f->body.data ? k->f->body.data : "", k->f->body.len,
                  keep_charset(k), &links);
    if (words)
        links.robots |= robots_words(words, strlen(words));
    keep_links(k, &links);
    if (links.robots & ROBOTS_NOINDEX)
        return keep_skipped(k, "The page asks not to be indexed.");
    if (k->f->body.len == 0)
        return keep_skipped(k, "The page is empty.");
    cs_sha256_hex(sha, k->f->body.data, k->f->body.len);
    bool same = p->document && p->sha256 && strcmp(p->sha256, sha) == 0;
    p->sha256 = cs_strdup(k->call->arena, sha);
    p->etag = k->f->got[GOT_ETAG];
    p->modified = k->f->got[GOT_MODIFIED];
    if (same) {
        p->status = "unchanged";
        return 0;
    }
    if (!p->document && (r = store_page_twin(k->call, k->site, p, &twin)) < 0)
        return r;
    if (twin) {
        p->sha256 = NULL;
        return keep_skipped(
            k, cs_printf(k->call->arena, "The page has the same content as %s.", twin));
    }
    return keep_content(k, links.title, type);
}

static int keep_answer(struct keeping *k)
{
    const char *encoding = k->f->got[GOT_ENCODING], *reason = NULL;
    const char *type = outcome_type(k->f, &reason);

    if (!type)
        return keep_skipped(k, reason);
    if (encoding && *encoding && strcasecmp(encoding, "identity") != 0)
        return keep_failed(k, "The server compresses the page although it was not asked to.");
    return keep_changed(k, type);
}

/* Its document goes along where the page now is, unless that has one. */
static int keep_moved_to(struct keeping *k, const char *target)
{
    struct site_page *to, *p = k->page;
    const char *document = p->document;
    int r = store_page_find(k->call, k->site, target, &to);

    if (r == STORE_NONE) {
        store_pages_add(k->call, k->site, "page", p->depth, p->hops + 1,
                        (char *[]){(char *)(uintptr_t)target}, 1);
        r = store_page_find(k->call, k->site, target, &to);
    }
    if (r == STORE_NONE)
        return keep_failed(
            k, "The page redirects to another one, which is beyond the limit of pages.");
    if (r)
        return r;
    if (strcmp(to->status, "skipped") == 0 && to->http_status / 100 == 3)
        return keep_failed(k, "The page redirects in a circle.");
    p->status = "skipped";
    p->error = cs_printf(k->call->arena, "The page redirects to %s.", target);
    if (to->document || strcmp(to->status, "waiting") != 0)
        return document ? keep_document_gone(k, p->error) : 0;
    to->document = document;
    to->sha256 = p->sha256;
    to->title = p->title;
    p->document = p->sha256 = p->etag = p->modified = NULL;
    store_page_set(k->call, k->site, p, 0); /* a document belongs to one page */
    to->http_status = 0;
    store_page_set(k->call, k->site, to, 0);
    return 0;
}

static int keep_moved(struct keeping *k)
{
    const char *target = k->o->target;
    struct cs_arena *a = k->call->arena;
    int port;

    if (!target)
        return keep_failed(k, "The page redirects to an address that is no web page.");
    if (strcmp(target, k->page->url) == 0)
        return keep_failed(k, "The page redirects in a circle.");
    if (k->page->hops >= CRAWL_HOPS)
        return keep_failed(k, "The page redirects more than 5 times in a row.");
    if (!url_has_origin(target, k->site->root)) {
        if (k->page->depth > 0)
            return keep_skipped(k, "The page redirects to another site.");
        const char *host = url_host(a, target, &port);
        if (!cs_guard_allows_host(cs_env("EGRESS_ALLOW"), host, port))
            return keep_failed(k, "The page redirects to an address that is not public.");
        store_site_move(k->call, k->site, url_origin(a, target), host);
    }
    return keep_moved_to(k, target);
}

static int keep_page(struct keeping *k)
{
    switch (k->o->kind) {
    case OUTCOME_CONTENT: return keep_answer(k);
    case OUTCOME_UNCHANGED: k->page->status = "unchanged"; return 0;
    case OUTCOME_MOVED: return keep_moved(k);
    case OUTCOME_SKIPPED: return keep_skipped(k, k->o->reason);
    case OUTCOME_GONE: return keep_gone(k);
    case OUTCOME_FAILED: return keep_failed(k, k->o->reason);
    case OUTCOME_AGAIN: break;
    }
    return 0;
}

/* ---- robots.txt and sitemaps ---- */

/* True: it is asked for where it has moved to. */
static bool keep_aside_moved(struct keeping *k)
{
    if (k->o->kind != OUTCOME_MOVED || !k->o->target || k->page->hops >= CRAWL_HOPS)
        return false;
    k->page->url = k->o->target;
    k->page->hops++;
    k->page->attempts = 0;
    k->page->status = "waiting";
    return true;
}

/* A site without robots.txt allows all; one whose robots.txt cannot be had forbids all (RFC 9309, 2.3.1). */
static int keep_robots(struct keeping *k)
{
    struct cs_arena *a = k->call->arena;
    struct robots robots = {.rules = (char[]){""}};
    int status = k->f->status;

    if (keep_aside_moved(k))
        return 0;
    k->page->status = "stored";
    if (k->o->kind == OUTCOME_FAILED && status / 100 != 4) {
        k->failed = cs_printf(a, "robots.txt of the site cannot be read. %s", k->o->reason);
        return 0;
    }
    if (k->o->kind == OUTCOME_CONTENT)
        robots_parse(a, k->f->body.data ? k->f->body.data : "", k->f->body.len, &robots);
    store_site_rules(k->call, k->site, robots.rules, robots.delay_ms);
    if (k->site->depth == 0)
        return 0;
    struct found found = {.urls = CS_NEW(a, char *, ROBOTS_SITEMAPS + 1)};
    for (size_t i = 0; i < robots.n_sitemaps; i++) {
        char *url = url_resolve(a, k->site->url, robots.sitemaps[i], strlen(robots.sitemaps[i]));
        if (url)
            found.urls[found.n++] = url;
    }
    if (found.n == 0)
        found.urls[found.n++] = cs_printf(a, "%s/sitemap.xml", k->site->root);
    store_pages_add(k->call, k->site, "sitemap", 1, 0, found.urls, found.n);
    return 0;
}

static int keep_sitemap(struct keeping *k)
{
    struct cs_arena *a = k->call->arena;
    struct sitemap map;

    if (keep_aside_moved(k))
        return 0;
    k->page->status = "stored";
    if (k->o->kind != OUTCOME_CONTENT ||
        !sitemap_parse(a, k->f->body.data ? k->f->body.data : "", k->f->body.len,
                       (size_t)k->site->max_pages, &map))
        return 0; /* a site need not have one */
    struct found found = {.urls = CS_NEW(a, char *, map.n + 1)};
    for (size_t i = 0; i < map.n; i++) {
        char *url =
            map.index ? url_resolve(a, k->page->url, map.urls[i], strlen(map.urls[i])) : NULL;
        if (url)
            found.urls[found.n++] = url;
        else if (!map.index)
            found_add(k, &found, k->page->url, map.urls[i]);
    }
    if (!map.index)
        store_pages_add(k->call, k->site, "page", 1, 0, found.urls, found.n);
    else if (k->page->depth < SITEMAP_NESTING)
        store_pages_add(k->call, k->site, "sitemap", k->page->depth + 1, 0, found.urls, found.n);
    return 0;
}

/* ---- the transaction ---- */

static int keep_outcome(struct keeping *k)
{
    if (k->o->kind == OUTCOME_AGAIN) {
        k->page->status = "waiting";
        k->page->error = k->o->reason;
        k->page->attempts -= k->o->free ? 1 : 0;
        k->wait_ms = k->o->wait_ms;
        return 0;
    }
    if (strcmp(k->page->kind, "robots") == 0)
        return keep_robots(k);
    return strcmp(k->page->kind, "sitemap") == 0 ? keep_sitemap(k) : keep_page(k);
}

/* What waits for the first page learns that the crawl is over. */
static int keep_crawl_failed(struct keeping *k)
{
    struct document *d;
    const char *document;
    int r = store_site_waiting(k->call, k->site, &document);

    store_site_fail(k->call, k->site, k->failed);
    cs_log(CS_INFO, "a crawl failed", "source", k->site->id, "reason", k->failed, NULL);
    if (r || !document)
        return r;
    r = store_page_document_fail(k->call, document, k->failed, &d);
    if (r == 0)
        document_event(k->call, d, "failed", NULL, 0);
    return r == STORE_NONE ? 0 : r;
}

static int keep_transaction(struct keeping *k, int (*outcome)(struct keeping *k))
{
    int r = store_site_lock(k->call, k->site);

    if (r)
        return r;
    k->page->http_status = k->f->status;
    k->page->error = NULL;
    if ((r = outcome(k)))
        return r;
    store_page_set(k->call, k->site, k->page, k->wait_ms);
    if (k->failed)
        r = keep_crawl_failed(k);
    else
        store_site_let_go(k->call, k->site, keep_delay(k));
    return r ? r : store_commit(k->call);
}

/* The plan is used up: there is no sense in fetching more. */
static int keep_full(struct keeping *k)
{
    k->page->status = "failed";
    k->page->error = k->failed =
        cs_printf(k->call->arena, "The plan allows no more %s in the workspace.",
                  k->quota.full_of_bytes ? "bytes of documents" : "documents");
    return 0;
}

int keep(struct cs_call *call, struct fetch *f, const struct outcome *o)
{
    struct site_page before = *f->page;
    struct keeping k = {.call = call, .f = f, .site = f->site, .page = f->page, .o = o};
    int r = upload_quota(call, &k.quota);

    if (r < 0) { /* the workspace is suspended, or auth is away: the page is fetched again */
        int64_t wait_ms = call->status == CS_FORBIDDEN ? CRAWL_SUSPENDED_MS : 0;
        cs_ask_clear(call);
        return store_site_release(call, f->site, wait_ms);
    }
    r = keep_transaction(&k, keep_outcome);
    if (r == STORE_FULL) {
        *f->page = before;
        r = keep_transaction(&k, keep_full);
    }
    return r;
}

/* The ticker of crawls: sources are claimed, requests sent, answers taken; all on its own thread but the requests. */
#include "ingest/fetch/crawl.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "bot/plan.h"
#include "bus/client.h"
#include "ingest/fetch/robots.h"
#include "ingest/fetch/url.h"
#include "obs/metrics.h"
#include "pg/pg.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    FETCHES = 32, /* under way in a process */
    ACTIVE_MS = 60 * 1000,
    SCHEDULE_MS = 5000,
    FULL_MS = 1000, /* until the next look when the workspace has too many requests under way */
};

static struct {
    pthread_mutex_t lock;
    struct list live, ended; /* ended: their answers are there */
    bool begun;
    /* the ticker's thread only */
    size_t n;
    int64_t scheduled_ms;
    atomic_llong touched_ms;
    atomic_bool leaving;
} crawls = {.lock = PTHREAD_MUTEX_INITIALIZER};

void crawl_touch(void)
{
    atomic_store(&crawls.touched_ms, cs_mono_ms());
    cs_tickers_wake();
}

bool crawl_under_way(void)
{
    return atomic_load(&crawls.touched_ms) &&
           cs_mono_ms() - atomic_load(&crawls.touched_ms) < ACTIVE_MS;
}

void crawl_leave(void)
{
    atomic_store(&crawls.leaving, true);
}

/* The ticket wakes the ticker of one process; the rows say what there is to do. */
int crawl_run(struct cs_call *call, const Ticket *ticket)
{
    (void)call;
    (void)ticket;
    crawl_touch();
    return 0;
}

/* ---- requests ---- */

static struct fetch *fetch_new(void)
{
    struct fetch *f = calloc(1, sizeof(*f));

    if (!f)
        abort();
    cs_arena_init(&f->arena);
    list_init(&f->link);
    return f;
}

static void fetch_free(struct fetch *f)
{
    for (size_t i = 0; i < GOT_COUNT; i++)
        free(f->got[i]);
    cs_buf_free(&f->body);
    cs_arena_dispose(&f->arena);
    free(f);
}

/* on the engine's thread, as the next */
static size_t fetch_on_data(void *state, const char *data, size_t len)
{
    struct fetch *f = state;

    cs_buf_add(&f->body, data, len);
    return f->body.len;
}

static void fetch_on_done(void *state, const struct cs_http_reply *rep)
{
    struct fetch *f = state;

    f->status = rep->status;
    f->error = cs_strdup(&f->arena, rep->error);
    f->retry_after_ms = rep->retry_after_ms;
    f->refused = rep->refused;
    f->unreachable = rep->unreachable;
    f->limited = rep->limited;
    f->too_large = rep->too_large;
    for (size_t i = 0; i < GOT_COUNT; i++)
        if (rep->headers[i] && !(f->got[i] = strdup(rep->headers[i])))
            abort();
    pthread_mutex_lock(&crawls.lock);
    list_remove(&f->link);
    list_add(&crawls.ended, &f->link);
    pthread_mutex_unlock(&crawls.lock);
}

/* A header value of the server's own, given back to it: what it must not hold is not sent. */
static const char *fetch_header(struct fetch *f, const char *name, const char *value)
{
    return value && strlen(value) < 1000 && !strpbrk(value, "\r\n")
               ? cs_printf(&f->arena, "%s: %s", name, value)
               : NULL;
}

static bool fetch_send(struct fetch *f)
{
    static const char *const wanted[] = {
        "location",     "content-type",     "etag", "last-modified",
        "x-robots-tag", "content-encoding", NULL};
    const struct site_page *p = f->page;
    size_t n = 0;

    f->headers[n++] =
        "Accept: text/html, application/xhtml+xml, application/pdf;q=0.9, text/*;q=0.8, */*;q=0.5";
    if (p->document && p->sha256 && (f->headers[n] = fetch_header(f, "If-None-Match", p->etag)))
        n++;
    if (p->document && p->sha256 &&
        (f->headers[n] = fetch_header(f, "If-Modified-Since", p->modified)))
        n++;
    f->headers[n] = NULL;
    f->req = (struct cs_http_request){
        .method = "GET",
        .url = p->url,
        .headers = f->headers,
        .wanted = wanted,
        .timeout_ms = CRAWL_TIMEOUT_MS,
        .max_body = CRAWL_BODY_MAX,
        .on_data = fetch_on_data,
    };
    pthread_mutex_lock(&crawls.lock);
    list_add(&crawls.live, &f->link);
    pthread_mutex_unlock(&crawls.lock);
    if (cs_http_send(f->site->tenant, &f->req, fetch_on_done, f))
        return true;
    pthread_mutex_lock(&crawls.lock);
    list_remove(&f->link);
    pthread_mutex_unlock(&crawls.lock);
    return false;
}

/* ---- answers ---- */

static void crawl_count(const struct outcome *o)
{
    static const char *const labels[] = {
        "result=\"content\"", "result=\"unchanged\"", "result=\"moved\"", "result=\"skipped\"",
        "result=\"failed\"",  "result=\"gone\"",      "result=\"again\""};

    cs_metric_add(cs_counter("cs_crawl_fetches_total", labels[o->kind],
                             "Pages that crawls have fetched or passed over"),
                  1);
}

/* The call works for the source's workspace and in the request's arena meanwhile. What fails here is logged, and the lease
 * ends by itself. */
static void crawl_keep(struct cs_call *call, struct fetch *f, const struct outcome *o)
{
    struct cs_arena *arena = call->arena;

    call->arena = &f->arena;
    call->tenant = f->site->tenant;
    if (keep(call, f, o) == 0)
        crawl_count(o);
    cs_pg_rollback(call->pg);
    cs_ask_clear(call);
    call->tenant = NULL;
    call->arena = arena;
}

static void crawl_take(struct cs_call *call)
{
    struct list ended;

    list_init(&ended);
    pthread_mutex_lock(&crawls.lock);
    list_move(&ended, &crawls.ended);
    pthread_mutex_unlock(&crawls.lock);
    while (!list_empty(&ended)) {
        struct fetch *f = LIST_OF(ended.next, struct fetch, link);
        struct outcome o = outcome_of(f);
        list_remove(&f->link);
        crawl_keep(call, f, &o);
        crawls.n--;
        fetch_free(f);
    }
}

/* ---- claims ---- */

/* workspaces that have their share of requests under way, and the hosts of all of them */
static void crawl_busy(struct cs_arena *a, char **tenants, size_t *n_tenants, char **hosts,
                       size_t *n_hosts)
{
    int64_t share = cs_env_int("CRAWLS");

    *n_tenants = *n_hosts = 0;
    pthread_mutex_lock(&crawls.lock);
    for (struct list *l = crawls.live.next; l != &crawls.live; l = l->next) {
        const struct fetch *f = LIST_OF(l, struct fetch, link);
        int64_t held = 0;
        for (struct list *m = crawls.live.next; m != &crawls.live; m = m->next)
            held += strcmp(LIST_OF(m, struct fetch, link)->site->tenant, f->site->tenant) == 0;
        if (held >= share)
            tenants[(*n_tenants)++] = cs_strdup(a, f->site->tenant);
        hosts[(*n_hosts)++] = cs_strdup(a, f->site->host);
    }
    pthread_mutex_unlock(&crawls.lock);
}

/* The crawl of a suspended workspace waits. */
static bool crawl_suspended(struct cs_call *call, const char *tenant)
{
    Plan *plan;
    bool suspended = cs_plan_get(call, tenant, &plan) < 0 && call->status == CS_FORBIDDEN;

    cs_ask_clear(call); /* nothing is known while auth is away */
    return suspended;
}

/* A source and its next page, into f. STORE_NONE: there is no source; 0 without a page: none is due of this one. */
static int crawl_claim(struct cs_call *call, struct fetch *f)
{
    char *tenants[FETCHES], *hosts[FETCHES];
    struct cs_arena *arena = call->arena;
    size_t n_tenants, n_hosts;

    call->arena = &f->arena;
    crawl_busy(&f->arena, tenants, &n_tenants, hosts, &n_hosts);
    int r = store_site_claim(call, tenants, n_tenants, hosts, n_hosts, &f->site);
    if (r == 0 && crawl_suspended(call, f->site->tenant))
        r = store_site_release(call, f->site, CRAWL_SUSPENDED_MS);
    else if (r == 0 && (r = store_site_next(call, f->site, &f->page)) == STORE_NONE) {
        f->page = NULL;
        r = store_site_rest(call, f->site);
    }
    call->arena = arena;
    return r;
}

/* False: nothing is left to be begun now. */
static bool crawl_begin(struct cs_call *call)
{
    struct fetch *f = fetch_new();
    int r = crawl_claim(call, f);

    if (r) {
        cs_ask_clear(call);
        fetch_free(f);
        return false;
    }
    atomic_store(&crawls.touched_ms, cs_mono_ms());
    if (!f->page) {
        fetch_free(f);
        return true;
    }
    struct outcome o = outcome_before(f);
    if (o.kind == OUTCOME_CONTENT && fetch_send(f)) {
        crawls.n++;
        return true;
    }
    if (o.kind == OUTCOME_CONTENT)
        o = (struct outcome){.kind = OUTCOME_AGAIN, .wait_ms = FULL_MS, .free = true};
    crawl_keep(call, f, &o);
    fetch_free(f);
    return true;
}

/* ---- the schedule ---- */

static void crawl_schedule(struct cs_call *call)
{
    struct site *due, *s;
    size_t n = 0;

    if (store_sites_due(call, &due, &n) < 0)
        cs_ask_clear(call);
    for (size_t i = 0; i < n; i++) {
        call->tenant = due[i].tenant;
        if (store_site_find(call, due[i].id, &s) == 0) {
            s->root = url_origin(call->arena, s->url);
            s->host = url_host(call->arena, s->url, &(int){0});
            if (store_site_begin(call, s, &s) == 0 && store_commit(call) == 0)
                cs_log(CS_INFO, "a source is crawled by its schedule", "source", s->id, NULL);
        }
        cs_pg_rollback(call->pg);
        cs_ask_clear(call);
        call->tenant = NULL;
    }
}

void crawl_tick(struct cs_call *call)
{
    if (!crawls.begun) {
        list_init(&crawls.live);
        list_init(&crawls.ended);
        crawls.begun = true;
    }
    crawl_take(call);
    if (atomic_load(&crawls.leaving))
        return;
    if (cs_mono_ms() - crawls.scheduled_ms >= SCHEDULE_MS) {
        crawls.scheduled_ms = cs_mono_ms();
        crawl_schedule(call);
    }
    for (int i = 0; i < 2 * FETCHES && crawls.n < FETCHES && crawl_begin(call); i++)
        ;
}

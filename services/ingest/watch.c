/*
 * Watching: a call that waits here holds no worker. One ticker asks for all watched documents with
 * one statement, sends a frame for each that changed, and lets those go on whose document rests.
 */
#include "ingest/ingest.h"

#include "base/clock.h"
#include "base/env.h"
#include "bot/standing.h"
#include "bus/client.h"
#include "bus/share.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WATCHES_MAX = 1024, WATCHES_TENANT = WATCHES_MAX / 8 };

struct watch {
    struct watch *next;
    struct cs_call *call; /* suspended: ours alone while it is in the list */
    const char *tenant, *principal, *bot, *id;
    int64_t revision;    /* of the last frame */
    bool asked;          /* by the tick that is under way, or one before */
    size_t place;        /* in what the latest tick collected */
    const char *refusal; /* why it may not go on; NULL: it may */
    bool stopping;
};

static struct {
    pthread_mutex_t lock;
    struct watch *first;
    size_t n;
    bool closed;
} watches = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct cs_share of_tenants = CS_SHARE_INIT("watches");
static struct cs_share of_principals = CS_SHARE_INIT("principals_watches");

static void watch_frame(struct cs_call *call, const struct document *d)
{
    Frame f = FRAME_INIT;
    ProgressFrame p = PROGRESS_FRAME_INIT;

    p.document_id = (char *)(uintptr_t)d->id;
    p.status = (char *)(uintptr_t)d->status;
    p.error = (char *)(uintptr_t)d->error;
    ProgressFrame_set_done(&p, d->done);
    ProgressFrame_set_total(&p, d->total);
    ProgressFrame_set_chunks(&p, d->chunks);
    f.kind_case = CHATSPHERE__V1__FRAME__KIND_PROGRESS;
    f.progress = &p;
    cs_frame(call, &f);
}

/* on a worker again: the reply is the document as it is now */
static int watch_on_rest(struct cs_call *call, void *state)
{
    struct watch *w = state;
    struct document *d;

    if (w->stopping)
        return cs_fail(call, CS_OVERLOADED, "The service is stopping. Retry the request.");
    if (w->refusal)
        return cs_fail(call, CS_FORBIDDEN, "%s", w->refusal);
    int r = store_get(call, w->bot, w->id, &d);
    if (r)
        return r == STORE_NONE ? document_none(call) : r;
    document_show(call, d, (Document *)call->rep);
    return 0;
}

/* 0, or 429; a workspace may have many principals, so it has a share of its own */
static int watch_take_share(const struct watch *w)
{
    size_t limit = (size_t)cs_env_int("WATCHES");

    if (!cs_share_take(&of_principals, w->principal, limit)) {
        w->call->retry_after_ms = CS_SHARE_RETRY_MS;
        return cs_fail(w->call, CS_LIMITED,
                       "The caller is watching %zu documents, which is its limit.", limit);
    }
    if (!cs_share_take(&of_tenants, w->tenant, WATCHES_TENANT)) {
        cs_share_return(&of_principals, w->principal);
        w->call->retry_after_ms = CS_SHARE_RETRY_MS;
        return cs_fail(w->call, CS_LIMITED,
                       "The workspace is watching %d documents, which is its limit.",
                       WATCHES_TENANT);
    }
    return 0;
}

static void watch_return_share(const struct watch *w)
{
    cs_share_return(&of_principals, w->principal);
    cs_share_return(&of_tenants, w->tenant);
}

/* false: there are too many, or the service is stopping */
static bool watch_add(struct watch *w)
{
    pthread_mutex_lock(&watches.lock);
    bool ok = watches.n < WATCHES_MAX && !watches.closed;
    if (ok) {
        w->next = watches.first;
        watches.first = w;
        watches.n++;
    }
    bool first = ok && watches.n == 1;
    pthread_mutex_unlock(&watches.lock);
    if (first)
        cs_tickers_wake();
    return ok;
}

CS_HANDLER(Ingest, watch_document, DocumentRequest, Document)
{
    struct document *d;
    int r = store_get(call, req->bot_id, req->document_id, &d);

    if (r)
        return r == STORE_NONE ? document_none(call) : r;
    if (document_rests(d)) {
        watch_frame(call, d);
        document_show(call, d, rep);
        return 0;
    }
    struct watch *w = CS_NEW(call->arena, struct watch, 1);
    *w = (struct watch){.call = call,
                        .tenant = d->tenant,
                        .principal = call->principal,
                        .bot = d->bot,
                        .id = d->id,
                        .revision = d->revision};
    if (watch_take_share(w) < 0) /* before a frame: that opens the stream with 200 */
        return -1;
    watch_frame(call, d);
    if (watch_add(w))
        return CS_LATER;
    watch_return_share(w);
    return cs_fail(call, CS_OVERLOADED, "Too many documents are being watched.");
}

/*
 * The watched documents as arrays for the statement, and their watchers; others are added while that
 * runs.
 */
static size_t watches_collect(struct cs_call *call, char ***ret_tenants, char ***ret_ids,
                              struct cs_standing **ret_watchers)
{
    struct cs_arena *a = call->arena;
    size_t i = 0;

    pthread_mutex_lock(&watches.lock);
    *ret_tenants = CS_NEW(a, char *, watches.n + 1);
    *ret_ids = CS_NEW(a, char *, watches.n + 1);
    *ret_watchers = CS_NEW(a, struct cs_standing, watches.n + 1);
    for (struct watch *w = watches.first; w; w = w->next, i++) {
        w->asked = true;
        w->place = i;
        (*ret_tenants)[i] = cs_strdup(a, w->tenant);
        (*ret_ids)[i] = cs_strdup(a, w->id);
        (*ret_watchers)[i] = (struct cs_standing){.tenant = (*ret_tenants)[i],
                                                  .principal = cs_strdup(a, w->principal),
                                                  .session = cs_strdup(a, w->call->session)};
    }
    pthread_mutex_unlock(&watches.lock);
    return i;
}

static int document_by_id(const void *a, const void *b)
{
    return strcmp(((const struct document *)a)->id, ((const struct document *)b)->id);
}

/* false: it has come to its end */
static bool watch_look(struct watch *w, const struct document *d)
{
    if (d && d->revision > w->revision) { /* the rows may be older than a watch of the same one */
        w->revision = d->revision;
        watch_frame(w->call, d);
    }
    return d && !w->refusal && !document_rests(d) && !cs_cancelled(w->call);
}

/* Every CS_STANDING_MS: marks the watches of those who may no longer read. */
static void watches_check(struct cs_call *call, struct cs_standing *watchers, size_t n)
{
    static int64_t checked_ms; /* of one thread, the ticker's */

    if (cs_mono_ms() - checked_ms < CS_STANDING_MS)
        return;
    checked_ms = cs_mono_ms();
    if (cs_standing_check(call, watchers, n) < 0) {
        cs_ask_clear(call);
        return;
    }
    pthread_mutex_lock(&watches.lock);
    for (struct watch *w = watches.first; w; w = w->next)
        if (w->asked && watchers[w->place].refusal)
            w->refusal = cs_strdup(w->call->arena, watchers[w->place].refusal);
    pthread_mutex_unlock(&watches.lock);
}

/* takes those out of the list that have come to their end; d is sorted by id */
static struct watch *watches_sift(const struct document *d, size_t n)
{
    struct watch **link = &watches.first, *ended = NULL;

    pthread_mutex_lock(&watches.lock);
    while (*link) {
        struct watch *w = *link;
        const struct document key = {.id = w->id};
        if (!w->asked || watch_look(w, bsearch(&key, d, n, sizeof(*d), document_by_id))) {
            link = &w->next;
            continue;
        }
        *link = w->next;
        watches.n--;
        w->next = ended;
        ended = w;
    }
    pthread_mutex_unlock(&watches.lock);
    return ended;
}

static void watches_let_go(struct watch *w, bool stopping)
{
    while (w) {
        struct watch *next = w->next; /* w is in the call's memory, which ends when that goes on */
        w->stopping = stopping;
        watch_return_share(w);
        cs_call_resume(w->call, watch_on_rest, w);
        w = next;
    }
}

bool watch_under_way(void)
{
    pthread_mutex_lock(&watches.lock);
    bool any = watches.n > 0;
    pthread_mutex_unlock(&watches.lock);
    return any;
}

void watch_tick(struct cs_call *call)
{
    char **tenants, **ids;
    struct cs_standing *watchers;
    struct document *d;
    size_t n, n_ids = watches_collect(call, &tenants, &ids, &watchers);

    if (n_ids == 0)
        return;
    watches_check(call, watchers, n_ids);
    if (store_watched(call, tenants, ids, n_ids, &d, &n) != 0)
        return;
    qsort(d, n, sizeof(*d), document_by_id);
    watches_let_go(watches_sift(d, n), false);
}

void watch_leave(void)
{
    pthread_mutex_lock(&watches.lock);
    struct watch *all = watches.first;
    watches.first = NULL;
    watches.n = 0;
    watches.closed = true;
    pthread_mutex_unlock(&watches.lock);
    watches_let_go(all, true);
}

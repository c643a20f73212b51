/*
 * Watching: a call that waits here holds no worker. One ticker asks for all watched documents with
 * one statement, sends a frame for each that changed, and lets those go on whose document rests.
 */
#include "ingest/ingest.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WATCHES_MAX = 1024 };

struct watch {
    struct watch *next;
    struct cs_call *call; /* suspended: ours alone while it is in the list */
    const char *tenant, *bot, *id;
    int64_t revision; /* of the last frame */
    bool asked;       /* by the tick that is under way, or one before */
    bool stopping;
};

static struct {
    pthread_mutex_t lock;
    struct watch *first;
    size_t n;
    bool closed;
} watches = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void frame(struct cs_call *call, const struct document *d)
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

/* on a worker again: the answer is the document as it is now */
static int on_rest(struct cs_call *call, void *state)
{
    struct watch *w = state;
    struct document *d;

    if (w->stopping)
        return cs_fail(call, CS_OVERLOADED, "The service is stopping. Retry the request.");
    int r = store_get(call, w->bot, w->id, &d);
    if (r)
        return r == STORE_NONE ? document_none(call) : r;
    document_show(call, d, (Document *)call->rep);
    return 0;
}

/* false: there are too many, or the service is stopping */
static bool add(struct watch *w)
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
    frame(call, d);
    if (document_rests(d)) {
        document_show(call, d, rep);
        return 0;
    }
    struct watch *w = CS_NEW(call->arena, struct watch, 1);
    *w = (struct watch){
        .call = call, .tenant = d->tenant, .bot = d->bot, .id = d->id, .revision = d->revision};
    if (!add(w))
        return cs_fail(call, CS_OVERLOADED, "Too many documents are being watched.");
    return CS_LATER;
}

/* what is watched now, as arrays for the statement; others are added while that is asked */
static size_t collect(struct cs_call *call, char ***ret_tenants, char ***ret_ids)
{
    size_t i = 0;

    pthread_mutex_lock(&watches.lock);
    *ret_tenants = CS_NEW(call->arena, char *, watches.n + 1);
    *ret_ids = CS_NEW(call->arena, char *, watches.n + 1);
    for (struct watch *w = watches.first; w; w = w->next, i++) {
        w->asked = true;
        (*ret_tenants)[i] = cs_strdup(call->arena, w->tenant);
        (*ret_ids)[i] = cs_strdup(call->arena, w->id);
    }
    pthread_mutex_unlock(&watches.lock);
    return i;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct document *)a)->id, ((const struct document *)b)->id);
}

/* false when nobody need look at it any more */
static bool look(struct watch *w, const struct document *d)
{
    if (d && d->revision > w->revision) { /* the rows may be older than a watch of the same one */
        w->revision = d->revision;
        frame(w->call, d);
    }
    return d && !document_rests(d) && !cs_cancelled(w->call);
}

/* takes those out of the list that have come to their end; d is sorted by id */
static struct watch *sift(const struct document *d, size_t n)
{
    struct watch **link = &watches.first, *ended = NULL;

    pthread_mutex_lock(&watches.lock);
    while (*link) {
        struct watch *w = *link;
        const struct document key = {.id = w->id};
        if (!w->asked || look(w, bsearch(&key, d, n, sizeof(*d), by_id))) {
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

static void let_go(struct watch *w, bool stopping)
{
    while (w) {
        struct watch *next = w->next; /* w is the call's memory: gone once that goes on */
        w->stopping = stopping;
        cs_call_resume(w->call, on_rest, w);
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
    struct document *d;
    size_t n, n_ids = collect(call, &tenants, &ids);

    if (n_ids == 0)
        return;
    if (store_watched(call, tenants, ids, n_ids, &d, &n) != 0)
        return;
    qsort(d, n, sizeof(*d), by_id);
    let_go(sift(d, n), false);
}

void watch_leave(void)
{
    pthread_mutex_lock(&watches.lock);
    struct watch *all = watches.first;
    watches.first = NULL;
    watches.n = 0;
    watches.closed = true;
    pthread_mutex_unlock(&watches.lock);
    let_go(all, true);
}

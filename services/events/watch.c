/* Streams of events: waiting calls, and the ticker that serves them. */
#include "events/watch.h"

#include "base/clock.h"
#include "base/env.h"
#include "bot/standing.h"
#include "bus/client.h"
#include "bus/share.h"
#include "events/store.h"

#include <pthread.h>
#include <string.h>

enum {
    ROUND_MOST = 200,   /* events of a workspace in one round */
    END_MS = 10 * 1000, /* a stream ends so long before its call does */
    LOOK_MS = 1000,     /* another process may have kept events */
};

struct watch {
    struct watch *next;
    struct cs_call *call; /* suspended: ours alone while it is in the list */
    struct filter filter;
    int64_t place, sent;
    size_t at;           /* of its workspace in what the latest round collected */
    bool asked;          /* by the round that is under way */
    const char *refusal; /* why it may not go on; NULL: it may */
    bool stopping, over;
};

static struct {
    pthread_mutex_t lock;
    struct watch *first;
    size_t n;
    bool closed, woken;
    int64_t looked_ms;
} watches = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct cs_share of_tenants = CS_SHARE_INIT("event_streams");
static struct cs_share of_principals = CS_SHARE_INIT("principals_event_streams");

/* An event without an id opens the stream. */
static void watch_frame(struct cs_call *call, CloudEvent *event)
{
    Frame f = FRAME_INIT;

    f.kind_case = CHATSPHERE__V1__FRAME__KIND_EVENT;
    f.event = event;
    cs_frame(call, &f);
}

/* on a worker again */
static int watch_on_end(struct cs_call *call, void *state)
{
    const struct watch *w = state;

    if (w->stopping)
        return cs_fail(call, CS_OVERLOADED, "The service is stopping. Retry the request.");
    if (w->refusal)
        return cs_fail(call, CS_FORBIDDEN, "%s", w->refusal);
    EventsWatched_set_sent((EventsWatched *)call->rep, w->sent);
    return 0;
}

static int watch_take_share(struct cs_call *call)
{
    size_t limit = (size_t)cs_env_int("STREAMS");

    call->retry_after_ms = CS_SHARE_RETRY_MS;
    if (!cs_share_take(&of_principals, call->principal, limit))
        return cs_fail(call, CS_LIMITED,
                       "The caller has %zu streams of events open, which is its limit.", limit);
    if (!cs_share_take(&of_tenants, call->tenant, WATCH_TENANT)) {
        cs_share_return(&of_principals, call->principal);
        return cs_fail(call, CS_LIMITED,
                       "The workspace has %d streams of events open, which is its limit.",
                       WATCH_TENANT);
    }
    call->retry_after_ms = 0;
    return 0;
}

static void watch_return_share(const struct watch *w)
{
    cs_share_return(&of_principals, w->call->principal);
    cs_share_return(&of_tenants, w->call->tenant);
}

/* false: there are too many, or the service is stopping */
static bool watch_add(struct watch *w)
{
    pthread_mutex_lock(&watches.lock);
    bool ok = watches.n < WATCH_ALL && !watches.closed;
    if (ok) {
        w->next = watches.first;
        watches.first = w;
        watches.n++;
        watches.woken = true;
    }
    pthread_mutex_unlock(&watches.lock);
    if (ok)
        cs_tickers_wake();
    return ok;
}

CS_HANDLER(Events, watch_events, WatchEventsRequest, EventsWatched)
{
    struct watch *w = CS_NEW(call->arena, struct watch, 1);
    CloudEvent opening = CLOUD_EVENT_INIT;
    int r = cs_need_caller(call);

    (void)rep;
    w->call = call;
    if (r || (r = filter_parse(call, req->types, req->bots, &w->filter)) ||
        (r = store_log_place(call, req->last_event_id, &w->place)))
        return r == STORE_NONE
                   ? cs_fail(call, CS_CONFLICT,
                             "The event of Last-Event-ID is not kept any more. Start without the "
                             "header.")
                   : r;
    if (watch_take_share(call) < 0) /* before a frame: that opens the stream with 200 */
        return -1;
    watch_frame(call, &opening);
    if (watch_add(w))
        return CS_LATER;
    watch_return_share(w);
    return cs_fail(call, CS_OVERLOADED, "Too many streams of events are open.");
}

bool watch_under_way(void)
{
    pthread_mutex_lock(&watches.lock);
    bool any = watches.n > 0;
    pthread_mutex_unlock(&watches.lock);
    return any;
}

void watch_wake(void)
{
    pthread_mutex_lock(&watches.lock);
    watches.woken = true;
    pthread_mutex_unlock(&watches.lock);
}

/* ---- a round ---- */

/* the workspaces that have streams, each with the place of its slowest stream */
struct round {
    char **tenants;
    int64_t *places;
    size_t n;
    struct cs_standing *watchers; /* of each stream */
    size_t n_watchers;
};

static void round_add(struct cs_call *call, struct round *round, struct watch *w)
{
    size_t i = 0;

    while (i < round->n && strcmp(round->tenants[i], w->call->tenant) != 0)
        i++;
    if (i == round->n) {
        round->tenants[round->n] = cs_strdup(call->arena, w->call->tenant);
        round->places[round->n++] = w->place;
    } else if (w->place < round->places[i]) {
        round->places[i] = w->place;
    }
    w->asked = true;
    w->at = round->n_watchers;
    round->watchers[round->n_watchers++] =
        (struct cs_standing){.tenant = round->tenants[i],
                             .principal = cs_strdup(call->arena, w->call->principal),
                             .session = cs_strdup(call->arena, w->call->session)};
}

static void round_collect(struct cs_call *call, struct round *round)
{
    pthread_mutex_lock(&watches.lock);
    *round = (struct round){.tenants = CS_NEW(call->arena, char *, watches.n + 1),
                            .places = CS_NEW(call->arena, int64_t, watches.n + 1),
                            .watchers = CS_NEW(call->arena, struct cs_standing, watches.n + 1)};
    for (struct watch *w = watches.first; w; w = w->next)
        round_add(call, round, w);
    pthread_mutex_unlock(&watches.lock);
}

/* Every CS_STANDING_MS: marks the streams of those who may no longer read. */
static void round_check(struct cs_call *call, const struct round *round)
{
    static int64_t checked_ms; /* of one thread, the ticker's */

    if (cs_mono_ms() - checked_ms < CS_STANDING_MS)
        return;
    checked_ms = cs_mono_ms();
    if (cs_standing_check(call, round->watchers, round->n_watchers) < 0) {
        cs_ask_clear(call);
        return;
    }
    pthread_mutex_lock(&watches.lock);
    for (struct watch *w = watches.first; w; w = w->next)
        if (w->asked && round->watchers[w->at].refusal)
            w->refusal = cs_strdup(w->call->arena, round->watchers[w->at].refusal);
    pthread_mutex_unlock(&watches.lock);
}

/* The events are in the order of their workspaces and places. */
static void watch_send(struct cs_call *call, struct watch *w, const struct kept_event *events,
                       size_t n)
{
    for (size_t i = 0; i < n && !w->refusal; i++) {
        if (events[i].seq <= w->place || strcmp(events[i].tenant, w->call->tenant) != 0)
            continue;
        w->place = events[i].seq;
        if (!filter_wants(&w->filter, &events[i]))
            continue;
        watch_frame(w->call, render_event(call->arena, &events[i]));
        w->sent++;
    }
}

/* Sends what is new, and takes those out of the list that have come to their end. */
static struct watch *round_serve(struct cs_call *call, const struct kept_event *events, size_t n)
{
    struct watch **link = &watches.first, *ended = NULL;
    int64_t now = cs_mono_ms();

    pthread_mutex_lock(&watches.lock);
    while (*link) {
        struct watch *w = *link;
        if (w->asked)
            watch_send(call, w, events, n);
        if (!w->refusal && now < w->call->deadline_ms - END_MS && !cs_cancelled(w->call)) {
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
        cs_call_resume(w->call, watch_on_end, w);
        w = next;
    }
}

/* Whether events may have come; in any case each second. */
static bool round_due(void)
{
    int64_t now = cs_mono_ms();

    pthread_mutex_lock(&watches.lock);
    bool due = watches.woken || now - watches.looked_ms >= LOOK_MS;
    if (due)
        watches.looked_ms = now;
    watches.woken = false;
    pthread_mutex_unlock(&watches.lock);
    return due;
}

void watch_tick(struct cs_call *call)
{
    struct kept_event *events = NULL;
    struct round round;
    size_t n = 0;

    if (!round_due())
        return;
    round_collect(call, &round);
    if (round.n == 0)
        return;
    round_check(call, &round);
    if (store_log_after(call, round.tenants, round.places, round.n, ROUND_MOST, &events, &n) != 0)
        return;
    watches_let_go(round_serve(call, events, n), false);
    if (n >= ROUND_MOST)
        watch_wake();
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

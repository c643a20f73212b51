/*
 * The engine's thread: a loop over libcurl's multi handle, and an inbox for requests of other
 * threads.
 */
#include "http/engine.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "http/guard.h"
#include "http/names.h"
#include "http/share.h"
#include "http/transfer.h"
#include "obs/metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    TICK_MS = 20,
    LOOK_MS = 100,
    IDLE_MS = 60 * 1000,
    EVENTS = 256,
    TURN_US = 20 * 1000,         /* beyond that what is ready or due waits for the next turn */
    STARTS = 64,                 /* requests that start in a turn */
    STARTS_PER_TENANT = 16,      /* so that none waits behind all of another */
    TURN_LONG_US = 1000 * 1000L, /* such a turn is logged */
};

static const char STOPPING[] = "the service is stopping";

static struct {
    pthread_t thread;
    bool running;
    atomic_bool stopping;
    CURLM *multi;
    int epoll, wake;      /* wake: an eventfd */
    int64_t timer_ms;     /* when libcurl wants to be called; negative: never */
    int64_t look_ms;      /* when the live ones are to be looked after */
    pthread_mutex_t lock; /* open, inbox */
    bool open;            /* whether the inbox is emptied */
    struct list inbox;
    /* the engine's thread only */
    struct list live;
    unsigned turn, starts; /* the number of this turn, and the requests started in it */
    int64_t turn_us;       /* when it began */
    int64_t longest_us;    /* of all turns */
    struct cs_metric *longest;
} engine = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void engine_wake(void)
{
    uint64_t one = 1;
    ssize_t n = write(engine.wake, &one, sizeof(one));

    (void)n; /* full: it wakes anyway */
}

static bool turn_is_full(void)
{
    return cs_mono_us() - engine.turn_us >= TURN_US;
}

/* Starts it, unless this turn has started enough; NULL, or the reason why it cannot start. */
static const char *live_start(struct transfer *t)
{
    struct share *s = t->group->share;

    if (s->turn != engine.turn) {
        s->turn = engine.turn;
        s->starts = 0;
    }
    if (engine.starts == STARTS || s->starts == STARTS_PER_TENANT ||
        (engine.starts && turn_is_full()))
        return NULL;
    engine.starts++;
    s->starts++;
    return cs_transfer_start(t);
}

/* NULL, or why it must end */
static const char *live_judge(struct transfer *t, bool stopping, int64_t now)
{
    struct group *g = t->group;

    if (stopping || (g->call && cs_cancelled(g->call)))
        return stopping ? STOPPING : "cancelled";
    if (t->req.on_tick && !t->req.on_tick(g->state))
        return "given up";
    if (!t->easy)
        return now >= t->start_ms ? live_start(t) : NULL;
    return t->req.idle_ms && now - t->heard_ms >= t->req.idle_ms ? "it fell silent" : NULL;
}

/*
 * Starts it if it is due and ends it if nobody wants it any more. It leaves the list before it ends:
 * its memory goes with its group.
 */
static void live_look_at(struct transfer *t, bool stopping, int64_t now)
{
    const char *error = live_judge(t, stopping, now);

    if (error) {
        list_remove(&t->link);
        cs_transfer_fail(t, error);
        return;
    }
    int64_t at = now + (t->req.on_tick ? TICK_MS : LOOK_MS);
    if (!t->easy && t->start_ms < at)
        at = t->start_ms;
    engine.look_ms = at < engine.look_ms ? at : engine.look_ms;
}

static void live_look_after(bool stopping)
{
    int64_t now = cs_mono_ms();

    engine.look_ms = now + IDLE_MS;
    for (struct list *next, *l = engine.live.next; l != &engine.live; l = next) {
        next = l->next;
        live_look_at(LIST_OF(l, struct transfer, link), stopping, now);
    }
}

/* What was submitted joins the live ones, and is looked at. */
static void inbox_take(bool last)
{
    int64_t now = cs_mono_ms();
    struct list taken;

    list_init(&taken);
    pthread_mutex_lock(&engine.lock);
    if (last)
        engine.open = false;
    list_move(&taken, &engine.inbox);
    pthread_mutex_unlock(&engine.lock);
    while (!list_empty(&taken)) {
        struct transfer *t = LIST_OF(taken.next, struct transfer, link);
        list_remove(&t->link);
        list_add(&engine.live, &t->link);
        live_look_at(t, false, now);
    }
}

static void live_reap(void)
{
    CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(engine.multi, &left))) {
        struct transfer *t = NULL;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
        list_remove(&t->link);
        cs_transfer_end(t, code);
    }
}

/* libcurl says which sockets to watch for what */
static int on_watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *of_socket)
{
    struct epoll_event e = {.data.fd = fd};

    (void)easy;
    (void)arg;
    (void)of_socket;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(engine.epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    e.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    if (epoll_ctl(engine.epoll, EPOLL_CTL_MOD, fd, &e) < 0)
        epoll_ctl(engine.epoll, EPOLL_CTL_ADD, fd, &e);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
    (void)multi;
    (void)arg;
    engine.timer_ms = ms < 0 ? -1 : cs_mono_ms() + ms;
    return 0;
}

static void on_ready(const struct epoll_event *e)
{
    int running, what = (e->events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                        (e->events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                        (e->events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    uint64_t count;

    if (e->data.fd != engine.wake)
        curl_multi_socket_action(engine.multi, e->data.fd, what, &running);
    else if (read(engine.wake, &count, sizeof(count)) < 0)
        return; /* somebody else's wake was counted with the last one */
}

/* Everything between two waits. No request may make it long: all others wait for its end. */
static void engine_turn(const struct epoll_event *events, int n)
{
    int64_t took_us;
    int running;

    engine.turn++;
    engine.starts = 0;
    engine.turn_us = cs_mono_us();
    for (int i = 0; i < n && !turn_is_full(); i++)
        on_ready(&events[i]);
    if (engine.timer_ms >= 0 && cs_mono_ms() >= engine.timer_ms) {
        engine.timer_ms = -1;
        curl_multi_socket_action(engine.multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    live_reap();
    inbox_take(false);
    if (cs_mono_ms() >= engine.look_ms)
        live_look_after(false);
    took_us = cs_mono_us() - engine.turn_us;
    if (took_us <= engine.longest_us)
        return;
    engine.longest_us = took_us;
    cs_metric_set(engine.longest, took_us / 1000);
    if (took_us >= TURN_LONG_US)
        cs_log(CS_WARN, "the HTTP engine stood still", "ms", cs_log_int(took_us / 1000), NULL);
}

static void *engine_run(void *arg)
{
    struct epoll_event events[EVENTS];

    (void)arg;
    while (!engine.stopping) {
        int64_t now = cs_mono_ms(), at = engine.look_ms;
        if (engine.timer_ms >= 0 && engine.timer_ms < at)
            at = engine.timer_ms;
        engine_turn(events,
                    epoll_wait(engine.epoll, events, EVENTS, at > now ? (int)(at - now) : 0));
    }
    inbox_take(true);
    live_look_after(true);
    return NULL;
}

static int engine_open(void)
{
    struct epoll_event e = {.events = EPOLLIN};

    engine.epoll = epoll_create1(EPOLL_CLOEXEC);
    engine.wake = e.data.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    engine.timer_ms = -1;
    if (engine.epoll < 0 || engine.wake < 0 ||
        epoll_ctl(engine.epoll, EPOLL_CTL_ADD, engine.wake, &e) < 0 ||
        curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(engine.multi = curl_multi_init()))
        return -1;
    cs_transfer_init(engine.multi, cs_env("EGRESS_ALLOW"));
    curl_multi_setopt(engine.multi, CURLMOPT_SOCKETFUNCTION, on_watch);
    curl_multi_setopt(engine.multi, CURLMOPT_TIMERFUNCTION, on_timer);
    return pthread_create(&engine.thread, NULL, engine_run, NULL) == 0 ? 0 : -1;
}

int cs_http_start(void)
{
    struct rlimit r;

    cs_shares_init((size_t)cs_env_int("EGRESS_PER_TENANT"), (size_t)cs_env_int("EGRESS_MB") << 20);
    engine.longest = cs_gauge("cs_egress_turn_max_ms", NULL,
                              "Longest turn of the HTTP engine since the start, in ms.");
    list_init(&engine.inbox);
    list_init(&engine.live);
    engine.open = true;
    /* a connection is a descriptor, and the usual soft limit is 1024 */
    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max;
        setrlimit(RLIMIT_NOFILE, &r);
    }
    if (engine_open() < 0) {
        cs_log(CS_ERROR, "cannot start the HTTP engine", NULL);
        return -1;
    }
    engine.running = true;
    return 0;
}

void cs_http_stop(void)
{
    if (!engine.running)
        return;
    engine.stopping = true;
    engine_wake();
    pthread_join(engine.thread, NULL);
    curl_multi_cleanup(engine.multi);
    cs_names_clear();
    close(engine.epoll);
    close(engine.wake);
    curl_global_cleanup();
    engine.running = false;
    engine.stopping = false;
}

void cs_engine_submit(struct group *g)
{
    pthread_mutex_lock(&engine.lock);
    bool open = engine.open;
    for (size_t i = 0; open && i < g->n; i++)
        list_add(&engine.inbox, &g->at[i].link);
    pthread_mutex_unlock(&engine.lock);
    if (open) {
        engine_wake();
        return;
    }
    for (size_t i = 0, n = g->n; i < n; i++) /* the last one takes g along */
        cs_transfer_fail(&g->at[i], STOPPING);
}

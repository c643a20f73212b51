/*
 * The engine's thread: a loop over libcurl's multi handle, and an inbox for requests of other
 * threads.
 */
#include "http/engine.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/list.h"
#include "base/log.h"
#include "http/guard.h"
#include "obs/metrics.h"
#include "obs/span.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAX_BODY = 4 << 20,
    TICK_MS = 20,
    LOOK_MS = 100,
    IDLE_MS = 60 * 1000,
    CONNECT_MS = 5000,
    STREAM_BUFFER = 4096, /* pieces of a stream are small, and there may be thousands */
    EVENTS = 256,
};

static const char STOPPING[] = "the service is stopping";

struct group;

/* one request; the group owns it, only the engine's thread touches it while it is under way */
struct transfer {
    struct list link; /* in the inbox, then among the live ones */
    struct group *group;
    struct cs_http_request req;
    int64_t start_ms, deadline_ms; /* monotonic */
    int64_t began_us;
    int64_t heard_ms; /* last byte, or the start */
    CURL *easy;       /* NULL until it starts */
    struct cs_span *span;
    struct curl_slist *headers;
    char *host;
    struct cs_buf body;
    int status;
    int64_t retry_after_ms;
    const char *error;
    bool refused, too_large;
};

/* requests that go on together */
struct group {
    struct cs_call *call;
    cs_http_stage_fn *next;
    void *state;
    size_t n, pending;
    struct transfer at[];
};

static struct {
    pthread_t thread;
    bool running;
    atomic_bool stopping;
    CURLM *multi;
    int epoll, wake;  /* wake: an eventfd */
    int64_t timer_ms; /* when libcurl wants to be called; negative: never */
    int64_t look_ms;  /* when the live ones are to be looked after */
    const char *allow;
    pthread_mutex_t lock; /* open, inbox */
    bool open;            /* whether the inbox is emptied */
    struct list inbox;
    struct list live; /* engine's thread only */
    struct cs_metric *seconds, *refusals;
} engine = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- one transfer, on the engine's thread ---- */

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    size_t len = size * n;
    long status = 0;

    t->heard_ms = cs_mono_ms();
    if (len > t->req.max_body - t->body.len) {
        t->too_large = true;
        return 0;
    }
    if (t->req.on_data)
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status / 100 != 2) {
        cs_buf_add(&t->body, data, len);
        return len;
    }
    t->req.max_body -= len;
    t->req.on_data(t->group->state, data, len);
    return len;
}

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *addr)
{
    struct transfer *t = arg;

    if (purpose != CURLSOCKTYPE_IPCXN || !cs_guard_allows(engine.allow, t->host, &addr->addr)) {
        t->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(addr->family, addr->socktype | SOCK_CLOEXEC, addr->protocol);
}

static char *host_of(const char *url)
{
    CURLU *u = curl_url();
    char *part = NULL, *host = NULL;

    if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_HOST, &part, 0) == CURLUE_OK) {
        host = strdup(part);
        curl_free(part);
    }
    curl_url_cleanup(u);
    return host;
}

static bool set_headers(struct transfer *t)
{
    t->headers = curl_slist_append(NULL, "Expect:"); /* nobody waits for 100 Continue */
    for (const char *const *h = t->req.headers; h && *h; h++) {
        if (strpbrk(*h, "\r\n"))
            return false;
        t->headers = curl_slist_append(t->headers, *h);
    }
    return true;
}

static void set_options(struct transfer *t, int64_t timeout_ms)
{
    CURL *e = t->easy;

    curl_easy_setopt(e, CURLOPT_URL, t->req.url);
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_PROXY, ""); /* the guard must see the address itself */
    curl_easy_setopt(e, CURLOPT_USERAGENT, "ChatSphere");
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    if (t->req.on_data)
        curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long)STREAM_BUFFER);
    if (strcmp(t->req.method, "POST") == 0) {
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->req.body ? t->req.body : "");
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->req.body_len);
    }
}

/* not the address: it may hold what nobody else may see */
static void begin_span(struct transfer *t)
{
    t->span = cs_span_child(CS_SPAN_CLIENT, t->group->call->traceparent);
    cs_span_name(t->span, "%s", t->req.method);
    cs_span_text(t->span, "http.request.method", t->req.method);
    cs_span_text(t->span, "server.address", t->host);
}

static void end_span(struct transfer *t)
{
    if (t->status)
        cs_span_status(t->span, "http.response.status_code", t->status, CS_INVALID);
    else
        cs_span_fail(t->span, t->error);
    cs_span_end(t->span);
    t->span = NULL;
}

/* its group goes on when this was the last; t is gone then */
static int resumed(struct cs_call *call, void *arg);

static void transfer_done(struct transfer *t)
{
    struct group *g = t->group;

    end_span(t);
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    free(t->host);
    t->host = NULL;
    if (--g->pending == 0)
        cs_call_resume(g->call, resumed, g);
}

static void transfer_fail(struct transfer *t, const char *error)
{
    t->status = 0;
    t->error = error;
    if (t->easy)
        curl_multi_remove_handle(engine.multi, t->easy);
    transfer_done(t);
}

/* NULL, or why it could not start */
static const char *transfer_start(struct transfer *t)
{
    int64_t left = t->deadline_ms - cs_mono_ms();

    if (left <= 0)
        return "timed out";
    if (!(t->host = host_of(t->req.url)))
        return "malformed URL";
    if (!set_headers(t))
        return "malformed header";
    t->easy = curl_easy_init();
    if (!t->easy)
        abort();
    t->began_us = cs_mono_us();
    t->heard_ms = t->began_us / 1000;
    begin_span(t);
    set_options(t, left);
    if (curl_multi_add_handle(engine.multi, t->easy) == CURLM_OK)
        return NULL;
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
    return "could not start";
}

static int64_t retry_after(CURL *easy)
{
    struct curl_header *h;
    curl_off_t seconds = 0;

    if (curl_easy_header(easy, "retry-after-ms", 0, CURLH_HEADER, -1, &h) == CURLHE_OK) {
        long long ms = strtoll(h->value, NULL, 10);
        if (ms > 0 && ms < 86400000)
            return ms;
    }
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    return seconds > 86400 ? 86400000 : (int64_t)seconds * 1000;
}

static const char *why_failed(const struct transfer *t, CURLcode code)
{
    if (t->too_large)
        return "the answer is too large";
    if (t->refused)
        return "the address is not allowed";
    return curl_easy_strerror(code);
}

static void transfer_end(struct transfer *t, CURLcode code)
{
    long status = 0;

    cs_metric_observe_us(engine.seconds, cs_mono_us() - t->began_us);
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->retry_after_ms = retry_after(t->easy);
    t->status = code == CURLE_OK ? (int)status : 0;
    t->refused = t->refused && t->status == 0 && code == CURLE_COULDNT_CONNECT;
    if (t->refused)
        cs_metric_add(engine.refusals, 1);
    if (code != CURLE_OK)
        t->error = why_failed(t, code);
    curl_multi_remove_handle(engine.multi, t->easy);
    transfer_done(t);
}

/* ---- the engine's loop ---- */

static void wake(void)
{
    uint64_t one = 1;
    ssize_t n = write(engine.wake, &one, sizeof(one));

    (void)n; /* full: it wakes anyway */
}

/* NULL, or why it must end */
static const char *judge(struct transfer *t, bool stopping, int64_t now)
{
    struct group *g = t->group;

    if (stopping || cs_cancelled(g->call))
        return stopping ? STOPPING : "cancelled";
    if (t->req.on_tick && !t->req.on_tick(g->state))
        return "given up";
    if (!t->easy)
        return now >= t->start_ms ? transfer_start(t) : NULL;
    return t->req.idle_ms && now - t->heard_ms >= t->req.idle_ms ? "it fell silent" : NULL;
}

static int64_t next_look(const struct transfer *t, int64_t now)
{
    int64_t at = now + (t->req.on_tick ? TICK_MS : LOOK_MS);

    return !t->easy && t->start_ms < at ? t->start_ms : at;
}

/*
 * Starts it if it is due and ends it if nobody wants it any more. It leaves the list before it ends:
 * its memory goes with its group.
 */
static void look_at(struct transfer *t, bool stopping, int64_t now)
{
    const char *error = judge(t, stopping, now);

    if (error) {
        list_remove(&t->link);
        transfer_fail(t, error);
        return;
    }
    int64_t at = next_look(t, now);
    engine.look_ms = at < engine.look_ms ? at : engine.look_ms;
}

static void look_after(bool stopping)
{
    int64_t now = cs_mono_ms();

    engine.look_ms = now + IDLE_MS;
    for (struct list *next, *l = engine.live.next; l != &engine.live; l = next) {
        next = l->next;
        look_at(LIST_OF(l, struct transfer, link), stopping, now);
    }
}

/* What was submitted joins the live ones, and is looked at. */
static void take_inbox(bool last)
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
        look_at(t, false, now);
    }
}

static void reap(void)
{
    CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(engine.multi, &left))) {
        struct transfer *t = NULL;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
        list_remove(&t->link);
        transfer_end(t, code);
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

static int next_wait(void)
{
    int64_t now = cs_mono_ms(), at = engine.look_ms;

    if (engine.timer_ms >= 0 && engine.timer_ms < at)
        at = engine.timer_ms;
    return at > now ? (int)(at - now) : 0;
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

static void turn(void)
{
    struct epoll_event events[EVENTS];
    int running, n = epoll_wait(engine.epoll, events, EVENTS, next_wait());

    for (int i = 0; i < n; i++)
        on_ready(&events[i]);
    if (engine.timer_ms >= 0 && cs_mono_ms() >= engine.timer_ms) {
        engine.timer_ms = -1;
        curl_multi_socket_action(engine.multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    reap();
}

static void *engine_run(void *arg)
{
    (void)arg;
    while (!engine.stopping) {
        take_inbox(false);
        if (cs_mono_ms() >= engine.look_ms)
            look_after(false);
        turn();
    }
    take_inbox(true);
    look_after(true);
    return NULL;
}

/* a connection is a descriptor, and the usual soft limit is 1024 */
static void raise_descriptors(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max;
        setrlimit(RLIMIT_NOFILE, &r);
    }
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
    curl_multi_setopt(engine.multi, CURLMOPT_SOCKETFUNCTION, on_watch);
    curl_multi_setopt(engine.multi, CURLMOPT_TIMERFUNCTION, on_timer);
    return pthread_create(&engine.thread, NULL, engine_run, NULL) == 0 ? 0 : -1;
}

int cs_http_start(void)
{
    engine.allow = cs_env("EGRESS_ALLOW");
    if (!cs_guard_list_valid(engine.allow)) {
        cs_log(CS_ERROR, "CHATSPHERE_EGRESS_ALLOW must be host:port, comma separated", NULL);
        return -1;
    }
    engine.seconds = cs_histogram("cs_egress_seconds", NULL, "Outgoing HTTP requests");
    engine.refusals =
        cs_counter("cs_egress_refused_total", NULL, "Requests the SSRF guard refused");
    list_init(&engine.inbox);
    list_init(&engine.live);
    engine.open = true;
    raise_descriptors();
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
    wake();
    pthread_join(engine.thread, NULL);
    curl_multi_cleanup(engine.multi);
    close(engine.epoll);
    close(engine.wake);
    curl_global_cleanup();
    engine.running = false;
    engine.stopping = false;
}

/* ---- callers ---- */

static struct group *group_new(struct cs_call *call, const struct cs_http_request *reqs, size_t n)
{
    struct group *g = calloc(1, sizeof(*g) + n * sizeof(*g->at));
    int64_t now = cs_mono_ms(), left = call->deadline_ms - now;

    if (!g)
        abort();
    g->call = call;
    g->n = g->pending = n;
    for (size_t i = 0; i < n; i++) {
        struct transfer *t = &g->at[i];
        int64_t last = reqs[i].delay_ms + reqs[i].timeout_ms;
        t->group = g;
        t->req = reqs[i];
        t->start_ms = now + reqs[i].delay_ms;
        t->deadline_ms = now + (last < left ? last : left);
        if (!t->req.max_body)
            t->req.max_body = MAX_BODY;
    }
    return g;
}

static void group_submit(struct group *g)
{
    pthread_mutex_lock(&engine.lock);
    bool open = engine.open;
    for (size_t i = 0; open && i < g->n; i++)
        list_add(&engine.inbox, &g->at[i].link);
    pthread_mutex_unlock(&engine.lock);
    if (open) {
        wake();
        return;
    }
    for (size_t i = 0, n = g->n; i < n; i++) /* the last one takes g along */
        transfer_fail(&g->at[i], STOPPING);
}

/* on the call's own thread again: bodies move into its arena */
static struct cs_http_reply *replies(struct cs_call *call, struct group *g)
{
    struct cs_http_reply *reps = CS_NEW(call->arena, struct cs_http_reply, g->n);

    for (size_t i = 0; i < g->n; i++) {
        struct transfer *t = &g->at[i];
        reps[i] = (struct cs_http_reply){
            .status = t->status,
            .error = t->error,
            .body = cs_memdup(call->arena, t->body.data ? t->body.data : "", t->body.len + 1),
            .body_len = t->body.len,
            .retry_after_ms = t->retry_after_ms,
            .refused = t->refused,
        };
        cs_buf_free(&t->body);
    }
    return reps;
}

static int resumed(struct cs_call *call, void *arg)
{
    struct group *g = arg;
    struct cs_http_reply *reps = replies(call, g);
    cs_http_stage_fn *next = g->next;
    void *state = g->state;

    free(g);
    return next(call, state, reps);
}

int cs_http_all_then(struct cs_call *call, const struct cs_http_request *reqs, size_t n,
                     cs_http_stage_fn *next, void *state)
{
    struct group *g = group_new(call, reqs, n);

    g->next = next;
    g->state = state;
    group_submit(g);
    return CS_LATER;
}

int cs_http_then(struct cs_call *call, const struct cs_http_request *req, cs_http_stage_fn *next,
                 void *state)
{
    return cs_http_all_then(call, req, 1, next, state);
}

/* Claims, attempts on the engine, and what comes of them. */
#include "events/send.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/list.h"
#include "base/log.h"
#include "base/utf8.h"
#include "crypto/webhook.h"
#include "events/seal.h"
#include "events/store.h"
#include "events/webhook.h"
#include "http/engine.h"
#include "obs/metrics.h"
#include "pg/pg.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEASE_MS = 2 * SEND_TIMEOUT_MS,
    LIMITED_MS = 1000,
    FAILS_MS = 24 * 3600 * 1000,
    GONE = 410,
    STOPPED = 64, /* webhooks remembered as deleted: a claim of before may not have been sent yet */
    HEADERS = 6,
};

/* one attempt; the engine's while it is live, the ticker's when it is done */
struct sending {
    struct list link;
    struct cs_arena arena;
    const char *tenant, *webhook, *delivery;
    int attempts; /* this one included */
    struct cs_http_request req;
    const char *headers[HEADERS];
    int64_t began_ms, began_mono_ms, duration_ms;
    atomic_bool stopped;
    int status;
    const char *error; /* of a literal; NULL: there was an answer */
    bool refused;
    size_t body_len;
    char body[SEND_BODY_KEPT + 1];
};

static struct {
    pthread_mutex_t lock;
    struct list live, done;
    size_t n; /* of both */
    bool woken, leaving;
    char stopped[STOPPED][CS_ID_SIZE];
    size_t n_stopped;
    char runner[CS_ID_SIZE];
    struct cs_metric *delivered, *failed, *disabled;
} sends = {.lock = PTHREAD_MUTEX_INITIALIZER};

int send_start(void)
{
    list_init(&sends.live);
    list_init(&sends.done);
    cs_id_new(sends.runner);
    sends.delivered =
        cs_counter("cs_events_delivered_total", NULL, "Events that a receiver has taken");
    sends.failed =
        cs_counter("cs_events_attempts_failed_total", NULL, "Attempts to deliver that failed");
    sends.disabled = cs_counter("cs_events_webhooks_disabled_total", NULL,
                                "Webhooks that the platform has disabled");
    return cs_http_start();
}

void send_leave(void)
{
    pthread_mutex_lock(&sends.lock);
    sends.leaving = true;
    pthread_mutex_unlock(&sends.lock);
}

static void sending_free(struct sending *s)
{
    cs_arena_dispose(&s->arena);
    free(s);
}

void send_stop_all(void)
{
    while (!list_empty(&sends.done)) {
        struct sending *s = LIST_OF(sends.done.next, struct sending, link);
        list_remove(&s->link);
        sending_free(s);
    }
}

bool send_under_way(void)
{
    pthread_mutex_lock(&sends.lock);
    bool any = sends.n > 0 || sends.woken;
    pthread_mutex_unlock(&sends.lock);
    return any;
}

void send_wake(void)
{
    pthread_mutex_lock(&sends.lock);
    sends.woken = true;
    pthread_mutex_unlock(&sends.lock);
    cs_tickers_wake();
}

/* ---- a webhook is deleted ---- */

void send_on_stop(const char *subject, const char *webhook, size_t len)
{
    (void)subject;
    if (len != CS_ID_SIZE - 1)
        return;
    pthread_mutex_lock(&sends.lock);
    char *slot = sends.stopped[sends.n_stopped++ % STOPPED];
    memcpy(slot, webhook, len);
    slot[len] = '\0';
    for (struct list *l = sends.live.next; l != &sends.live; l = l->next) {
        struct sending *s = LIST_OF(l, struct sending, link);
        if (strcmp(s->webhook, slot) == 0)
            atomic_store(&s->stopped, true);
    }
    pthread_mutex_unlock(&sends.lock);
}

void send_stop(const char *webhook)
{
    send_on_stop(NULL, webhook, strlen(webhook));
    cs_ctl_publish(SEND_STOPS, webhook, webhook);
}

static bool webhook_stopped(const char *webhook)
{
    for (size_t i = 0; i < STOPPED; i++)
        if (strcmp(sends.stopped[i], webhook) == 0)
            return true;
    return false;
}

/* ---- an attempt ---- */

/* on the engine's thread, as are the next two */
static bool sending_on_tick(void *state)
{
    return !atomic_load(&((struct sending *)state)->stopped);
}

static void sending_keep(struct sending *s, const char *data, size_t len)
{
    size_t room = SEND_BODY_KEPT - s->body_len, n = len < room ? len : room;

    memcpy(s->body + s->body_len, data, n);
    s->body_len += n;
}

static size_t sending_on_data(void *state, const char *data, size_t len)
{
    sending_keep(state, data, len);
    return 0;
}

static void sending_on_done(void *state, const struct cs_http_reply *rep)
{
    struct sending *s = state;

    s->status = rep->status;
    s->error = rep->error;
    s->refused = rep->refused;
    s->duration_ms = cs_mono_ms() - s->began_mono_ms;
    if (rep->body_len > 0)
        sending_keep(s, rep->body, rep->body_len);
    pthread_mutex_lock(&sends.lock);
    list_remove(&s->link);
    list_add(&sends.done, &s->link);
    pthread_mutex_unlock(&sends.lock);
    cs_tickers_wake();
}

static bool sending_sign(struct sending *s, const struct claim *c)
{
    struct cs_arena *a = &s->arena;
    int64_t at = s->began_ms / 1000;
    const char *secret = unseal(a, s->tenant, s->webhook, c->box, c->box_len);
    const char *old =
        c->old_box ? unseal(a, s->tenant, s->webhook, c->old_box, c->old_box_len) : NULL;
    const char *first =
        secret ? cs_webhook_sign(a, secret, c->event.id, at, s->req.body, s->req.body_len) : NULL;
    const char *second =
        old ? cs_webhook_sign(a, old, c->event.id, at, s->req.body, s->req.body_len) : NULL;

    s->headers[0] = "Content-Type: application/json";
    s->headers[1] = "User-Agent: ChatSphere-Webhooks/1";
    s->headers[2] = cs_printf(a, "webhook-id: %s", c->event.id);
    s->headers[3] = cs_printf(a, "webhook-timestamp: %lld", (long long)at);
    s->headers[4] = cs_printf(a, "webhook-signature: %s%s%s", first ? first : "", second ? " " : "",
                              second ? second : "");
    return first != NULL;
}

static struct sending *sending_new(const struct claim *c)
{
    struct sending *s = calloc(1, sizeof(*s));
    size_t len;

    if (!s)
        abort();
    cs_arena_init(&s->arena);
    s->tenant = cs_strdup(&s->arena, c->event.tenant);
    s->webhook = cs_strdup(&s->arena, c->webhook);
    s->delivery = cs_strdup(&s->arena, c->id);
    s->attempts = c->attempts + 1;
    s->began_ms = cs_now_ms();
    s->began_mono_ms = cs_mono_ms();
    s->req = (struct cs_http_request){
        .method = "POST",
        .url = cs_strdup(&s->arena, c->url),
        .headers = s->headers,
        .body = render_text(&s->arena, &c->event, &len),
        .timeout_ms = SEND_TIMEOUT_MS,
        .on_data = sending_on_data,
        .on_tick = sending_on_tick,
    };
    s->req.body_len = len;
    if (!sending_sign(s, c))
        s->error = "its secret cannot be opened";
    return s;
}

/* False: it was not begun, and is the caller's again. */
static bool sending_begin(struct sending *s)
{
    pthread_mutex_lock(&sends.lock);
    bool stopped = webhook_stopped(s->webhook);
    list_add(s->error ? &sends.done : &sends.live, &s->link);
    sends.n++;
    pthread_mutex_unlock(&sends.lock);
    if (!stopped && (s->error || cs_http_send(s->tenant, &s->req, sending_on_done, s)))
        return true;
    pthread_mutex_lock(&sends.lock);
    list_remove(&s->link);
    sends.n--;
    pthread_mutex_unlock(&sends.lock);
    return false;
}

/* ---- what came of it ---- */

int64_t send_backoff_ms(int attempts, uint32_t random)
{
    static const int seconds[SEND_ATTEMPTS - 1] = {5,    30,   120,   600,   1800,
                                                   3600, 7200, 14400, 28800, 27000};

    if (attempts < 1 || attempts >= SEND_ATTEMPTS)
        return -1;
    int64_t ms = seconds[attempts - 1] * INT64_C(1000);
    return ms - ms / 10 * (random % 1000) / 1000;
}

static const char *sending_error(struct cs_arena *a, const struct sending *s)
{
    if (s->status / 100 == 2)
        return NULL;
    if (s->status / 100 == 3)
        return cs_printf(a, "The receiver answered %d; redirects are not followed.", s->status);
    if (s->status)
        return cs_printf(a, "The receiver answered %d.", s->status);
    if (s->refused)
        return "The address is not a public one.";
    if (s->duration_ms >= SEND_TIMEOUT_MS)
        return "The receiver did not answer in time.";
    return cs_printf(a, "There was no answer: %s.", s->error ? s->error : "the connection ended");
}

/* The answer as text that a database takes: valid UTF-8 without NUL. */
static const char *sending_body(struct sending *s)
{
    for (size_t i = 0; i < s->body_len; i++)
        if (s->body[i] == '\0')
            s->body[i] = ' ';
    s->body[cs_utf8_check(s->body, s->body_len)] = '\0';
    return s->body;
}

static void webhook_disabled(struct cs_call *call, const struct settled *t, const char *reason,
                             int64_t version)
{
    webhook_event(call, t->tenant, t->webhook, version, "disabled", reason);
    cs_metric_add(sends.disabled, 1);
    cs_log(CS_INFO, "a webhook is disabled", "tenant", t->tenant, "webhook", t->webhook, "reason",
           reason, NULL);
}

static void sending_settle(struct cs_call *call, struct sending *s)
{
    const char *error = sending_error(call->arena, s), *disabled;
    int64_t now = cs_now_ms(), version = 0;
    uint32_t random;

    cs_random(&random, sizeof(random));
    int64_t wait = error ? send_backoff_ms(s->attempts, random) : -1;
    bool gone = s->status == GONE;
    struct settled t = {
        .tenant = s->tenant,
        .webhook = s->webhook,
        .delivery = s->delivery,
        .runner = sends.runner,
        .status = !error             ? "delivered"
                  : gone || wait < 0 ? "failed"
                                     : "pending",
        .attempts = s->attempts,
        .began_ms = s->began_ms,
        .next_ms = now + (wait > 0 ? wait : 0),
        .duration_ms = (int)s->duration_ms,
        .status_code = s->status,
        .error = error,
        .body = sending_body(s),
        .disable_before_ms = now - FAILS_MS,
        .disable = gone ? "The receiver answered 410 Gone." : NULL,
    };
    if (store_settle(call, &t, "The receiver has failed for 24 hours.", &disabled, &version) != 0)
        return; /* its webhook is gone, or the lease ends and it is delivered again */
    if (disabled)
        webhook_disabled(call, &t, disabled, version);
    if (store_commit(call) == 0)
        cs_metric_add(error ? sends.failed : sends.delivered, 1);
}

static void sends_settle(struct cs_call *call)
{
    struct list done;

    list_init(&done);
    pthread_mutex_lock(&sends.lock);
    list_move(&done, &sends.done);
    pthread_mutex_unlock(&sends.lock);
    while (!list_empty(&done)) {
        struct sending *s = LIST_OF(done.next, struct sending, link);
        list_remove(&s->link);
        sending_settle(call, s);
        sending_free(s);
        pthread_mutex_lock(&sends.lock);
        sends.n--;
        pthread_mutex_unlock(&sends.lock);
    }
}

static void claims_send(struct cs_call *call, const struct claim *claims, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct sending *s = sending_new(&claims[i]);
        if (sending_begin(s))
            continue;
        store_unclaim(call, s->tenant, s->webhook, s->delivery, cs_now_ms() + LIMITED_MS);
        sending_free(s);
    }
}

void send_tick(struct cs_call *call)
{
    struct claim_limits limits = {.per_webhook = SEND_PER_WEBHOOK, .per_tenant = SEND_PER_TENANT};
    struct claim *claims;
    size_t n = 0;

    sends_settle(call);
    pthread_mutex_lock(&sends.lock);
    limits.all = sends.leaving ? 0 : (int)(SEND_ALL - sends.n);
    sends.woken = false;
    pthread_mutex_unlock(&sends.lock);
    if (limits.all <= 0)
        return;
    limits.now_ms = cs_now_ms();
    limits.until_ms = limits.now_ms + LEASE_MS;
    if (store_claim(call, sends.runner, &limits, &claims, &n) == 0)
        claims_send(call, claims, n);
}

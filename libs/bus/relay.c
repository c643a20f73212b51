/* The thread that publishes the outbox in order and marks what the stream has acknowledged. */
#include "bus/relay.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "base/wait.h"
#include "bus/background.h"
#include "bus/event.h"
#include "bus/outbox_headers.h"
#include "nats/bus.h"
#include "obs/metrics.h"
#include "pg/pg.h"

#include <pthread.h>
#include <string.h>

enum {
    BATCH = 256,
    REST_MS = 15 * 1000,
    RETRY_MS = 1000,
    BUSY_MS = 50,
    ACK_MS = 5000,
    STALL_MS = 1000,
    PACE_MS = 20
};

/* What a crash of the server may undo is published again, under the same Nats-Msg-Id. */
static const struct cs_stmt LOCK = {
    "outbox_lock",
    "select set_config('synchronous_commit', 'off', true) from outbox_relay for update skip locked",
};
static const struct cs_stmt PEEK = {
    "outbox_peek",
    "select id, subject, headers, payload from outbox_peek($1::int)",
};
static const struct cs_stmt DONE = {"outbox_done", "select outbox_done($1::uuid[])"};
static const struct cs_stmt REFUSE = {"outbox_refuse", "select outbox_refuse($1::uuid[])"};

enum outcome { EMPTY, MORE, BUSY, FAILED };

/* of a batch, what is too large for the broker */
struct refused {
    char *ids[BATCH], *subjects[BATCH];
    size_t n;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool wake, stopping;
static pthread_t thread;

/* the batch under way; the error handler of libnats runs on a thread of its own */
static struct {
    jsCtx *js;
    char *ids[BATCH];      /* of the arena of the round */
    bool too_large[BATCH]; /* for the broker: never sent, and not in the way of the others */
    size_t good;           /* settled before the first that failed; 0 between rounds */
    pthread_mutex_t lock;
    struct cs_metric *backlog, *published, *refused, *failures;
    bool failing;
} relay = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void woken_init(void)
{
    cs_cond_init(&woken);
}

static void relay_wake(void)
{
    pthread_once(&once, woken_init);
    pthread_mutex_lock(&lock);
    wake = true;
    pthread_cond_signal(&woken);
    pthread_mutex_unlock(&lock);
}

/* false: stopping */
static bool sleep_until_woken(int64_t ms)
{
    struct timespec until = cs_mono_after(ms);

    pthread_mutex_lock(&lock);
    while (!wake && !stopping && pthread_cond_timedwait(&woken, &lock, &until) == 0)
        ;
    wake = false;
    bool go_on = !stopping;
    pthread_mutex_unlock(&lock);
    return go_on;
}

/* nothing after the message of this id counts as published */
static void failed_from(const char *id)
{
    pthread_mutex_lock(&relay.lock);
    for (size_t i = 0; i < relay.good; i++)
        if (strcmp(relay.ids[i], id) == 0)
            relay.good = i;
    pthread_mutex_unlock(&relay.lock);
}

static void on_not_acked(jsCtx *js, jsPubAckErr *e, void *closure)
{
    const char *id = cs_bus_header(e->Msg, "Nats-Msg-Id");
    (void)js;
    (void)closure;

    if (id)
        failed_from(id);
}

static void message_header(void *state, const char *name, const char *value)
{
    natsMsgHeader_Set(state, name, value);
}

/* The arena is reset. */
static natsMsg *row_message(struct cs_arena *a, const PGresult *r, int row)
{
    natsMsg *msg = NULL;
    size_t len = 0;

    cs_arena_reset(a);
    const void *data = cs_pg_bytes(a, r, row, 3, &len);
    if (natsMsg_Create(&msg, cs_pg_text(r, row, 1), NULL, data, (int)len) == NATS_OK)
        cs_outbox_headers_each(a, cs_pg_text(r, row, 2), message_header, msg);
    return msg;
}

/* False: this one and all after it must wait. */
static bool row_publish(struct cs_arena *a, const PGresult *r, int row)
{
    jsPubOptions opts;
    natsMsg *msg = row_message(a, r, row);
    natsStatus s = NATS_NO_MEMORY;

    jsPubOptions_Init(&opts);
    opts.MsgId = relay.ids[row];
    opts.MaxWait = ACK_MS;
    if (msg)
        s = js_PublishMsgAsync(relay.js, &msg, &opts);
    natsMsg_Destroy(msg); /* NULL when the library took it */
    relay.too_large[row] = s == NATS_MAX_PAYLOAD;
    if (s == NATS_OK || relay.too_large[row])
        return true;
    failed_from(relay.ids[row]);
    return false;
}

/* what is still pending after the wait has failed */
static void give_up_pending(void)
{
    natsMsgList pending = {0};

    if (js_PublishAsyncGetPendingList(&pending, relay.js) != NATS_OK)
        return;
    for (int i = 0; i < pending.Count; i++) {
        const char *id = cs_bus_header(pending.Msgs[i], "Nats-Msg-Id");
        if (id)
            failed_from(id);
    }
    natsMsgList_Destroy(&pending);
}

/* how many, from the first on, are in the stream or never will be */
static size_t publish_batch(struct cs_arena *a, const PGresult *r, size_t n)
{
    jsPubOptions wait;
    struct cs_arena row;

    for (size_t i = 0; i < n; i++) {
        relay.ids[i] = cs_strdup(a, cs_pg_text(r, (int)i, 0));
        relay.too_large[i] = false;
    }
    pthread_mutex_lock(&relay.lock);
    relay.good = n;
    pthread_mutex_unlock(&relay.lock);
    cs_arena_init(&row);
    for (size_t i = 0; i < n && row_publish(&row, r, (int)i); i++)
        ;
    cs_arena_dispose(&row);
    jsPubOptions_Init(&wait);
    wait.MaxWait = ACK_MS + STALL_MS;
    if (js_PublishAsyncComplete(relay.js, &wait) != NATS_OK)
        give_up_pending();
    pthread_mutex_lock(&relay.lock);
    size_t good = relay.good;
    relay.good = 0; /* a refusal that comes later is of a message that is published again */
    pthread_mutex_unlock(&relay.lock);
    return good;
}

static enum outcome round_note(enum outcome o, const char *what)
{
    if (o == FAILED) {
        cs_metric_add(relay.failures, 1);
        if (!relay.failing)
            cs_log(CS_ERROR, "events wait in the outbox", "because", what, NULL);
    } else if (relay.failing && o != BUSY) {
        cs_log(CS_INFO, "events are published again", NULL);
    }
    relay.failing = o == FAILED || (o == BUSY && relay.failing);
    return o;
}

/* rows: what was peeked; gone afterwards */
static bool batch_mark(struct cs_call *call, const PGresult *rows, size_t good)
{
    struct refused *refused = CS_NEW(call->arena, struct refused, 1);

    refused->n = 0;
    for (size_t i = 0; i < good; i++) {
        if (!relay.too_large[i])
            continue;
        refused->ids[refused->n] = relay.ids[i];
        refused->subjects[refused->n++] = cs_strdup(call->arena, cs_pg_text(rows, (int)i, 1));
    }
    if (refused->n > 0)
        cs_pg_push(call->pg, &REFUSE, CS_S(cs_pg_array(call->arena, refused->ids, refused->n)));
    if (!cs_pg_last(call->pg, &DONE, CS_S(cs_pg_array(call->arena, relay.ids, good))))
        return false;
    cs_metric_add(relay.published, (int64_t)(good - refused->n));
    for (size_t i = 0; i < refused->n; i++)
        cs_log(CS_ERROR, "an event is too large for the broker and was set aside", "schema",
               cs_bus.node->service, "event", refused->ids[i], "subject", refused->subjects[i],
               NULL);
    cs_metric_add(relay.refused, (int64_t)refused->n);
    return true;
}

static enum outcome round_trip(struct cs_call *call)
{
    size_t n, good;
    PGresult *r;

    if (natsConnection_Status(cs_bus.bulk) != NATS_CONN_STATUS_CONNECTED)
        return round_note(FAILED, "the connection to the broker is lost");
    cs_pg_begin(call->pg, NULL);
    if (!(r = cs_pg_query(call->pg, &LOCK)))
        return round_note(FAILED, "the database cannot be asked");
    if (PQntuples(r) == 0) /* another process has locked the row */
        return BUSY;
    if (!(r = cs_pg_query(call->pg, &PEEK, CS_I(BATCH))))
        return round_note(FAILED, "the outbox cannot be read");
    n = (size_t)PQntuples(r);
    if (n == 0) {
        cs_metric_set(relay.backlog, 0);
        return round_note(EMPTY, NULL);
    }
    good = publish_batch(call->arena, r, n);
    cs_metric_set(relay.backlog, (int64_t)(n - good));
    if (good > 0 && !batch_mark(call, r, good))
        return round_note(FAILED, "the outbox cannot be marked");
    if (good < n)
        return round_note(FAILED, "the stream does not take them");
    return round_note(n == BATCH ? MORE : EMPTY, NULL);
}

static enum outcome once_more(struct cs_call_state *s)
{
    enum outcome o;

    do {
        o = round_trip(cs_background_begin(s, &(struct cs_background){0}));
        cs_background_end(s);
    } while (o == MORE);
    return o;
}

static void *relay_run(void *arg)
{
    struct cs_call_state *s = cs_background_new();
    int64_t next_ms = 0;
    enum outcome o;
    (void)arg;

    /* our own rows wake us; those of a process that died before it published them are found by looking */
    do {
        /* Rounds have their pace, so that many events share one; the first after a silence goes at once. */
        int64_t now = cs_mono_ms();
        if (now < next_ms)
            cs_sleep_ms(next_ms - now);
        next_ms = cs_mono_ms() + PACE_MS;
        o = once_more(s);
    } while (sleep_until_woken(o == BUSY ? BUSY_MS : o == FAILED ? RETRY_MS : REST_MS));
    once_more(s); /* what the last calls have left */
    cs_background_free(s);
    return NULL;
}

void cs_relay_start(void)
{
    jsOptions o;

    pthread_once(&once, woken_init);
    jsOptions_Init(&o);
    o.PublishAsync.MaxPending = BATCH;
    o.PublishAsync.StallWait = STALL_MS;
    o.PublishAsync.ErrHandler = on_not_acked;
    relay.backlog = cs_gauge("cs_outbox_backlog", NULL, "Events read that could not be published");
    relay.published = cs_counter("cs_outbox_published_total", NULL, "Events published");
    relay.refused = cs_counter("cs_outbox_refused_total", NULL, "Events too large for the broker");
    relay.failures = cs_counter("cs_outbox_failures_total", NULL, "Rounds that did not succeed");
    if (natsConnection_JetStream(&relay.js, cs_bus.bulk, &o) != NATS_OK)
        abort();
    cs_outbox_on_wake(relay_wake);
    cs_thread(&thread, relay_run, NULL);
}

void cs_relay_stop(void)
{
    pthread_mutex_lock(&lock);
    stopping = true;
    pthread_cond_signal(&woken);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    jsCtx_Destroy(relay.js);
}

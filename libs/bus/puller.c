/* Threads that fetch one message at a time and keep it in progress while it is handled. */
#include "bus/puller.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "bus/stop.h"

#include <string.h>

enum {
    FETCH_MS = 1000,
    REST_MS = 20 * 1000,
    PAUSE_MS = 250,
    BIND_MS = 1000,
    SHORT_MS = 50,
    LINGER_MS = 100,
    MANY = 256
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct cs_puller *pullers;
static size_t n_running;

static void ended_init(void)
{
    cs_cond_init(&ended);
}

/* Only binds: services make no consumers. False: stopping. */
static bool puller_bind(struct cs_puller *p)
{
    jsSubOptions so;
    jsErrCode code = 0;
    bool told = false;

    jsSubOptions_Init(&so);
    so.Stream = p->stream;
    so.Consumer = p->durable;
    while (!cs_stopping()) {
        natsStatus s = js_PullSubscribe(&p->sub, cs_bus.js, NULL, p->durable, NULL, &so, &code);
        if (s == NATS_OK)
            return true;
        if (!told)
            cs_log(CS_WARN, "waiting for a consumer", "stream", p->stream, "durable", p->durable,
                   "error", natsStatus_GetText(s), NULL);
        told = true;
        cs_stop_wait(BIND_MS);
    }
    return false;
}

static void puller_set_busy(struct cs_puller *p, natsMsg **msgs, int n)
{
    pthread_mutex_lock(&lock);
    p->busy = msgs;
    p->n_busy = n;
    pthread_mutex_unlock(&lock);
}

/* msg is about to be settled, after which nothing else may be said about it */
static void puller_unset_busy(struct cs_puller *p, const natsMsg *msg)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < p->n_busy; i++)
        if (p->busy[i] == msg)
            p->busy[i] = NULL;
    pthread_mutex_unlock(&lock);
}

/* one at a time: libnats 3.4 writes past its array when more come */
static natsMsg *puller_fetch(struct cs_puller *p, int64_t ms, natsStatus *ret)
{
    natsMsgList list = {0};
    natsMsg *msg = NULL;
    jsErrCode code = 0;

    *ret = natsSubscription_Fetch(&list, p->sub, 1, ms, &code);
    if (*ret == NATS_OK && list.Count > 0) {
        msg = list.Msgs[0];
        list.Msgs[0] = NULL;
    }
    natsMsgList_Destroy(&list);
    return msg;
}

/* false: stopping, so nothing would wake it */
static bool puller_set_resting(struct cs_puller *p, bool resting)
{
    pthread_mutex_lock(&lock);
    p->resting = resting && !cs_stopping();
    pthread_mutex_unlock(&lock);
    return p->resting;
}

/* Nothing came for FETCH_MS. A message in flight when the wait is ended comes again after its ack wait. */
static natsMsg *puller_rest(struct cs_puller *p)
{
    natsMsg *msg = NULL;
    natsStatus s = NATS_OK;

    if (!puller_set_resting(p, true))
        return NULL;
    msg = puller_fetch(p, REST_MS, &s);
    puller_set_resting(p, false);
    if (!msg && s != NATS_TIMEOUT && natsSubscription_IsValid(p->sub))
        cs_stop_wait(PAUSE_MS);
    return msg;
}

static natsMsg *puller_wait(struct cs_puller *p)
{
    int64_t began = cs_mono_ms();
    natsStatus s;
    natsMsg *msg;

    /* After cs_pullers_wake(). No message is held that belongs to the old subscription. */
    if (!natsSubscription_IsValid(p->sub)) {
        natsSubscription_Destroy(p->sub);
        p->sub = NULL;
        if (!puller_bind(p))
            return NULL;
    }
    if ((msg = puller_fetch(p, FETCH_MS, &s)))
        return msg;
    if (s == NATS_TIMEOUT && cs_mono_ms() - began >= SHORT_MS)
        return puller_rest(p);
    cs_stop_wait(PAUSE_MS); /* the broker is away, or answered before its time */
    return NULL;
}

static void puller_take_one(struct cs_puller *p, natsMsg *msg)
{
    natsMsg *busy[] = {msg};

    puller_set_busy(p, busy, 1);
    if (cs_stopping())
        cs_pull_again(p, msg, CS_LEAVE_MS);
    else
        p->fn(p, msg);
    puller_set_busy(p, NULL, 0);
    natsMsg_Destroy(msg);
}

static void puller_take_many(struct cs_puller *p, natsMsg *first)
{
    int64_t until = cs_mono_ms() + LINGER_MS, left;
    natsMsg *msgs[MANY] = {first}, *busy[MANY];
    natsStatus s;
    int n = 1;

    while (n < MANY && (left = until - cs_mono_ms()) > 0 && (msgs[n] = puller_fetch(p, left, &s)))
        n++;
    for (int i = 0; i < n; i++)
        busy[i] = msgs[i];
    puller_set_busy(p, busy, n);
    p->many(p, msgs, n);
    puller_set_busy(p, NULL, 0);
    while (n > 0)
        natsMsg_Destroy(msgs[--n]);
}

static void *puller_run(void *arg)
{
    struct cs_puller *p = arg;
    natsMsg *msg;

    p->call = cs_background_new();
    if (puller_bind(p)) {
        while (!cs_stopping()) {
            if (!(msg = puller_wait(p)))
                continue;
            if (p->many)
                puller_take_many(p, msg);
            else
                puller_take_one(p, msg);
        }
    }
    cs_background_free(p->call);
    pthread_mutex_lock(&lock);
    n_running--;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
    return NULL;
}

void cs_puller_start(struct cs_puller *p)
{
    pthread_once(&once, ended_init);
    pthread_mutex_lock(&lock);
    p->next = pullers;
    pullers = p;
    n_running++;
    pthread_mutex_unlock(&lock);
    cs_thread(&p->thread, puller_run, p);
}

void cs_pullers_wake(void)
{
    pthread_mutex_lock(&lock);
    for (struct cs_puller *p = pullers; p; p = p->next)
        if (p->resting)
            natsSubscription_Unsubscribe(p->sub);
    pthread_mutex_unlock(&lock);
}

void cs_pullers_keep(void)
{
    pthread_mutex_lock(&lock);
    for (struct cs_puller *p = pullers; p; p = p->next)
        for (int i = 0; i < p->n_busy; i++)
            if (p->busy[i])
                natsMsg_InProgress(p->busy[i], NULL);
    pthread_mutex_unlock(&lock);
}

bool cs_pullers_stop(int64_t ms)
{
    struct timespec until = cs_mono_after(ms);

    pthread_once(&once, ended_init);
    pthread_mutex_lock(&lock);
    while (n_running > 0 && pthread_cond_timedwait(&ended, &lock, &until) == 0)
        ;
    for (struct cs_puller *p = pullers; n_running > 0 && p; p = p->next)
        for (int i = 0; i < p->n_busy; i++)
            if (p->busy[i])
                natsMsg_Nak(p->busy[i], NULL);
    bool all = n_running == 0;
    pthread_mutex_unlock(&lock);
    for (struct cs_puller *p = pullers; all && p; p = p->next) {
        pthread_join(p->thread, NULL);
        natsSubscription_Destroy(p->sub);
    }
    return all;
}

void cs_pull_ack(struct cs_puller *p, natsMsg *msg)
{
    jsErrCode code = 0;

    puller_unset_busy(p, msg);
    natsStatus s = natsMsg_AckSync(msg, NULL, &code);
    if (s != NATS_OK)
        cs_log(CS_WARN, "a completed message will be delivered again", "durable", p->durable,
               "error", natsStatus_GetText(s), NULL);
}

void cs_pull_ack_soon(struct cs_puller *p, natsMsg *msg)
{
    puller_unset_busy(p, msg);
    natsMsg_Ack(msg, NULL);
}

void cs_pull_again(struct cs_puller *p, natsMsg *msg, int64_t delay_ms)
{
    puller_unset_busy(p, msg);
    if (delay_ms > 0)
        natsMsg_NakWithDelay(msg, delay_ms, NULL);
    else
        natsMsg_Nak(msg, NULL);
}

void cs_pull_drop(struct cs_puller *p, natsMsg *msg)
{
    puller_unset_busy(p, msg);
    natsMsg_Term(msg, NULL);
}

uint64_t cs_pull_delivered(natsMsg *msg)
{
    jsMsgMetaData *meta = NULL;
    uint64_t n = 1;

    if (natsMsg_GetMetaData(&meta, msg) == NATS_OK)
        n = meta->NumDelivered;
    jsMsgMetaData_Destroy(meta);
    return n;
}

char *cs_subject_token(struct cs_arena *a, const char *subject, int n)
{
    while (n-- > 0) {
        if (!(subject = strchr(subject, '.')))
            return NULL;
        subject++;
    }
    return cs_strndup(a, subject, strcspn(subject, "."));
}

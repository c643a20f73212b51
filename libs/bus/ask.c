/* The table of requests under way, and the thread that retries and expires them. */
#include "bus/ask.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "base/wait.h"
#include "bus/background.h"
#include "bus/peers.h"
#include "bus/share.h"
#include "nats/bus.h"
#include "nats/reply.h"
#include "nats/wire.h"
#include "obs/span.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 8192, MAX_SUBJECT = 192, FAR_MS = 60 * 1000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_t thread;
static struct cs_ask **slots; /* NULL: not started; of one: the slot is free */
static uint16_t free_slots[SLOTS];
static size_t n_free;
static struct cs_ask *newest; /* all under way, linked to older ones */
static int64_t next_due_ms;
static bool stopping;
static struct cs_share of_tenants = CS_SHARE_INIT("requests");
static size_t tenant_limit = SLOTS;
static char inbox[80]; /* _INBOX.<service>.<instance>. */

int64_t cs_ask_backoff_ms(int tried, uint32_t random)
{
    static const int64_t base[] = {25, 100};

    if (tried < 1 || tried >= CS_ASK_TRIES)
        return -1;
    return base[tried - 1] / 2 + (int64_t)(random % (uint32_t)base[tried - 1]);
}

/* ---- all below, down to the callbacks, with the lock held ---- */

static void ask_finish(struct cs_ask *k, int status, natsMsg *reply)
{
    k->status = status;
    k->reply = reply;
    k->done = true;
    cs_share_return(&of_tenants, k->holder);
    slots[k->id.slot] = NULL;
    free_slots[n_free++] = (uint16_t)k->id.slot;
    *k->at = k->older;
    if (k->older)
        k->older->at = k->at;
    if (k->resumed)
        cs_call_resume(k->call, k->resumed, k);
    else
        pthread_cond_signal(&k->woken);
}

static void set_due(struct cs_ask *k, int64_t due_ms)
{
    k->due_ms = due_ms < k->deadline_ms ? due_ms : k->deadline_ms;
    if (k->due_ms >= next_due_ms)
        return;
    next_due_ms = k->due_ms;
    pthread_cond_signal(&changed);
}

/* a try failed before anything was begun */
static void try_failed(struct cs_ask *k)
{
    uint32_t random;

    cs_random(&random, sizeof(random));
    int64_t wait = cs_ask_backoff_ms(k->tried, random);
    if (k->instance) {
        cs_peer_gone(k->rpc->service, k->instance);
        k->instance = NULL;
        wait = 0;
    }
    if (wait < 0 || cs_mono_ms() + wait >= k->deadline_ms) {
        ask_finish(k, CS_OVERLOADED, NULL);
        return;
    }
    k->waiting = true;
    set_due(k, cs_mono_ms() + wait);
}

/* nats.c takes the line behind an empty header for its value */
static void header_set(natsMsg *msg, const char *name, const char *value)
{
    if (value && *value)
        natsMsgHeader_Set(msg, name, value);
}

static natsMsg *ask_message(const struct cs_ask *k)
{
    const struct cs_call *c = k->call;
    char to[MAX_SUBJECT], token[CS_REPLY_TOKEN], reply[MAX_SUBJECT], deadline[24];
    natsMsg *msg = NULL;

    if (k->instance)
        snprintf(to, sizeof(to), CS_AT_SUBJECT "%s.%s.%s", k->rpc->service, k->instance,
                 k->rpc->method);
    else
        snprintf(to, sizeof(to), "%s", k->rpc->subject);
    cs_reply_token(token, &k->id);
    snprintf(reply, sizeof(reply), "%s%s.%s", inbox, k->rpc->service, token);
    snprintf(deadline, sizeof(deadline), "%lld",
             (long long)(cs_now_ms() + k->deadline_ms - cs_mono_ms()));
    if (natsMsg_Create(&msg, to, reply, k->data, (int)k->len) != NATS_OK)
        return NULL;
    header_set(msg, CS_H_REQUEST_ID, c->request_id);
    header_set(msg, CS_H_CANCEL, c->cancel);
    header_set(msg, CS_H_DEADLINE, deadline);
    header_set(msg, CS_H_TENANT, c->tenant);
    header_set(msg, CS_H_PRINCIPAL, c->principal);
    header_set(msg, CS_H_ROLES, c->roles);
    header_set(msg, CS_H_SESSION, c->session);
    header_set(msg, CS_H_AUTH, k->auth);
    header_set(msg, CS_H_TRACEPARENT, cs_span_context(k->span, c->traceparent));
    return msg;
}

static void try_now(struct cs_ask *k)
{
    natsMsg *msg = NULL;
    bool sent;

    k->tried += k->instance ? 0 : 1;
    k->waiting = false;
    k->due_ms = k->deadline_ms;
    sent = cs_bus_up() && (msg = ask_message(k)) && cs_bus_send(msg);
    natsMsg_Destroy(msg);
    if (!sent)
        try_failed(k);
}

/* One round over all; the time at which the next is due. */
static int64_t asks_look(int64_t now)
{
    int64_t next = now + FAR_MS;

    for (struct cs_ask *k = newest, *older; k; k = older) {
        older = k->older;
        if (now >= k->deadline_ms)
            ask_finish(k, CS_TIMEOUT, NULL);
        else if (k->waiting && now >= k->due_ms)
            try_now(k);
    }
    for (struct cs_ask *k = newest; k; k = k->older)
        next = k->due_ms < next ? k->due_ms : next;
    return next;
}

/* The call that "<service>.<slot>-<word>" answers, or NULL. */
static struct cs_ask *under_way(const char *tokens)
{
    size_t n = strcspn(tokens, ".");
    struct cs_reply id;

    if (!tokens[n] || !cs_reply_parse(tokens + n + 1, &id) || id.slot >= SLOTS || !slots[id.slot])
        return NULL;
    struct cs_ask *k = slots[id.slot];
    bool asked = strncmp(tokens, k->rpc->service, n) == 0 && !k->rpc->service[n];
    return asked && k->id.word == id.word ? k : NULL;
}

/* ---- threads ---- */

static void on_reply(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure)
{
    (void)nc;
    (void)sub;
    (void)closure;
    if (!cs_bus_headers_fit(msg)) {
        cs_log(CS_ERROR, "a reply with too many headers is dropped", "subject",
               natsMsg_GetSubject(msg), NULL);
        natsMsg_Destroy(msg);
        return;
    }
    /* nothing was begun, so it may be asked again */
    bool again = natsMsg_IsNoResponders(msg) || cs_bus_header(msg, CS_H_RETRY);

    pthread_mutex_lock(&lock);
    struct cs_ask *k = under_way(natsMsg_GetSubject(msg) + strlen(inbox));
    if (k && again) {
        try_failed(k);
    } else if (k) {
        ask_finish(k, 0, msg);
        msg = NULL;
    }
    pthread_mutex_unlock(&lock);
    natsMsg_Destroy(msg);
}

static void *asks_run(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    while (!stopping) {
        int64_t now = cs_mono_ms();
        if (now >= next_due_ms)
            next_due_ms = asks_look(now);
        struct timespec until = cs_mono_after(next_due_ms - now);
        pthread_cond_timedwait(&changed, &lock, &until);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

void cs_ask_cancel(const char *word)
{
    pthread_mutex_lock(&lock);
    for (struct cs_ask *k = newest, *older; k; k = older) {
        older = k->older;
        if (k->call->cancel && strcmp(k->call->cancel, word) == 0)
            ask_finish(k, CS_TIMEOUT, NULL);
    }
    pthread_mutex_unlock(&lock);
}

/* 0, or the status with which it is refused */
static int ask_enter(struct cs_ask *k)
{
    k->holder = k->call->tenant;
    if (!slots || n_free == 0)
        return CS_OVERLOADED;
    if (!cs_share_take(&of_tenants, k->holder, tenant_limit))
        return CS_LIMITED;
    k->id.slot = free_slots[--n_free];
    slots[k->id.slot] = k;
    k->older = newest;
    k->at = &newest;
    if (newest)
        newest->at = &k->older;
    newest = k;
    return 0;
}

void cs_ask_begin(struct cs_ask *k)
{
    if (!k->resumed)
        cs_cond_init(&k->woken);
    cs_random(&k->id.word, sizeof(k->id.word));
    pthread_mutex_lock(&lock);
    int refused = k->deadline_ms <= cs_mono_ms() ? CS_TIMEOUT : ask_enter(k);
    if (refused) {
        k->status = refused;
        k->done = true;
        if (k->resumed)
            cs_call_resume(k->call, k->resumed, k);
    } else {
        set_due(k, k->deadline_ms);
        try_now(k);
    }
    pthread_mutex_unlock(&lock);
}

void cs_ask_wait(struct cs_ask *k)
{
    pthread_mutex_lock(&lock);
    while (!k->done)
        pthread_cond_wait(&k->woken, &lock);
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&k->woken);
}

int cs_ask_start(void)
{
    char subject[MAX_SUBJECT];

    cs_cond_init(&changed);
    if (cs_env_int("TENANT_SHARE") > 1)
        tenant_limit = SLOTS / (size_t)cs_env_int("TENANT_SHARE");
    snprintf(inbox, sizeof(inbox), "_INBOX.%s.%s.", cs_bus.node->service, cs_bus.instance);
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
    slots = calloc(SLOTS, sizeof(*slots));
    if (!slots)
        abort();
    while (n_free < SLOTS) {
        free_slots[n_free] = (uint16_t)(SLOTS - 1 - n_free);
        n_free++;
    }
    next_due_ms = cs_mono_ms() + FAR_MS;
    cs_thread(&thread, asks_run, NULL);
    snprintf(subject, sizeof(subject), "%s*.*", inbox);
    return cs_bus_subscribe(subject, NULL, on_reply, NULL) ? 0 : -1;
}

void cs_ask_stop(void)
{
    pthread_mutex_lock(&lock);
    stopping = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
}

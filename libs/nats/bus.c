/* The two connections to the broker, their callbacks, and sending on them. */
#include "nats/bus.h"

#include "base/env.h"
#include "base/err.h"
#include "base/id.h"
#include "base/log.h"
#include "base/wait.h"
#include "crypto/crypto.h"
#include "nats/creds.h"
#include "nats/tls.h"
#include "nats/wire.h"
#include "obs/admin.h"
#include "obs/metrics.h"

#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PING_MS = 20 * 1000,
    RECONNECT_WAIT_MS = 250,
    RECONNECT_JITTER_MS = 250,
    BULK_BUFFER = 8 * 1024 * 1024,
    DELIVERY_THREADS = 2,
    CONNECT_MS = 2000,
    FLUSH_MS = 2000,
    MAX_SUBSCRIPTIONS = 64,
};

static const char permissions_condition[] = "nats permissions";

struct cs_bus cs_bus;
static struct cs_metric *failed, *denied, *slow;
static atomic_bool leaving;
static natsSubscription *subscriptions[MAX_SUBSCRIPTIONS];
static size_t n_subscriptions;
static sem_t completed; /* once for each of them that is closed */

/* What we may not hear we cannot do our work without; whom we may not answer had no right to ask. */
static void on_denied(void)
{
    /* the connection's own text is that of the latest refusal */
    const char *error = nats_GetLastError(NULL);
    bool hearing = error && strstr(error, "Subscription to");

    cs_metric_add(denied, 1);
    if (hearing)
        cs_ready_set(permissions_condition, false);
    cs_log(hearing ? CS_ERROR : CS_WARN, "the broker refused a subject", "error", error, NULL);
}

static void on_error(natsConnection *nc, natsSubscription *sub, natsStatus err, void *closure)
{
    const char *text = NULL;
    (void)sub; /* may be freed already in libnats 3.4 */
    (void)closure;

    natsConnection_GetLastError(nc, &text);
    if (err == NATS_NOT_PERMITTED) {
        on_denied();
    } else if (err == NATS_SLOW_CONSUMER) {
        cs_metric_add(slow, 1);
        cs_log(CS_WARN, "messages were dropped: slow consumer", NULL);
    } else {
        cs_log(CS_WARN, "bus error", "error", text ? text : natsStatus_GetText(err), NULL);
    }
}

static void on_disconnected(natsConnection *nc, void *closure)
{
    (void)closure;
    if (atomic_load(&leaving) || nc != cs_bus.nc)
        return;
    cs_ready_set("nats", false);
    cs_ready_set(permissions_condition, true); /* we subscribe anew, and may hear it again */
    cs_log(CS_WARN, "the connection to the broker is lost", NULL);
}

static void on_reconnected(natsConnection *nc, void *closure)
{
    (void)closure;
    if (nc != cs_bus.nc)
        return;
    atomic_fetch_add(&cs_bus.reconnects, 1);
    void (*fn)(void) = atomic_load(&cs_bus.on_reconnected);
    if (fn)
        fn();
    cs_ready_set("nats", true);
    cs_log(CS_INFO, "the connection to the broker is restored", NULL);
}

/* only after the broker refused us twice: a restart reads the credentials again */
static void on_closed(natsConnection *nc, void *closure)
{
    (void)nc;
    (void)closure;
    if (atomic_load(&leaving) || atomic_exchange(&cs_bus.closed, true))
        return;
    cs_log(CS_ERROR, "the broker refuses the credentials", NULL);
    kill(getpid(), SIGTERM);
}

natsStatus cs_bus_options(natsOptions **ret, const char *service, bool asap)
{
    char inbox[80];
    natsOptions *o = NULL;
    natsStatus s = natsOptions_Create(&o);

    snprintf(inbox, sizeof(inbox), "_INBOX.%s", service);
    if (s == NATS_OK)
        s = natsOptions_SetURL(o, cs_env("NATS_URL"));
    if (s == NATS_OK && cs_env("NATS_CREDS"))
        s = cs_creds_use(o, cs_env("NATS_CREDS"));
    if (s == NATS_OK)
        s = cs_nats_tls(o, cs_env("NATS_URL"), cs_env("NATS_CA"));
    if (s == NATS_OK)
        s = natsOptions_SetCustomInboxPrefix(o, inbox);
    if (s == NATS_OK)
        s = natsOptions_SetName(o, service);
    if (s != NATS_OK) {
        natsOptions_Destroy(o);
        return s;
    }
    natsOptions_SetMaxReconnect(o, -1);
    natsOptions_SetReconnectWait(o, RECONNECT_WAIT_MS);
    natsOptions_SetReconnectJitter(o, RECONNECT_JITTER_MS, RECONNECT_JITTER_MS);
    natsOptions_SetPingInterval(o, PING_MS);
    natsOptions_SetTimeout(o, CONNECT_MS);
    natsOptions_SetFailRequestsOnDisconnect(o, true);
    natsOptions_SetSendAsap(o, asap);
    natsOptions_SetReconnectBufSize(o, asap ? 0 : BULK_BUFFER);
    *ret = o;
    return NATS_OK;
}

static natsStatus connect_one(natsConnection **ret, bool asap)
{
    natsOptions *o = NULL;
    natsStatus s = cs_bus_options(&o, cs_bus.node->service, asap);

    if (s != NATS_OK)
        return s;
    natsOptions_SetErrorHandler(o, on_error, NULL);
    natsOptions_SetDisconnectedCB(o, on_disconnected, NULL);
    natsOptions_SetReconnectedCB(o, on_reconnected, NULL);
    natsOptions_SetClosedCB(o, on_closed, NULL);
    natsOptions_UseGlobalMessageDelivery(o, true);
    s = natsConnection_Connect(ret, o);
    natsOptions_Destroy(o);
    return s;
}

static natsStatus connect_all(void)
{
    natsStatus s = NATS_OK;

    if (!cs_bus.nc)
        s = connect_one(&cs_bus.nc, true);
    if (s == NATS_OK && !cs_bus.bulk && cs_bus.node->has_schema)
        s = connect_one(&cs_bus.bulk, false);
    if (s == NATS_OK && !cs_bus.js)
        s = natsConnection_JetStream(&cs_bus.js, cs_bus.nc, NULL);
    return s;
}

int cs_bus_open(const struct cs_node *node, const sigset_t *stop)
{
    const struct timespec pause = {.tv_nsec = RECONNECT_WAIT_MS * 1000L * 1000L};
    unsigned char id[CS_INSTANCE_SIZE / 2];
    natsStatus s, told = NATS_OK;

    failed = cs_counter("cs_bus_unsent_total", NULL, "Messages that could not be published");
    denied = cs_counter("cs_bus_denied_total", NULL, "Subjects the broker refused");
    slow = cs_counter("cs_bus_slow_total", NULL, "Times messages were dropped: slow consumer");
    cs_random(id, sizeof(id));
    cs_hex(cs_bus.instance, id, sizeof(id));
    cs_bus.node = node;
    sem_init(&completed, 0, 0);
    cs_ready_set("nats", false);
    nats_SetMessageDeliveryPoolSize(DELIVERY_THREADS);
    while ((s = connect_all()) != NATS_OK) {
        if (s != told)
            cs_log(CS_WARN, "waiting for the broker", "url", cs_env("NATS_URL"), "error",
                   natsStatus_GetText(s), NULL);
        told = s;
        int sig = sigtimedwait(stop, NULL, &pause);
        if (sig > 0)
            return sig;
    }
    cs_ready_set("nats", true);
    return 0;
}

void cs_bus_close(void)
{
    atomic_store(&leaving, true);
    if (cs_bus.bulk)
        natsConnection_FlushTimeout(cs_bus.bulk, FLUSH_MS);
    if (cs_bus.nc)
        natsConnection_FlushTimeout(cs_bus.nc, FLUSH_MS);
    if (cs_bus.nc)
        natsConnection_Close(cs_bus.nc);
    /* a message that a delivery thread frees after nats_CloseAndWait() began is lost in libnats 3.4 */
    struct timespec until = cs_mono_after(FLUSH_MS);
    for (size_t i = 0; i < n_subscriptions; i++)
        if (sem_clockwait(&completed, CLOCK_MONOTONIC, &until) < 0)
            break;
    while (n_subscriptions > 0)
        natsSubscription_Destroy(subscriptions[--n_subscriptions]);
    jsCtx_Destroy(cs_bus.js);
    natsConnection_Destroy(cs_bus.bulk);
    natsConnection_Destroy(cs_bus.nc);
    cs_bus.js = NULL;
    cs_bus.nc = cs_bus.bulk = NULL;
    nats_CloseAndWait(FLUSH_MS);
}

bool cs_bus_up(void)
{
    return cs_bus.nc && natsConnection_Status(cs_bus.nc) == NATS_CONN_STATUS_CONNECTED;
}

static bool send_counted(natsStatus s)
{
    if (s != NATS_OK)
        cs_metric_add(failed, 1);
    return s == NATS_OK;
}

bool cs_bus_publish(const char *subject, const void *data, size_t len)
{
    return cs_bus.nc && send_counted(natsConnection_Publish(cs_bus.nc, subject, data, (int)len));
}

bool cs_bus_send(natsMsg *msg)
{
    return cs_bus.nc && send_counted(natsConnection_PublishMsg(cs_bus.nc, msg));
}

static void on_complete(void *closure)
{
    (void)closure;
    sem_post(&completed);
}

natsSubscription *cs_bus_subscribe(const char *subject, const char *queue, natsMsgHandler fn,
                                   void *closure)
{
    natsSubscription *sub = NULL;
    natsStatus s = NATS_ERR;

    if (n_subscriptions < MAX_SUBSCRIPTIONS)
        s = queue ? natsConnection_QueueSubscribe(&sub, cs_bus.nc, subject, queue, fn, closure)
                  : natsConnection_Subscribe(&sub, cs_bus.nc, subject, fn, closure);
    if (s == NATS_OK) {
        natsSubscription_SetOnCompleteCB(sub, on_complete, NULL);
        subscriptions[n_subscriptions++] = sub;
    } else {
        cs_log(CS_ERROR, "cannot subscribe", "subject", subject, "error", natsStatus_GetText(s),
               NULL);
    }
    return sub;
}

void cs_bus_answer_error(natsMsg *msg, int status, bool again, const void *body, size_t len)
{
    cs_bus_refuse(natsMsg_GetReply(msg), status, again, body, len);
}

void cs_bus_refuse(const char *to, int status, bool again, const void *body, size_t len)
{
    natsMsg *rep = NULL;
    char code[16];

    if (!to || natsMsg_Create(&rep, to, NULL, body, (int)len) != NATS_OK)
        return;
    snprintf(code, sizeof(code), "%d", status);
    natsMsgHeader_Set(rep, CS_H_ERROR_CODE, code);
    natsMsgHeader_Set(rep, CS_H_ERROR, cs_error_title(status));
    if (again)
        natsMsgHeader_Set(rep, CS_H_RETRY, "1");
    cs_bus_send(rep);
    natsMsg_Destroy(rep);
}

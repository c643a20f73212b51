/*
 * The connection of libnats inside the loop: its event callbacks, its subscriptions, and
 * reconnecting.
 */
#include "edge/bus/bridge_impl.h"
#include "edge/ready.h"

#include "base/log.h"
#include "nats/creds.h"
#include "nats/tls.h"
#include "nats/wire.h"
#include "obs/metrics.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IO_BUFFER = 64 * 1024, RECONNECT_MS = 200, PING_MS = 20 * 1000 };

/* ---- draining: frames first, since a reply follows its frames ---- */

int bridge_pending(natsSubscription *sub)
{
    int n = 0, bytes = 0;

    /* asking first is cheap; an empty NextMsg formats an error text */
    return sub && natsSubscription_GetPending(sub, &n, &bytes) == NATS_OK ? n : 0;
}

static void drain_service(struct bridge *b, struct bridge_service *s)
{
    natsMsg *msg;

    for (int n = bridge_pending(s->sub); n > 0; n--) {
        natsStatus status = natsSubscription_NextMsg(&msg, s->sub, 0);
        if (status == NATS_NO_RESPONDERS) {
            bridge_on_absent(b, s);
            continue;
        }
        if (status != NATS_OK)
            return;
        const char *token = natsMsg_GetSubject(msg) + strlen(s->inbox);
        if (*token == BRIDGE_WATCH_MARK)
            bridge_on_frame(b, s, token + 1, msg);
        else
            bridge_on_reply(b, s, msg);
        natsMsg_Destroy(msg);
    }
}

static void on_readable(void *user)
{
    struct bridge *b = user;
    natsMsg *msg;

    natsConnection_ProcessReadEvent(b->nc);
    for (int n = bridge_pending(b->turns); n > 0; n--) {
        if (natsSubscription_NextMsg(&msg, b->turns, 0) != NATS_OK)
            break;
        bridge_on_frame(b, NULL, natsMsg_GetSubject(msg) + strlen(b->turn_prefix), msg);
        natsMsg_Destroy(msg);
    }
    bridge_listeners_drain(b);
    for (int i = 0; i < b->n_services; i++)
        drain_service(b, &b->services[i]);
}

static void on_writable(void *user)
{
    bridge_flush(user);
}

/* one write per turn of the loop, for all that was published in it */
void bridge_flush(struct bridge *b)
{
    if (!b->wants_write || !b->watch)
        return;
    natsConnection_ProcessWriteEvent(b->nc);
    if (b->wants_write && b->watch)
        http_watch_write(b->watch);
}

/* ---- the library's event loop call-backs; its reconnect and timer threads call them too ---- */

static void do_attach(void *user, int fd)
{
    struct bridge *b = user;

    http_watch_close(b->watch);
    b->watch = http_watch(b->http, fd, on_readable, on_writable, b);
}

static void do_stop(void *user, int arg)
{
    (void)arg;
    struct bridge *b = user;

    http_watch_close(b->watch);
    b->watch = NULL;
}

static void do_write(void *user, int add)
{
    ((struct bridge *)user)->wants_write = add;
}

static void on_loop(struct bridge *b, void (*fn)(void *user, int arg), int arg)
{
    if (http_on_loop(b->http))
        fn(b, arg);
    else
        http_post(b->http, fn, b, arg);
}

static natsStatus ev_attach(void **ret_user, void *loop, natsConnection *nc, natsSock fd)
{
    (void)nc;
    struct bridge *b = loop;
    /* each side closes its own descriptor */
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    if (copy < 0)
        return NATS_SYS_ERROR;
    *ret_user = b;
    on_loop(b, do_attach, copy);
    return NATS_OK;
}

static natsStatus ev_read(void *user, bool add)
{
    if (!add)
        on_loop(user, do_stop, 0);
    return NATS_OK;
}

static natsStatus ev_write(void *user, bool add)
{
    on_loop(user, do_write, add);
    return NATS_OK;
}

static natsStatus ev_detach(void *user)
{
    (void)user;
    return NATS_OK;
}

/* ---- connected or not ---- */

static void do_connected(void *user, int connected)
{
    struct bridge *b = user;

    if (b->connected == (bool)connected)
        return;
    b->connected = connected;
    ready_change(READY_BUS, b->connected);
    cs_log(CS_INFO, connected ? "bus connected" : "bus lost", "loop", cs_log_int(b->loop), NULL);
    if (!connected)
        bridge_on_lost(b);
}

static void on_connected(natsConnection *nc, void *user)
{
    (void)nc;
    struct bridge *b = user;
    http_post(b->http, do_connected, b, true);
}

static void on_disconnected(natsConnection *nc, void *user)
{
    (void)nc;
    struct bridge *b = user;
    http_post(b->http, do_connected, b, false);
}

static void on_error(natsConnection *nc, natsSubscription *sub, natsStatus status, void *user)
{
    (void)sub;
    (void)user;
    const char *text = NULL;

    natsConnection_GetLastError(nc, &text);
    cs_metric_add(cs_counter("cs_bus_errors_total", NULL, "errors the bus reported"), 1);
    cs_log(CS_ERROR, "bus error", "status", natsStatus_GetText(status), "error", text, NULL);
}

static void do_closed(void *user, int arg)
{
    (void)arg;
    ((struct bridge *)user)->closed = true;
}

/*
 * The library gives a connection up when the broker has refused us twice, or when a first connection
 * fails after its socket was open. Posted, so that it comes after what else is posted of the old one.
 */
static void on_closed(natsConnection *nc, void *user)
{
    struct bridge *b = user;
    const char *text = NULL;

    if (atomic_load(&b->leaving))
        return;
    natsConnection_GetLastError(nc, &text);
    cs_log(CS_ERROR, "cannot sign in to the bus", "error", text, NULL);
    http_post(b->http, do_closed, b, 0);
}

static natsOptions *bridge_options(struct bridge *b, const struct bridge_settings *s)
{
    natsOptions *o = NULL;
    natsStatus st = natsOptions_Create(&o);

    if (st == NATS_OK)
        st = natsOptions_SetURL(o, s->url);
    if (st == NATS_OK && s->creds)
        st = cs_creds_use(o, s->creds);
    if (st == NATS_OK)
        st = cs_nats_tls(o, s->url, s->ca);
    if (st == NATS_OK)
        /* else the library starts a flusher thread that would write beside the loop */
        st = natsOptions_SetSendAsap(o, true);
    if (st == NATS_OK)
        st = natsOptions_SetEventLoop(o, b, ev_attach, ev_read, ev_write, ev_detach);
    if (st != NATS_OK) {
        cs_log(CS_ERROR, "invalid settings of the bus", "error", natsStatus_GetText(st), NULL);
        natsOptions_Destroy(o);
        return NULL;
    }
    natsOptions_SetName(o, "edge");
    natsOptions_SetIOBufSize(o, IO_BUFFER);
    natsOptions_SetMaxReconnect(o, -1);
    natsOptions_SetReconnectWait(o, RECONNECT_MS);
    natsOptions_SetReconnectJitter(o, RECONNECT_MS, RECONNECT_MS);
    natsOptions_SetPingInterval(o, PING_MS);
    natsOptions_SetReconnectBufSize(o, 1); /* what nobody waits for any more is not sent later */
    natsOptions_SetErrorHandler(o, on_error, b);
    natsOptions_SetDisconnectedCB(o, on_disconnected, b);
    natsOptions_SetReconnectedCB(o, on_connected, b);
    natsOptions_SetClosedCB(o, on_closed, b);
    natsOptions_SetRetryOnFailedConnect(o, true, on_connected, b);
    return o;
}

natsStatus bridge_subscribe(struct bridge *b, natsSubscription **ret, const char *prefix,
                            const char *rest)
{
    char subject[3 * BRIDGE_TOKEN];

    snprintf(subject, sizeof(subject), "%s%s", prefix, rest);
    natsStatus st = natsConnection_SubscribeSync(ret, b->nc, subject);
    return st == NATS_OK ? natsSubscription_SetPendingLimits(*ret, -1, -1) : st;
}

void bridge_connect(struct bridge *b)
{
    natsOptions *o = bridge_options(b, b->settings);
    natsConnection *nc = NULL;

    if (!o)
        return;
    natsStatus st = natsConnection_Connect(&nc, o);
    natsOptions_Destroy(o);
    if (st != NATS_OK && st != NATS_NOT_YET_CONNECTED) {
        cs_log(CS_ERROR, "cannot connect to the bus", "url", b->settings->url, "error",
               natsStatus_GetText(st), NULL);
        b->closed = true;
        return;
    }
    b->nc = nc;
    bool now = st == NATS_OK;
    if (!now)
        cs_log(CS_WARN, "the bus does not respond; retrying", "url", b->settings->url, "loop",
               cs_log_int(b->loop), NULL);
    st = bridge_subscribe(b, &b->turns, b->turn_prefix, ">");
    for (int i = 0; i < b->n_services && st == NATS_OK; i++)
        st = bridge_subscribe(b, &b->services[i].sub, b->services[i].inbox, "*");
    if (st != NATS_OK) {
        cs_log(CS_ERROR, "cannot subscribe", "error", natsStatus_GetText(st), NULL);
        b->closed = true;
        return;
    }
    bridge_listeners_open(b);
    if (now)
        do_connected(b, true);
}

static void subscription_drop(natsSubscription **sub)
{
    natsSubscription_Destroy(*sub);
    *sub = NULL;
}

static void subscriptions_drop(struct bridge *b)
{
    bridge_listeners_drop(b);
    subscription_drop(&b->turns);
    for (int i = 0; i < b->n_services; i++)
        subscription_drop(&b->services[i].sub);
    natsConnection_Destroy(b->nc);
    b->nc = NULL;
    http_watch_close(b->watch);
    b->watch = NULL;
}

void bridge_reconnect(struct bridge *b)
{
    if (!b->closed)
        return;
    b->closed = false;
    subscriptions_drop(b);
    bridge_connect(b);
}

void bridge_disconnect(struct bridge *b)
{
    atomic_store(&b->leaving, true);
    subscriptions_drop(b);
}

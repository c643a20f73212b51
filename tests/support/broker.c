/* Refusals come as asynchronous errors, which are counted. */
#include "broker.h"

#include "base/clock.h"
#include "nats/creds.h"

#include <stdatomic.h>

static atomic_int refused;

static void on_error(natsConnection *nc, natsSubscription *sub, natsStatus status, void *closure)
{
    (void)nc;
    (void)sub;
    (void)closure;
    if (status == NATS_NOT_PERMITTED)
        atomic_fetch_add(&refused, 1);
}

static natsConnection *dial_once(const char *url, const char *creds, const char *inbox)
{
    natsConnection *nc = NULL;
    natsOptions *o = NULL;
    natsStatus s = natsOptions_Create(&o);

    if (s == NATS_OK)
        s = natsOptions_SetURL(o, url);
    if (s == NATS_OK && creds)
        s = cs_creds_use(o, creds);
    if (s == NATS_OK && inbox)
        s = natsOptions_SetCustomInboxPrefix(o, inbox);
    if (s == NATS_OK)
        s = natsOptions_SetErrorHandler(o, on_error, NULL);
    if (s == NATS_OK)
        s = natsOptions_SetAllowReconnect(o, false);
    if (s == NATS_OK)
        s = natsConnection_Connect(&nc, o);
    natsOptions_Destroy(o);
    return s == NATS_OK ? nc : NULL;
}

/* one of 256 tries fails by itself: nats/creds.h */
natsConnection *broker_dial(const char *url, const char *creds, const char *inbox)
{
    natsConnection *nc = NULL;

    for (int i = 0; i < (creds ? 4 : 1) && !nc; i++)
        nc = dial_once(url, creds, inbox);
    return nc;
}

/* Was one more thing refused since `before`? The answer to a PING comes after it. */
static bool was_refused(natsConnection *nc, int before)
{
    natsConnection_FlushTimeout(nc, 2000);
    for (int i = 0; i < 20 && atomic_load(&refused) == before; i++)
        cs_sleep_ms(5);
    return atomic_load(&refused) > before;
}

bool broker_may_subscribe(natsConnection *nc, const char *subject, const char *queue)
{
    natsSubscription *sub = NULL;
    int before = atomic_load(&refused);
    bool ok;

    if (queue)
        natsConnection_QueueSubscribeSync(&sub, nc, subject, queue);
    else
        natsConnection_SubscribeSync(&sub, nc, subject);
    ok = !was_refused(nc, before);
    natsSubscription_Destroy(sub);
    return ok;
}

bool broker_may_publish(natsConnection *nc, const char *subject)
{
    int before = atomic_load(&refused);

    natsConnection_PublishString(nc, subject, "x");
    return !was_refused(nc, before);
}

bool broker_may_ask(natsConnection *nc, const char *subject, const char *reply)
{
    int before = atomic_load(&refused);

    natsConnection_PublishRequestString(nc, subject, reply, "");
    return !was_refused(nc, before);
}

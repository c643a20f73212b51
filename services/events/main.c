/*
 * events: the events of all services for readers outside the platform (schema events). Contract:
 * proto/chatsphere/v1/event_service.proto. Calls auth for plans and for the standing of those who read a stream.
 *
 * Handlers live in the file of their noun:
 *   webhook.c       create_webhook list_webhooks get_webhook update_webhook delete_webhook rotate_webhook
 *   delivery.c      list_deliveries get_delivery test_webhook replay_webhook
 *   watch.c         watch_events
 *   subscription.c  create_subscription list_subscriptions get_subscription delete_subscription
 *                   rotate_subscription replay_subscription
 */
#include "bot/plan.h"
#include "chatsphere/v1/event_service.rpc.h"
#include "events/account.h"
#include "events/event.h"
#include "events/seal.h"
#include "events/send.h"
#include "events/subscription.h"
#include "events/watch.h"
#include "http/engine.h"

static const struct cs_env settings[] = {
    CS_HTTP_ENV,
    {.name = "SEAL_KEY",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "keys that encrypt the secrets of webhooks and subscriptions, a line each: base64url "
             "of 32 bytes"},
    {.name = "NATS_CLAIMS_FILE",
     .kind = CS_ENV_FILE,
     .help =
         "path of claims.creds, with which accounts of subscribers are made; absent: nobody can "
         "subscribe"},
    {.name = "NATS_PUBLIC_URL",
     .kind = CS_ENV_URL,
     .format = "nats, tls",
     .help = "address of the NATS server for subscribers; absent: that of NATS_URL"},
    {.name = "STREAMS",
     .kind = CS_ENV_INT,
     .fallback = "10",
     .min = 1,
     .max = 64,
     .help = "streams of events that one caller may have open in a process"},
    {0},
};

static const struct cs_ctl ctl[] = {
    CS_PLAN_CTL,
    {.subject = SEND_STOPS ".*", .fn = send_on_stop},
    {0},
};

static const struct cs_reaction reactions[] = {
    {.event = ">", .raw = event_keep},
    {0},
};

static const struct cs_ticker tickers[] = {
    {.name = "send", .every_ms = 50, .fn = send_tick, .under_way = send_under_way, .rest_ms = 1000},
    {.name = "watch",
     .every_ms = 50,
     .fn = watch_tick,
     .under_way = watch_under_way,
     .rest_ms = 3600 * 1000},
    {.name = "expire", .every_ms = 600 * 1000, .fn = event_expire},
    {.name = "subscription", .every_ms = 60 * 1000, .fn = subscription_tick},
    {0},
};

static int events_start(void)
{
    return seal_start(cs_env("SEAL_KEY")) < 0 || account_start() < 0 ? -1 : send_start();
}

static void events_leave(void)
{
    watch_leave();
    send_leave();
}

static void events_stop(void)
{
    cs_http_stop();
    send_stop_all();
    account_stop();
    seal_stop();
}

static const struct cs_service service = {
    .about = "chatsphere-events: webhooks, event subscriptions and the stream of events",
    .methods = events_methods,
    .ctl = ctl,
    .reactions = reactions,
    .tickers = tickers,
    .env = settings,
    .start = events_start,
    .leave = events_leave,
    .stop = events_stop,
};

int main(int argc, char **argv)
{
    return cs_service_main(&service, argc, argv);
}

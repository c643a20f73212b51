/*
 * Requests kept under way in slots, so that latency and rate are measured at a chosen concurrency.
 */
#include "bus.h"

#include "base/clock.h"
#include "base/env.h"
#include "bench.h"
#include "nats/bus.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { REPLY_BYTES = 512, MOST = 4 << 20 };

static const char subject[] = "bench.echo", inbox[] = "bench.reply.";

/* One request at a time for each slot; all callbacks of a subscription run on one thread. */
struct run {
    natsConnection *nc;
    struct load_result *r;
    int64_t began_us[256], until_us;
    int open;
    pthread_mutex_t lock;
    pthread_cond_t done;
};

static void on_request(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure)
{
    static const char answer[REPLY_BYTES];

    (void)sub, (void)closure;
    natsConnection_Publish(nc, natsMsg_GetReply(msg), answer, sizeof(answer));
    natsMsg_Destroy(msg);
}

static void slot_ask(struct run *run, int slot)
{
    char reply[64];

    snprintf(reply, sizeof(reply), "%s%d", inbox, slot);
    run->began_us[slot] = cs_mono_us();
    natsConnection_PublishRequest(run->nc, subject, reply, "", 0);
}

static void on_reply(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure)
{
    struct run *run = closure;
    int slot = (int)strtol(natsMsg_GetSubject(msg) + sizeof(inbox) - 1, NULL, 10);
    int64_t now = cs_mono_us();

    (void)nc, (void)sub;
    natsMsg_Destroy(msg);
    if (run->r->n < MOST)
        run->r->latency_ms[run->r->n++] = (double)(now - run->began_us[slot]) / 1000;
    if (now < run->until_us) {
        slot_ask(run, slot);
        return;
    }
    pthread_mutex_lock(&run->lock);
    run->open--;
    pthread_cond_signal(&run->done);
    pthread_mutex_unlock(&run->lock);
}

static natsConnection *bus_connect(void)
{
    static const struct cs_env settings[] = {
        {.name = "NATS_URL", .required = true, .help = "the broker"},
        {.name = "NATS_CREDS", .required = true, .help = "path of ops.creds"},
        {.name = "NATS_CA", .help = "path of its CA"},
        {0},
    };
    static bool loaded;
    char name[] = "chatsphere-bench", *no_args[] = {name, NULL};
    natsConnection *nc = NULL;

    if (!loaded && !cs_env_load(settings, "bench", 1, no_args))
        bench_die("NATS cannot be reached without its settings");
    loaded = true;
    if (cs_bus_connect_ops(&nc) != NATS_OK)
        bench_die("NATS cannot be reached");
    return nc;
}

void bus_run(int connections, int seconds, struct load_result *ret)
{
    struct run run = {.r = ret, .open = connections, .nc = bus_connect()};
    natsConnection *answering = bus_connect();
    natsSubscription *requests, *replies;
    int64_t began = cs_mono_us();
    char all[64];

    *ret = (struct load_result){.latency_ms = malloc(MOST * sizeof(double))};
    if (!ret->latency_ms)
        abort();
    pthread_mutex_init(&run.lock, NULL);
    pthread_cond_init(&run.done, NULL);
    run.until_us = began + seconds * 1000000LL;
    snprintf(all, sizeof(all), "%s*", inbox);
    if (natsConnection_Subscribe(&requests, answering, subject, on_request, NULL) != NATS_OK ||
        natsConnection_Subscribe(&replies, run.nc, all, on_reply, &run) != NATS_OK ||
        natsConnection_Flush(answering) != NATS_OK)
        bench_die("NATS refused a subscription");
    for (int i = 0; i < connections; i++)
        slot_ask(&run, i);
    pthread_mutex_lock(&run.lock);
    while (run.open > 0)
        pthread_cond_wait(&run.done, &run.lock);
    pthread_mutex_unlock(&run.lock);
    natsSubscription_Destroy(requests);
    natsSubscription_Destroy(replies);
    natsConnection_Destroy(answering);
    natsConnection_Destroy(run.nc);
    load_sort(ret, (double)(cs_mono_us() - began) / 1e6);
}

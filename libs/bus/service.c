/* The start, the serving and the stop of a service's process. */
#include "bus/service.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/resident.h"
#include "bus/ask.h"
#include "bus/ctl.h"
#include "bus/discovery.h"
#include "bus/event_budget.h"
#include "bus/idempotency.h"
#include "bus/job_worker.h"
#include "bus/peers.h"
#include "bus/pool.h"
#include "bus/puller.h"
#include "bus/reaction.h"
#include "bus/relay.h"
#include "bus/settings.h"
#include "bus/signature.h"
#include "bus/stat.h"
#include "bus/stop.h"
#include "bus/ticker.h"
#include "crypto/crypto.h"
#include "nats/bus.h"
#include "obs/admin.h"
#include "obs/otlp.h"
#include "obs/secret_watch.h"
#include "pg/migrate.h"
#include "pg/pg.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Beats of the main thread: one a second until SETTLED, when what the start does in the background is
 * over, and one each PULSE_S then.
 */
enum { STOP_MS = 30 * 1000, LEAST_MS = 1000, PULSE_S = 5, SETTLED = 2, KEEP_EVERY = 2 };
enum { CHECK_EVERY = 6 };

static const char schema_condition[] = "postgres schema", serving_condition[] = "serving";

/* of every service with a schema */
static const struct cs_ticker housekeeping[] = {
    {.name = "forget answers", .every_ms = 3600 * 1000, .fn = cs_idempotency_forget},
    {0},
};

/* ---- before serving ---- */

static const struct cs_node *node_of(const struct cs_service *s)
{
    const char *name = s->methods->rpc->service;
    const struct cs_node *node = cs_topology_find(name);

    if (!node)
        fprintf(stderr, "%s is not in the topology\n", name);
    return node;
}

/* false: *ret_why, which may be NULL, says what is waited for */
static bool schema_is_ours(const struct cs_node *node, const char **ret_why)
{
    struct cs_pg *pg = cs_pg_new(cs_env("PG_URL"), node->service);
    bool ok = cs_migrate_check(pg, node->service) == 0;

    if (ret_why)
        *ret_why = cs_pg_broken(pg) ? "the database does not answer; waiting for it"
                                    : "waiting for `chatsphere migrate`";
    cs_pg_free(pg);
    cs_ready_set(schema_condition, ok);
    return ok;
}

static int pause_or_signal(const sigset_t *stop, time_t seconds)
{
    const struct timespec pause = {.tv_sec = seconds};
    int sig = sigtimedwait(stop, NULL, &pause);

    return sig > 0 ? sig : 0;
}

/* 0, or the signal that came first */
static int wait_for_schema(const struct cs_node *node, const sigset_t *stop)
{
    const char *why, *said = NULL;

    while (node->has_schema && !schema_is_ours(node, &why)) {
        if (why != said)
            cs_log(CS_WARN, why, "schema", node->service, NULL);
        said = why;
        int sig = pause_or_signal(stop, 1);
        if (sig)
            return sig;
    }
    return 0;
}

/* ---- serving ---- */

static void on_reconnected(void)
{
    cs_tickers_wake();
    cs_pullers_wake();
}

static int service_start(const struct cs_service *s)
{
    atomic_store(&cs_bus.on_reconnected, on_reconnected);
    cs_stats_init(s);
    if (cs_ask_start() < 0 || cs_ctl_start(s->ctl) < 0 || cs_discovery_start(s) < 0)
        return -1;
    cs_peers_start(cs_bus.node);
    if (cs_bus.node->has_schema) {
        cs_relay_start();
        cs_tickers_start(housekeeping);
    }
    cs_pool_start(s, (int)cs_env_int("WORKERS"), (int)cs_env_int("QUEUE"));
    if (s->jobs)
        cs_jobs_start(s->jobs);
    if (s->reactions)
        cs_reactions_start(s->reactions);
    if (s->tickers)
        cs_tickers_start(s->tickers);
    return cs_pool_serve();
}

static int service_serve(const sigset_t *stop)
{
    bool ours = true;
    int sig = 0;

    for (unsigned beat = 0; !sig; beat++) {
        cs_peers_announce();
        if (beat == SETTLED)
            cs_resident_release();
        if (beat > SETTLED)
            cs_resident_rest();
        if (beat % KEEP_EVERY == 0)
            cs_pullers_keep();
        if (cs_bus.node->has_schema && (!ours || beat % CHECK_EVERY == 0))
            ours = schema_is_ours(cs_bus.node, NULL);
        cs_pg_close_idle();
        cs_secrets_check();
        sig = pause_or_signal(stop, beat < SETTLED || !ours ? 1 : PULSE_S);
    }
    return sig;
}

static int64_t time_left(int64_t until_ms)
{
    int64_t ms = until_ms - cs_mono_ms();
    return ms > LEAST_MS ? ms : LEAST_MS;
}

/* False: something still works after STOP_MS; then the process just ends. */
static bool service_finish(const struct cs_service *s)
{
    int64_t until = cs_mono_ms() + STOP_MS;

    cs_ready_set(serving_condition, false);
    cs_stop_set();
    cs_pullers_wake();
    if (s->leave)
        s->leave();
    if (!cs_pool_stop(STOP_MS) || !cs_pullers_stop(time_left(until)) ||
        !cs_tickers_stop(time_left(until)))
        return false;
    if (cs_bus.node->has_schema)
        cs_relay_stop();
    cs_ask_stop();
    return true;
}

/* with threads that still work, nothing of what they use may be taken down */
__attribute__((noreturn)) static void end_at_once(void)
{
    natsConnection_FlushTimeout(cs_bus.nc, LEAST_MS);
    _exit(EXIT_FAILURE);
}

static int service_run(const struct cs_service *s, const sigset_t *stop)
{
    if ((s->start && s->start() < 0) || service_start(s) < 0) {
        cs_log(CS_ERROR, "cannot serve", NULL);
        end_at_once();
    }
    cs_ready_set(serving_condition, true);
    cs_log(CS_INFO, "serving", "instance", cs_bus.instance, NULL);
    service_serve(stop);
    cs_log(CS_INFO, "stopping", NULL);
    if (!service_finish(s)) {
        cs_log(CS_WARN, "some running calls did not complete before the exit", NULL);
        end_at_once();
    }
    if (s->stop)
        s->stop();
    cs_stats_dispose();
    return atomic_load(&cs_bus.closed) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void block_signals(sigset_t *stop)
{
    sigemptyset(stop);
    sigaddset(stop, SIGTERM);
    sigaddset(stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, stop, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int cs_service_main(const struct cs_service *s, int argc, char **argv)
{
    const struct cs_node *node = node_of(s);
    sigset_t stop;
    int status = EXIT_SUCCESS;

    if (!node || !cs_reactions_listed(s->reactions, node) || !cs_settings_load(s, node, argc, argv))
        return EXIT_FAILURE;
    cs_log_init(node->program);
    block_signals(&stop);
    const char *sign_key = cs_node_secret(node, "SIGN_KEY") ? cs_env("SIGN_KEY") : NULL;
    if (cs_crypto_init() < 0 || cs_signature_start(sign_key, cs_env("SIGN_PUB")) < 0 ||
        cs_admin_start(cs_env("ADMIN_ADDR")) < 0 ||
        cs_otlp_start(node->service, cs_env("OTLP_URL")) < 0)
        return EXIT_FAILURE;
    cs_ready_set(serving_condition, false);
    if (node->has_schema) {
        cs_ready_set(schema_condition, false);
        cs_event_budget_set(cs_env_int("EVENT_MB") * 1024 * 1024);
        cs_pg_limits(cs_env_int("PG_IDLE_S") * 1000, (size_t)cs_env_int("PG_MAX"));
    }
    if (cs_bus_open(node, &stop) == 0 && wait_for_schema(node, &stop) == 0)
        status = service_run(s, &stop);
    cs_bus_close();
    cs_secrets_forget();
    cs_signature_stop();
    cs_otlp_stop();
    cs_admin_stop();
    return status;
}

/* calls: edge, broker, service and back, against the web server and the broker alone */
#include "bench.h"
#include "bus.h"
#include "proc.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call {
    const struct bench *b;
    const char *path;
    bool token;
};

static void next_call(void *user, int i, struct cs_buf *out)
{
    const struct call *c = user;

    (void)i;
    bench_request(out, "GET", c->path, c->token ? c->b->token : NULL, "", NULL);
}

/* The port of /livez of the edge, which its own loop answers with h2o and nothing else. */
static int admin_port(const struct bench *b)
{
    char path[512], addr[64] = "";
    FILE *f;

    snprintf(path, sizeof(path), "%s/admin/edge", b->state);
    f = fopen(path, "re");
    if (!f || !fgets(addr, sizeof(addr), f) || !strrchr(addr, ':'))
        bench_die("%s has no address", path);
    fclose(f);
    return (int)strtol(strrchr(addr, ':') + 1, NULL, 10);
}

static void calls_measure(struct bench *b, const char *what, const struct call *call, int port,
                          int c, double h2o, double nats, double *ret_rate)
{
    struct load load = {.host = "127.0.0.1",
                        .port = port,
                        .connections = c,
                        .seconds = b->seconds / 2,
                        .next = next_call,
                        .user = (void *)call};
    struct load_result r;
    struct proc_cpu from, to;
    double rate;

    proc_cpu(&from);
    load_run(&load, &r);
    proc_cpu(&to);
    rate = (double)r.n / r.seconds;
    table_load(what, c, &r, h2o > 0 ? rate / h2o : 0, proc_shares(&from, &to));
    if (nats > 0)
        table_line("    of NATS alone", "%.2f; own CPU %.3f ms a call", rate / nats,
                   1000 * proc_own(&from, &to) / (double)r.n);
    *ret_rate = rate;
    load_free(&r);
}

static double bare_nats(struct bench *b, int c)
{
    struct load_result r;
    struct proc_cpu from, to;
    double rate;

    proc_cpu(&from);
    bus_run(c, b->seconds / 2, &r);
    proc_cpu(&to);
    rate = (double)r.n / r.seconds;
    table_load("NATS request and reply", c, &r, 0, proc_shares(&from, &to));
    load_free(&r);
    return rate;
}

void bench_calls(struct bench *b)
{
    static const int at[] = {1, 64};
    const struct call livez = {b, "/livez", false};
    const struct call keys = {b, "/.well-known/jwks.json", false};
    const struct call bots = {b, "/api/v1/bots", true};
    int admin = admin_port(b);

    table_title("calls: edge, NATS, service and back (ratio: to h2o alone)");
    table_load_head();
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        double h2o, nats, rate;
        calls_measure(b, "h2o, /livez", &livez, admin, at[i], 0, 0, &h2o);
        nats = bare_nats(b, at[i]);
        calls_measure(b, "GET /.well-known/jwks.json", &keys, b->port, at[i], h2o, nats, &rate);
        calls_measure(b, "GET /api/v1/bots, authenticated", &bots, b->port, at[i], h2o, nats,
                      &rate);
    }
}

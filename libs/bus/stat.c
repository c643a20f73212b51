/* Counters per method and status; a pair is registered as a metric when it first happens. */
#include "bus/stat.h"

#include "obs/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int statuses[CS_N_STATUS] = {
    200,        CS_INVALID,  CS_UNAUTHENTICATED, CS_FORBIDDEN, CS_NOT_FOUND,
    CS_METHOD,  CS_CONFLICT, CS_TOO_LARGE,       CS_MEDIA,     CS_UNPROCESSABLE,
    CS_LIMITED, CS_UPSTREAM, CS_OVERLOADED,      CS_TIMEOUT,   CS_INTERNAL,
};

static struct cs_stat *stats; /* a row per method, and one for unknown ones */
static size_t n_methods;

void cs_stats_init(const struct cs_service *s)
{
    char labels[128];

    for (n_methods = 0; s->methods[n_methods].rpc;)
        n_methods++;
    stats = calloc(n_methods + 1, sizeof(*stats));
    if (!stats)
        abort();
    for (size_t i = 0; i <= n_methods; i++) {
        const struct cs_rpc *rpc = s->methods[i].rpc;
        stats[i].method = rpc ? rpc->method : "unknown";
        snprintf(labels, sizeof(labels), "method=\"%s\"", stats[i].method);
        stats[i].seconds = cs_histogram("cs_call_seconds", labels, "From taken to answered");
    }
}

void cs_stats_dispose(void)
{
    free(stats);
    stats = NULL;
    n_methods = 0;
}

struct cs_stat *cs_stat_find(const char *method)
{
    for (size_t i = 0; i < n_methods; i++)
        if (strcmp(stats[i].method, method) == 0)
            return &stats[i];
    return &stats[n_methods];
}

struct cs_stat *cs_stat_at(size_t i)
{
    return i < n_methods ? &stats[i] : NULL;
}

/* made on first use: most pairs of method and status never happen */
static struct cs_metric *status_counter(struct cs_stat *st, int status)
{
    struct cs_metric *m;
    char labels[160];
    size_t i = 0;

    while (i < CS_N_STATUS - 1 && statuses[i] != status) /* the last is for all others */
        i++;
    if ((m = atomic_load(&st->by_status[i])))
        return m;
    snprintf(labels, sizeof(labels), "method=\"%s\",status=\"%d\"", st->method, status);
    m = cs_counter("cs_calls_total", labels, "Calls answered");
    atomic_store(&st->by_status[i], m);
    return m;
}

void cs_stat_count(struct cs_stat *st, int status, int64_t us)
{
    cs_metric_add(status_counter(st, status), 1);
    cs_metric_observe_us(st->seconds, us);
    atomic_fetch_add(&st->requests, 1);
    atomic_fetch_add(&st->busy_us, (unsigned long long)us);
    if (status < 400)
        return;
    atomic_fetch_add(&st->errors, 1);
    atomic_store(&st->last_error, status);
}

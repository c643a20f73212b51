/* One array of metrics under a lock, which is taken to register and to print but not to count. */
#include "obs/metrics.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MAX_METRICS = 1024, N_BUCKETS = 16 };

static const int64_t bucket_us[N_BUCKETS] = {500,     1000,     2500,     5000,    10000,   25000,
                                             50000,   100000,   250000,   500000,  1000000, 2500000,
                                             5000000, 10000000, 30000000, 60000000};

enum kind { COUNTER, GAUGE, HISTOGRAM };
static const char *const kind_names[] = {"counter", "gauge", "histogram"};

struct cs_metric {
    char *name, *labels;
    const char *help;
    enum kind kind;
    atomic_llong value; /* of a histogram: the sum in microseconds */
    atomic_llong buckets[N_BUCKETS + 1];
};

static struct {
    pthread_mutex_t lock;
    struct cs_metric *all[MAX_METRICS];
    size_t n;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Metrics of one name stand together, as the text format wants it. */
static void metric_insert(struct cs_metric *m)
{
    size_t at = registry.n;

    for (size_t i = 0; i < registry.n; i++)
        if (strcmp(registry.all[i]->name, m->name) == 0)
            at = i + 1;
    for (size_t i = registry.n; i > at; i--)
        registry.all[i] = registry.all[i - 1];
    registry.all[at] = m;
    registry.n++;
}

static struct cs_metric *metric_get(enum kind kind, const char *name, const char *labels,
                                    const char *help)
{
    struct cs_metric *m = NULL;

    labels = labels ? labels : "";
    pthread_mutex_lock(&registry.lock);
    for (size_t i = 0; i < registry.n && !m; i++)
        if (strcmp(registry.all[i]->name, name) == 0 &&
            strcmp(registry.all[i]->labels, labels) == 0)
            m = registry.all[i];
    if (!m) {
        m = calloc(1, sizeof(*m));
        if (!m || registry.n == MAX_METRICS)
            abort();
        m->name = strdup(name);
        m->labels = strdup(labels);
        m->help = help;
        m->kind = kind;
        metric_insert(m);
    }
    pthread_mutex_unlock(&registry.lock);
    return m;
}

struct cs_metric *cs_counter(const char *name, const char *labels, const char *help)
{
    return metric_get(COUNTER, name, labels, help);
}

struct cs_metric *cs_gauge(const char *name, const char *labels, const char *help)
{
    return metric_get(GAUGE, name, labels, help);
}

struct cs_metric *cs_histogram(const char *name, const char *labels, const char *help)
{
    return metric_get(HISTOGRAM, name, labels, help);
}

void cs_metric_add(struct cs_metric *m, int64_t n)
{
    atomic_fetch_add_explicit(&m->value, n, memory_order_relaxed);
}

void cs_metric_set(struct cs_metric *m, int64_t n)
{
    atomic_store_explicit(&m->value, n, memory_order_relaxed);
}

void cs_metric_observe_us(struct cs_metric *m, int64_t us)
{
    int i = 0;

    while (i < N_BUCKETS && us > bucket_us[i])
        i++;
    atomic_fetch_add_explicit(&m->buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->value, us, memory_order_relaxed);
}

/* ---- text ---- */

static void write_histogram(struct cs_buf *out, struct cs_metric *m)
{
    const char *comma = *m->labels ? "," : "", *open = *m->labels ? "{" : "",
               *close = *m->labels ? "}" : "";
    long long n = 0;

    for (int i = 0; i <= N_BUCKETS; i++) {
        n += atomic_load_explicit(&m->buckets[i], memory_order_relaxed);
        if (i < N_BUCKETS)
            cs_buf_addf(out, "%s_bucket{%s%sle=\"%g\"} %lld\n", m->name, m->labels, comma,
                        (double)bucket_us[i] / 1e6, n);
        else
            cs_buf_addf(out, "%s_bucket{%s%sle=\"+Inf\"} %lld\n", m->name, m->labels, comma, n);
    }
    cs_buf_addf(out, "%s_sum%s%s%s %.6f\n", m->name, open, m->labels, close,
                (double)atomic_load_explicit(&m->value, memory_order_relaxed) / 1e6);
    cs_buf_addf(out, "%s_count%s%s%s %lld\n", m->name, open, m->labels, close, n);
}

static void write_process(struct cs_buf *out)
{
    struct rusage u;
    long pages = 0;
    int fds = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    DIR *d = opendir("/proc/self/fd");

    if (f) {
        if (fscanf(f, "%*s %ld", &pages) != 1)
            pages = 0;
        fclose(f);
    }
    while (d && readdir(d))
        fds++;
    if (d)
        closedir(d);
    getrusage(RUSAGE_SELF, &u);
    cs_buf_addf(out,
                "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %lld\n",
                (long long)pages * sysconf(_SC_PAGESIZE));
    cs_buf_addf(out, "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total %.3f\n",
                (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
    cs_buf_addf(out, "# TYPE process_open_fds gauge\nprocess_open_fds %d\n", fds > 3 ? fds - 3 : 0);
}

void cs_metrics_write(struct cs_buf *out)
{
    const char *last = "";

    pthread_mutex_lock(&registry.lock);
    for (size_t i = 0; i < registry.n; i++) {
        struct cs_metric *m = registry.all[i];
        if (strcmp(m->name, last) != 0)
            cs_buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name,
                        kind_names[m->kind]);
        last = m->name;
        if (m->kind == HISTOGRAM)
            write_histogram(out, m);
        else
            cs_buf_addf(out, "%s%s%s%s %lld\n", m->name, *m->labels ? "{" : "", m->labels,
                        *m->labels ? "}" : "",
                        atomic_load_explicit(&m->value, memory_order_relaxed));
    }
    pthread_mutex_unlock(&registry.lock);
    write_process(out);
}

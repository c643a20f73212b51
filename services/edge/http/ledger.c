/* A list of bodies for each loop and lists of the places that are taken, behind one lock. */
#include "edge/http/ledger.h"

#include "base/grow.h"
#include "obs/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct ledger_page {
    struct parked *rows; /* that count for a budget, as the loop judged them last */
    uint32_t n, cap;
    int64_t bytes[2]; /* in memory; by trusted */
};

static struct {
    pthread_mutex_t lock;
    struct ledger_page pages[HTTP_LOOPS_MAX];
} ledger = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t large_places[LEDGER_LARGE_MAX], file_places[LEDGER_FILES_MAX]; /* their shares */

static struct ledger_places {
    int max, share;
    uint64_t *places;
    const char *gauge, *help;      /* how many are taken */
    const char *refused, *because; /* how often there was none */
    int n;
} kinds[] = {
    [LEDGER_LARGE] = {LEDGER_LARGE_MAX, LEDGER_LARGE_SHARE, large_places, "cs_edge_large_bodies",
                      "large request bodies at work", "cs_edge_bodies_refused_total",
                      "request bodies that were cut or refused", 0},
    [LEDGER_FILES] = {LEDGER_FILES_MAX, LEDGER_FILES_SHARE, file_places, "cs_edge_files",
                      "files that are being sent", "cs_edge_files_refused_total",
                      "files that were not sent for want of a place", 0},
};

static void ledger_count(enum ledger_kind kind, enum parked_verdict verdict)
{
    static const char *const reasons[PARKED_VERDICTS] = {
        [PARKED_SLOW] = "reason=\"slow\"",
        [PARKED_SHARE] = "reason=\"share\"",
        [PARKED_FULL] = "reason=\"full\"",
    };

    if (reasons[verdict])
        cs_metric_add(cs_counter(kinds[kind].refused, reasons[verdict], kinds[kind].because), 1);
}

/* What the bodies of one loop hold changed: the gauges are sums over the loops. */
static void ledger_measure(struct ledger_page *page, const struct parked *p, size_t n)
{
    int64_t bytes[2] = {0, 0};

    for (size_t i = 0; i < n; i++)
        if (p[i].verdict == PARKED_STAYS)
            bytes[p[i].trusted] += (int64_t)parked_held(&p[i]);
    for (int trusted = 0; trusted < 2; trusted++) {
        cs_metric_add(cs_gauge("cs_edge_body_bytes", trusted ? "of=\"known\"" : "of=\"strangers\"",
                               "bytes of request bodies in memory that are coming in"),
                      bytes[trusted] - page->bytes[trusted]);
        page->bytes[trusted] = bytes[trusted];
    }
}

/* The bodies that count for a budget come first; how many they are. */
static size_t ledger_part(struct parked *p, size_t n)
{
    size_t counted = 0;

    for (size_t i = 0; i < n; i++) {
        struct parked one = p[i];
        if (!one.trusted && one.got <= HTTP_SMALL)
            continue;
        p[i] = p[counted];
        p[counted++] = one;
    }
    return counted;
}

void ledger_judge(int loop, struct parked *p, size_t n)
{
    struct ledger_page *own = &ledger.pages[loop];
    size_t counted = ledger_part(p, n), n_all = 0, k = 0;

    if (n > counted) /* the others by their time alone, without the lock */
        parked_judge(p + counted, n - counted);
    pthread_mutex_lock(&ledger.lock);
    for (int i = 0; i < HTTP_LOOPS_MAX; i++)
        n_all += ledger.pages[i].n;
    struct parked *all = zeroed(n_all + counted, sizeof(*all));
    if (counted)
        memcpy(all, p, counted * sizeof(*p));
    n_all = counted;
    for (int i = 0; i < HTTP_LOOPS_MAX; i++)
        for (uint32_t r = 0; i != loop && r < ledger.pages[i].n; r++)
            all[n_all++] = ledger.pages[i].rows[r];
    parked_judge(all, n_all);
    own->rows = grow(own->rows, &own->cap, counted, sizeof(*own->rows));
    own->n = 0;
    for (size_t i = 0; i < n_all; i++) {
        if (!all[i].of)
            continue; /* its loop cuts it */
        p[k++] = all[i];
        if (all[i].verdict == PARKED_STAYS) {
            own->rows[own->n] = all[i];
            own->rows[own->n++].of = NULL;
        }
    }
    ledger_measure(own, p, n);
    pthread_mutex_unlock(&ledger.lock);
    free(all);
    for (size_t i = 0; i < n; i++)
        ledger_count(LEDGER_LARGE, p[i].verdict);
}

enum parked_verdict ledger_enter(enum ledger_kind kind, uint64_t share)
{
    struct ledger_places *k = &kinds[kind];
    enum parked_verdict verdict = PARKED_STAYS;
    int same = 0;

    pthread_mutex_lock(&ledger.lock);
    for (int i = 0; i < k->n; i++)
        same += k->places[i] == share;
    if (same >= k->share)
        verdict = PARKED_SHARE;
    else if (k->n == k->max)
        verdict = PARKED_FULL;
    else
        k->places[k->n++] = share;
    cs_metric_set(cs_gauge(k->gauge, NULL, k->help), k->n);
    pthread_mutex_unlock(&ledger.lock);
    ledger_count(kind, verdict);
    return verdict;
}

void ledger_leave(enum ledger_kind kind, uint64_t share)
{
    struct ledger_places *k = &kinds[kind];
    int i = 0;

    pthread_mutex_lock(&ledger.lock);
    while (i < k->n && k->places[i] != share)
        i++;
    if (i < k->n)
        k->places[i] = k->places[--k->n];
    cs_metric_set(cs_gauge(k->gauge, NULL, k->help), k->n);
    pthread_mutex_unlock(&ledger.lock);
}

/* A leaking bucket for each workspace that has caused events lately. */
#include "bus/event_budget.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/id.h"
#include "obs/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024, DAY_MS = 24 * 3600 * 1000 };

struct spent {
    struct spent *next;
    double bytes; /* that have not come back at at_ms */
    int64_t at_ms;
    char tenant[CS_ID_SIZE];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct spent *buckets[BUCKETS];
static double a_day; /* 0: no limit */
static struct cs_metric *bytes_total, *refused_total;

void cs_event_budget_set(int64_t bytes_a_day)
{
    a_day = (double)bytes_a_day;
    bytes_total = cs_counter("cs_event_bytes_total", NULL, "Bytes of events written");
    refused_total =
        cs_counter("cs_event_budget_refused_total", NULL,
                   "Calls refused because the workspace caused too many bytes of events");
}

static double spent_at(const struct spent *s, int64_t now_ms)
{
    double back = a_day * (double)(now_ms - s->at_ms) / DAY_MS;

    return s->bytes > back ? s->bytes - back : 0;
}

/* the workspace's, or NULL; those of its bucket that have everything back are freed. The lock is held. */
static struct spent *spent_find(const char *tenant, int64_t now_ms)
{
    struct spent **at = &buckets[cs_hash(0, tenant) % BUCKETS], *found = NULL;

    while (*at) {
        struct spent *s = *at;
        if (strcmp(s->tenant, tenant) == 0) {
            found = s;
        } else if (spent_at(s, now_ms) <= 0) {
            *at = s->next;
            free(s);
            continue;
        }
        at = &s->next;
    }
    return found;
}

void cs_event_budget_spend(const char *tenant, size_t bytes, int64_t now_ms)
{
    struct spent *s;

    if (a_day <= 0 || !cs_id_valid(tenant))
        return;
    cs_metric_add(bytes_total, (int64_t)bytes);
    pthread_mutex_lock(&lock);
    if (!(s = spent_find(tenant, now_ms))) {
        struct spent **bucket = &buckets[cs_hash(0, tenant) % BUCKETS];
        if (!(s = calloc(1, sizeof(*s))))
            abort();
        memcpy(s->tenant, tenant, CS_ID_SIZE);
        s->next = *bucket;
        s->at_ms = now_ms;
        *bucket = s;
    }
    s->bytes = spent_at(s, now_ms) + (double)bytes;
    s->at_ms = now_ms;
    pthread_mutex_unlock(&lock);
}

int64_t cs_event_budget_wait_ms(const char *tenant, int64_t now_ms)
{
    double over = 0;
    const struct spent *s;

    if (a_day <= 0 || !tenant)
        return 0;
    pthread_mutex_lock(&lock);
    if ((s = spent_find(tenant, now_ms)))
        over = spent_at(s, now_ms) - a_day;
    pthread_mutex_unlock(&lock);
    return over >= 0 && s ? 1000 + (int64_t)(over / a_day * DAY_MS) : 0;
}

int cs_event_budget_check(struct cs_call *call)
{
    int64_t wait_ms = cs_event_budget_wait_ms(call->tenant, cs_mono_ms());
    int r;

    if (wait_ms == 0)
        return 0;
    cs_metric_add(refused_total, 1);
    r = cs_fail(call, CS_LIMITED, "The events of the workspace have reached %.0f bytes a day.",
                a_day);
    call->retry_after_ms = wait_ms;
    return r;
}

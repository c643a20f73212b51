/* A table of shares by tenant under one lock. */
#include "http/share.h"

#include "base/hash.h"
#include "obs/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 256,
    NAMES_PER_TENANT = 2,
    NAMES = 256, /* each has a thread of libcurl */
    PARTS = 4,   /* a tenant may hold one of so many parts of all bytes */
};

static struct {
    pthread_mutex_t lock;
    struct list buckets[BUCKETS];
    size_t requests_max, bytes_max;
    size_t names, bytes;
    struct cs_metric *held, *resolving, *refused, *cut;
} shares = {.lock = PTHREAD_MUTEX_INITIALIZER};

void cs_shares_init(size_t requests, size_t bytes)
{
    static const char cut[] = "Requests that ended because of a tenant's share of the engine.";

    for (size_t i = 0; i < BUCKETS; i++)
        if (!shares.buckets[i].next)
            list_init(&shares.buckets[i]);
    shares.requests_max = requests;
    shares.bytes_max = bytes;
    shares.held = cs_gauge("cs_egress_answer_bytes", NULL, "Bytes of answers in memory.");
    shares.resolving = cs_gauge("cs_egress_resolving", NULL, "Host names that are being resolved.");
    shares.refused = cs_counter("cs_egress_share_total", "of=\"requests\"", cut);
    shares.cut = cs_counter("cs_egress_share_total", "of=\"bytes\"", cut);
}

static struct share *share_find(struct list *bucket, const char *tenant)
{
    for (struct list *l = bucket->next; l != bucket; l = l->next) {
        struct share *s = LIST_OF(l, struct share, link);
        if (strcmp(s->tenant, tenant) == 0)
            return s;
    }
    struct share *s = calloc(1, sizeof(*s));
    if (!s)
        abort();
    snprintf(s->tenant, sizeof(s->tenant), "%s", tenant);
    list_add(bucket, &s->link);
    return s;
}

static void share_drop_unused(struct share *s)
{
    if (s->requests || s->names || s->bytes)
        return;
    list_remove(&s->link);
    free(s);
}

struct share *cs_share_enter(const char *tenant, size_t n)
{
    struct share *s;

    if (!tenant || strlen(tenant) >= CS_ID_SIZE)
        tenant = "";
    pthread_mutex_lock(&shares.lock);
    s = share_find(&shares.buckets[cs_hash(0, tenant) % BUCKETS], tenant);
    if (s->requests + n <= shares.requests_max) {
        s->requests += n;
    } else {
        share_drop_unused(s);
        cs_metric_add(shares.refused, 1);
        s = NULL;
    }
    pthread_mutex_unlock(&shares.lock);
    return s;
}

void cs_share_leave(struct share *s, size_t n)
{
    pthread_mutex_lock(&shares.lock);
    s->requests -= n;
    share_drop_unused(s);
    pthread_mutex_unlock(&shares.lock);
}

bool cs_share_name(struct share *s)
{
    pthread_mutex_lock(&shares.lock);
    bool ok = s->names < NAMES_PER_TENANT && shares.names < NAMES;
    if (ok) {
        s->names++;
        shares.names++;
        cs_metric_add(shares.resolving, 1);
    }
    pthread_mutex_unlock(&shares.lock);
    return ok;
}

void cs_share_name_done(struct share *s)
{
    pthread_mutex_lock(&shares.lock);
    s->names--;
    shares.names--;
    cs_metric_add(shares.resolving, -1);
    share_drop_unused(s);
    pthread_mutex_unlock(&shares.lock);
}

bool cs_share_bytes(struct share *s, size_t had, size_t has)
{
    pthread_mutex_lock(&shares.lock);
    s->bytes += has - had;
    shares.bytes += has - had;
    cs_metric_set(shares.held, (int64_t)shares.bytes);
    bool ok =
        has <= had || (shares.bytes <= shares.bytes_max && s->bytes <= shares.bytes_max / PARTS);
    if (!ok)
        cs_metric_add(shares.cut, 1);
    share_drop_unused(s);
    pthread_mutex_unlock(&shares.lock);
    return ok;
}

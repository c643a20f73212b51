/* A hash table of the holders that have something, under one lock. */
#include "bus/share.h"

#include "base/hash.h"
#include "obs/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cs_holder {
    struct cs_holder *next;
    size_t n;
    char name[];
};

/* where the holder is, or would be added; the lock is held */
static struct cs_holder **holder_at(struct cs_share *s, const char *name)
{
    struct cs_holder **at = &s->buckets[cs_hash(0, name) % CS_SHARE_BUCKETS];

    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

static struct cs_holder *holder_new(const char *name)
{
    size_t size = strlen(name) + 1;
    struct cs_holder *h = calloc(1, sizeof(*h) + size);

    if (!h)
        abort();
    memcpy(h->name, name, size);
    return h;
}

bool cs_share_take(struct cs_share *s, const char *holder, size_t limit)
{
    char label[64];

    if (!holder)
        return true;
    pthread_mutex_lock(&s->lock);
    if (!s->held) {
        snprintf(label, sizeof(label), "share=\"%s\"", s->name);
        s->held = cs_gauge("cs_share_held", label, "Places held, of all holders together");
        s->refused = cs_counter("cs_share_refused_total", label,
                                "Places refused because the holder had as many as it may have");
    }
    struct cs_holder **at = holder_at(s, holder);
    bool room = (*at ? (*at)->n : 0) < limit;
    if (room) {
        if (!*at)
            *at = holder_new(holder);
        (*at)->n++;
    }
    cs_metric_add(room ? s->held : s->refused, 1);
    pthread_mutex_unlock(&s->lock);
    return room;
}

void cs_share_return(struct cs_share *s, const char *holder)
{
    if (!holder)
        return;
    pthread_mutex_lock(&s->lock);
    struct cs_holder **at = holder_at(s, holder), *h = *at;
    if (h) {
        cs_metric_add(s->held, -1);
        if (--h->n == 0) {
            *at = h->next;
            free(h);
        }
    }
    pthread_mutex_unlock(&s->lock);
}

size_t cs_share_held(struct cs_share *s, const char *holder)
{
    pthread_mutex_lock(&s->lock);
    struct cs_holder *h = *holder_at(s, holder);
    size_t n = h ? h->n : 0;
    pthread_mutex_unlock(&s->lock);
    return n;
}

#include "bus/cancel.h"

#include "base/hash.h"
#include "bus/ask.h"
#include "bus/call.h"

#include <pthread.h>
#include <string.h>

enum { BUCKETS = 1024, REMEMBERED = 256 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct cs_later *buckets[BUCKETS];
static uint64_t recent[REMEMBERED];
static size_t n_recent;

void cs_cancel_enter(struct cs_later *l)
{
    if (!l->call->cancel)
        return;
    uint64_t h = cs_hash(0, l->call->cancel);
    struct cs_later **b = &buckets[h % BUCKETS];

    pthread_mutex_lock(&lock);
    l->same = *b;
    l->at = b;
    if (*b)
        (*b)->at = &l->same;
    *b = l;
    for (size_t i = 0; i < REMEMBERED; i++)
        if (recent[i] == h)
            atomic_store(&l->cancelled, true);
    pthread_mutex_unlock(&lock);
}

void cs_cancel_leave(struct cs_later *l)
{
    if (!l->at)
        return;
    pthread_mutex_lock(&lock);
    *l->at = l->same;
    if (l->same)
        l->same->at = l->at;
    pthread_mutex_unlock(&lock);
}

void cs_cancel(const char *word)
{
    uint64_t h = cs_hash(0, word);

    pthread_mutex_lock(&lock);
    recent[n_recent++ % REMEMBERED] = h;
    for (struct cs_later *l = buckets[h % BUCKETS]; l; l = l->same)
        if (strcmp(l->call->cancel, word) == 0)
            atomic_store(&l->cancelled, true);
    pthread_mutex_unlock(&lock);
    cs_ask_cancel(word);
}

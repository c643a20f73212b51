/* A hash table of calls by their cancel word, and the words that were cancelled last. */
#include "bus/cancel.h"

#include "base/hash.h"
#include "bus/call_state.h"

#include <pthread.h>
#include <string.h>

enum { BUCKETS = 1024, REMEMBERED = 256 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct cs_call_state *buckets[BUCKETS];
static uint64_t recent[REMEMBERED];
static size_t n_recent;

void cs_cancel_enter(struct cs_call_state *s)
{
    if (!s->call->cancel)
        return;
    uint64_t h = cs_hash(0, s->call->cancel);
    struct cs_call_state **b = &buckets[h % BUCKETS];

    pthread_mutex_lock(&lock);
    s->same = *b;
    s->at = b;
    if (*b)
        (*b)->at = &s->same;
    *b = s;
    for (size_t i = 0; i < REMEMBERED; i++)
        if (recent[i] == h)
            atomic_store(&s->cancelled, true);
    pthread_mutex_unlock(&lock);
}

void cs_cancel_leave(struct cs_call_state *s)
{
    if (!s->at)
        return;
    pthread_mutex_lock(&lock);
    *s->at = s->same;
    if (s->same)
        s->same->at = s->at;
    pthread_mutex_unlock(&lock);
}

void cs_cancel(const char *word)
{
    uint64_t h = cs_hash(0, word);

    pthread_mutex_lock(&lock);
    recent[n_recent++ % REMEMBERED] = h;
    for (struct cs_call_state *s = buckets[h % BUCKETS]; s; s = s->same)
        if (strcmp(s->call->cancel, word) == 0)
            atomic_store(&s->cancelled, true);
    pthread_mutex_unlock(&lock);
}

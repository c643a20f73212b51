/* A table of a fixed size, in which a new key takes the place of the one with the same hash. */
#include "embed/pace.h"

#include "base/clock.h"

#include <pthread.h>
#include <string.h>

enum { PLACES = 1024, SPENT_MS = 60 * 1000, HOLD_MAX_MS = 60 * 1000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pace {
    unsigned char key[PACE_KEY];
    size_t window;             /* 0: unused */
    int64_t hold_ms, spent_ms; /* until then */
} paces[PLACES];

/* The place of a key; the lock is held. */
static struct pace *pace_of(const unsigned char key[PACE_KEY])
{
    struct pace *p = &paces[(key[0] | (size_t)key[1] << 8) % PLACES];

    if (!p->window || memcmp(p->key, key, PACE_KEY) != 0) {
        *p = (struct pace){.window = PACE_FIRST};
        memcpy(p->key, key, PACE_KEY);
    }
    return p;
}

size_t pace_window(const unsigned char key[PACE_KEY])
{
    pthread_mutex_lock(&lock);
    size_t window = pace_of(key)->window;
    pthread_mutex_unlock(&lock);
    return window;
}

int64_t pace_wait_ms(const unsigned char key[PACE_KEY])
{
    pthread_mutex_lock(&lock);
    int64_t wait = pace_of(key)->hold_ms - cs_mono_ms();
    pthread_mutex_unlock(&lock);
    return wait > 0 ? wait : 0;
}

void pace_good(const unsigned char key[PACE_KEY])
{
    pthread_mutex_lock(&lock);
    struct pace *p = pace_of(key);
    p->window += p->window < PACE_MOST;
    p->spent_ms = 0;
    pthread_mutex_unlock(&lock);
}

void pace_refused(const unsigned char key[PACE_KEY], int64_t retry_after_ms)
{
    int64_t until = cs_mono_ms() + (retry_after_ms < HOLD_MAX_MS ? retry_after_ms : HOLD_MAX_MS);

    pthread_mutex_lock(&lock);
    struct pace *p = pace_of(key);
    p->window = (p->window + 1) / 2;
    p->hold_ms = retry_after_ms && until > p->hold_ms ? until : p->hold_ms;
    pthread_mutex_unlock(&lock);
}

void pace_spent(const unsigned char key[PACE_KEY])
{
    pthread_mutex_lock(&lock);
    pace_of(key)->spent_ms = cs_mono_ms() + SPENT_MS;
    pthread_mutex_unlock(&lock);
}

int pace_is_spent(const unsigned char key[PACE_KEY])
{
    pthread_mutex_lock(&lock);
    int spent = pace_of(key)->spent_ms > cs_mono_ms();
    pthread_mutex_unlock(&lock);
    return spent;
}

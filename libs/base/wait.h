#pragma once
/* wait: condition variables on the monotonic clock, so that a stepped wall clock wakes nobody late. */
#include <pthread.h>
#include <stdint.h>
#include <time.h>

static inline void cs_cond_init(pthread_cond_t *c)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(c, &attr);
    pthread_condattr_destroy(&attr);
}

/* The moment ms from now, for pthread_cond_timedwait() on a condition made here. */
static inline struct timespec cs_mono_after(int64_t ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000L;
    }
    return t;
}

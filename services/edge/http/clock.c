/* gettimeofday() over the monotonic clock, which follows the wall clock slowly. */
#include "edge/http/clock.h"

#include <pthread.h>
#include <sys/time.h>
#include <time.h>

enum { SLOWNESS = 10, SECOND = 1000000 };

int64_t clock_follow(int64_t wall, int64_t mono, int64_t *last, int64_t *at)
{
    int64_t passed = mono - *at, most = passed / SLOWNESS;
    int64_t behind = *at ? wall - (*last + passed) : 0;

    if (behind > most)
        *last += passed + most;
    else if (behind < -most)
        *last += passed - most;
    else
        *last = wall;
    *at = mono;
    return *last;
}

static int64_t read_us(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

void clock_begin(void)
{
    struct timeval tv;
    gettimeofday(&tv, NULL);
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int64_t last, at;
    (void)zone;

    pthread_mutex_lock(&lock);
    int64_t us = clock_follow(read_us(CLOCK_REALTIME), read_us(CLOCK_MONOTONIC), &last, &at);
    pthread_mutex_unlock(&lock);
    *tv = (struct timeval){.tv_sec = us / SECOND, .tv_usec = us % SECOND};
    return 0;
}

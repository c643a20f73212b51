/* A flag, and a condition variable on the monotonic clock. */
#include "bus/stop.h"

#include "base/wait.h"

#include <pthread.h>
#include <stdatomic.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_bool stopping;

static void cond_init(void)
{
    cs_cond_init(&cond);
}

void cs_stop_set(void)
{
    pthread_once(&once, cond_init);
    pthread_mutex_lock(&lock);
    atomic_store(&stopping, true);
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&lock);
}

bool cs_stopping(void)
{
    return atomic_load(&stopping);
}

bool cs_stop_wait(int64_t ms)
{
    struct timespec until = cs_mono_after(ms);

    pthread_once(&once, cond_init);
    pthread_mutex_lock(&lock);
    while (!atomic_load(&stopping) && pthread_cond_timedwait(&cond, &lock, &until) == 0)
        ;
    pthread_mutex_unlock(&lock);
    return cs_stopping();
}

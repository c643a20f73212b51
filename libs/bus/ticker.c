#include "bus/ticker.h"

#include "bus/background.h"
#include "bus/stop.h"
#include "bus/wait.h"

#include <stdlib.h>

enum { MAX_TICKERS = 16 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended;
static pthread_t threads[MAX_TICKERS];
static size_t n_threads, n_running;

static void *run(void *arg)
{
    const struct cs_ticker *t = arg;
    struct cs_later *l = cs_background_new();

    while (!cs_stop_wait(t->every_ms)) {
        t->fn(cs_background_begin(l, &(struct cs_background){0}));
        cs_background_end(l);
    }
    cs_background_free(l);
    pthread_mutex_lock(&lock);
    n_running--;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
    return NULL;
}

void cs_tickers_start(const struct cs_ticker *tickers)
{
    cs_cond_init(&ended);
    for (const struct cs_ticker *t = tickers; t->name; t++) {
        if (n_threads == MAX_TICKERS)
            abort();
        pthread_mutex_lock(&lock);
        n_running++;
        pthread_mutex_unlock(&lock);
        cs_thread(&threads[n_threads++], run, (void *)t);
    }
}

bool cs_tickers_stop(int64_t ms)
{
    struct timespec until = cs_mono_after(ms);

    pthread_mutex_lock(&lock);
    while (n_running > 0 && pthread_cond_timedwait(&ended, &lock, &until) == 0)
        ;
    bool all = n_running == 0;
    pthread_mutex_unlock(&lock);
    while (all && n_threads > 0)
        pthread_join(threads[--n_threads], NULL);
    return all;
}

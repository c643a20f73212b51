/*
 * A thread per ticker, which waits until the row's period is over and runs it as a background
 * call.
 */
#include "bus/ticker.h"

#include "base/clock.h"
#include "base/wait.h"
#include "bus/background.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_TICKERS = 16 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool stopping;
static pthread_t threads[MAX_TICKERS];
static size_t n_threads, n_running;

static void changed_init(void)
{
    cs_cond_init(&changed);
}

/* false: stopping */
static bool ticker_wait(const struct cs_ticker *t, int64_t last_ms)
{
    pthread_mutex_lock(&lock);
    while (!stopping) {
        int64_t period = t->under_way && !t->under_way() ? t->rest_ms : t->every_ms;
        int64_t left = last_ms + period - cs_mono_ms();
        if (left <= 0)
            break;
        struct timespec until = cs_mono_after(left);
        pthread_cond_timedwait(&changed, &lock, &until);
    }
    bool due = !stopping;
    pthread_mutex_unlock(&lock);
    return due;
}

void cs_tickers_wake(void)
{
    pthread_once(&once, changed_init);
    pthread_mutex_lock(&lock);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void *ticker_run(void *arg)
{
    const struct cs_ticker *t = arg;
    struct cs_call_state *s = cs_background_new();
    char what[64];

    snprintf(what, sizeof(what), "ticker.%s", t->name);
    for (int64_t last_ms = cs_mono_ms(); ticker_wait(t, last_ms); last_ms = cs_mono_ms()) {
        t->fn(cs_background_begin(s, &(struct cs_background){.what = what}));
        cs_background_end(s);
    }
    cs_background_free(s);
    pthread_mutex_lock(&lock);
    n_running--;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

void cs_tickers_start(const struct cs_ticker *tickers)
{
    pthread_once(&once, changed_init);
    for (const struct cs_ticker *t = tickers; t->name; t++) {
        if (n_threads == MAX_TICKERS)
            abort();
        pthread_mutex_lock(&lock);
        n_running++;
        pthread_mutex_unlock(&lock);
        cs_thread(&threads[n_threads++], ticker_run, (void *)t);
    }
}

bool cs_tickers_stop(int64_t ms)
{
    struct timespec until = cs_mono_after(ms);

    pthread_mutex_lock(&lock);
    stopping = true;
    if (n_running > 0)
        pthread_cond_broadcast(&changed);
    while (n_running > 0 && pthread_cond_timedwait(&changed, &lock, &until) == 0)
        ;
    bool all = n_running == 0;
    pthread_mutex_unlock(&lock);
    while (all && n_threads > 0)
        pthread_join(threads[--n_threads], NULL);
    return all;
}

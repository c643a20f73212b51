/* A list of calls whose passwords are to be hashed, and the threads that take from it. */
#include "auth/hasher.h"

#include "bus/background.h"
#include "obs/metrics.h"

#include <pthread.h>

/* of 2 cores one is left to everything else: the kernel shares them, and 4 would take 76 MiB */
enum { HASHER_THREADS = 2 };

/* in the arena of its call */
struct hashing {
    struct cs_call *call;
    hasher_work_fn *work;
    cs_resume_fn *next;
    void *state;
    struct hashing *behind;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct hashing *first, **last;
    int64_t depth;
    bool stopping;
    struct cs_metric *waiting;
    pthread_t threads[HASHER_THREADS];
} hasher = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

int hasher_stage(struct cs_call *call, hasher_work_fn *work, cs_resume_fn *next, void *state)
{
    struct hashing *h = CS_NEW(call->arena, struct hashing, 1);

    *h = (struct hashing){.call = call, .work = work, .next = next, .state = state};
    pthread_mutex_lock(&hasher.lock);
    *hasher.last = h;
    hasher.last = &h->behind;
    cs_metric_set(hasher.waiting, ++hasher.depth);
    pthread_cond_signal(&hasher.wake);
    pthread_mutex_unlock(&hasher.lock);
    return CS_LATER;
}

/* NULL: stopping */
static struct hashing *hasher_take(void)
{
    struct hashing *h;

    pthread_mutex_lock(&hasher.lock);
    while (!hasher.first && !hasher.stopping)
        pthread_cond_wait(&hasher.wake, &hasher.lock);
    h = hasher.first;
    if (h) {
        hasher.first = h->behind;
        if (!hasher.first)
            hasher.last = &hasher.first;
        cs_metric_set(hasher.waiting, --hasher.depth);
    }
    pthread_mutex_unlock(&hasher.lock);
    return h;
}

static int hasher_gone(struct cs_call *call, void *state)
{
    (void)state;
    return cs_fail(call, CS_TIMEOUT, "The caller is no longer waiting for the reply.");
}

static void *hasher_run(void *arg)
{
    struct hashing *h;

    (void)arg;
    while ((h = hasher_take())) {
        bool gone = cs_cancelled(h->call);

        if (!gone)
            h->work(h->call, h->state);
        cs_call_resume(h->call, gone ? hasher_gone : h->next, h->state);
    }
    return NULL;
}

void hasher_start(void)
{
    hasher.last = &hasher.first;
    hasher.waiting = cs_gauge("chatsphere_passwords_waiting", NULL,
                              "Passwords that wait for a thread that hashes");
    for (int i = 0; i < HASHER_THREADS; i++)
        cs_thread(&hasher.threads[i], hasher_run, NULL);
}

void hasher_stop(void)
{
    pthread_mutex_lock(&hasher.lock);
    hasher.stopping = true;
    pthread_cond_broadcast(&hasher.wake);
    pthread_mutex_unlock(&hasher.lock);
    for (int i = 0; i < HASHER_THREADS; i++)
        pthread_join(hasher.threads[i], NULL);
}

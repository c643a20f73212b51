/* A lane of calls whose passwords are to be hashed, and the threads that take from it. */
#include "auth/hasher.h"

#include "auth/lane.h"
#include "base/list.h"
#include "bus/background.h"
#include "obs/metrics.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    HASHER_THREADS =
        3, /* the last one for suspect attempts, behind everything else of the machine */
    HASHER_SUSPECT_NICE = 19,
    HASHER_RETRY_MS = 1000,
};

/* in the arena of its call */
struct hashing {
    struct lane_entry entry;
    struct cs_call *call;
    hasher_work_fn *work;
    cs_resume_fn *next;
    void *state;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake[2]; /* of those who take suspect attempts not, and of the one who does */
    struct lane lane;
    bool stopping;
    struct cs_metric *waiting, *refused[ATTEMPT_CLASSES];
    pthread_t threads[HASHER_THREADS];
} hasher = {.lock = PTHREAD_MUTEX_INITIALIZER,
            .wake = {PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER}};

static int hasher_full(struct cs_call *call, void *state)
{
    (void)state;
    call->retry_after_ms = HASHER_RETRY_MS;
    return cs_fail(call, CS_LIMITED, "Too many requests of this kind are under way.");
}

int hasher_stage(struct cs_call *call, const struct attempt *attempt, hasher_work_fn *work,
                 cs_resume_fn *next, void *state)
{
    struct hashing *h = CS_NEW(call->arena, struct hashing, 1);
    struct lane_entry *leaves;

    *h = (struct hashing){
        .entry.attempt = *attempt, .call = call, .work = work, .next = next, .state = state};
    pthread_mutex_lock(&hasher.lock);
    leaves = lane_offer(&hasher.lane, &h->entry);
    cs_metric_set(hasher.waiting, (int64_t)hasher.lane.n);
    pthread_cond_signal(&hasher.wake[attempt->class == ATTEMPT_SUSPECT]);
    pthread_mutex_unlock(&hasher.lock);
    if (leaves) {
        cs_metric_add(hasher.refused[leaves->attempt.class], 1);
        cs_call_resume(LIST_OF(leaves, struct hashing, entry)->call, hasher_full, NULL);
    }
    return CS_LATER;
}

/* NULL: stopping */
static struct hashing *hasher_take(bool suspects)
{
    struct lane_entry *e;

    pthread_mutex_lock(&hasher.lock);
    while (!(e = lane_take(&hasher.lane, suspects)) && !hasher.stopping)
        pthread_cond_wait(&hasher.wake[suspects], &hasher.lock);
    cs_metric_set(hasher.waiting, (int64_t)hasher.lane.n);
    pthread_mutex_unlock(&hasher.lock);
    return e ? LIST_OF(e, struct hashing, entry) : NULL;
}

static int hasher_gone(struct cs_call *call, void *state)
{
    (void)state;
    return cs_fail(call, CS_TIMEOUT, "The caller is no longer waiting for the reply.");
}

static void *hasher_run(void *arg)
{
    bool suspects = arg != NULL;
    struct hashing *h;

    if (suspects) /* a thread can only go down, so this one is for nothing else */
        setpriority(PRIO_PROCESS, (id_t)gettid(), HASHER_SUSPECT_NICE);
    while ((h = hasher_take(suspects))) {
        bool gone = cs_cancelled(h->call);

        if (!gone)
            h->work(h->call, h->state);
        cs_call_resume(h->call, gone ? hasher_gone : h->next, h->state);
    }
    return NULL;
}

void hasher_start(size_t places)
{
    static const char *const labels[ATTEMPT_CLASSES] = {"class=\"known\"", "class=\"new\"",
                                                        "class=\"suspect\""};

    lane_init(&hasher.lane, places);
    hasher.waiting = cs_gauge("chatsphere_passwords_waiting", NULL,
                              "Passwords that wait for a thread that hashes");
    for (int i = 0; i < ATTEMPT_CLASSES; i++)
        hasher.refused[i] = cs_counter("chatsphere_passwords_refused_total", labels[i],
                                       "Passwords refused because others had the places");
    for (int i = 0; i < HASHER_THREADS; i++)
        cs_thread(&hasher.threads[i], hasher_run, i == HASHER_THREADS - 1 ? &hasher : NULL);
}

void hasher_stop(void)
{
    pthread_mutex_lock(&hasher.lock);
    hasher.stopping = true;
    pthread_cond_broadcast(&hasher.wake[false]);
    pthread_cond_broadcast(&hasher.wake[true]);
    pthread_mutex_unlock(&hasher.lock);
    for (int i = 0; i < HASHER_THREADS; i++)
        pthread_join(hasher.threads[i], NULL);
}

/* The order and the bounds of the queue, with resumed calls in between. */
#include "test.h"

#include "bus/queue.h"

#include "bus/call_state.h"

#include <sched.h>
#include <stdlib.h>

static char messages[8];

static void refuses_when_full(void **state)
{
    struct cs_queue q;
    (void)state;

    cs_queue_init(&q, 2);
    assert_true(cs_queue_offer(&q, &messages[0]));
    assert_true(cs_queue_offer(&q, &messages[1]));
    assert_false(cs_queue_offer(&q, &messages[2]));
    assert_int_equal(cs_queue_depth(&q), 2);
    cs_queue_dispose(&q);
}

static void takes_in_order_and_wraps(void **state)
{
    struct cs_queue q;
    struct cs_work w;
    (void)state;

    cs_queue_init(&q, 2);
    for (int i = 0; i < 5; i++) {
        assert_true(cs_queue_offer(&q, &messages[i]));
        assert_true(cs_queue_take(&q, &w));
        assert_ptr_equal(w.fresh, &messages[i]);
        assert_null(w.resumed);
        cs_queue_done(&q);
    }
    cs_queue_dispose(&q);
}

/* takes one, and suspends it as a worker does after CS_LATER */
static void suspend_one(struct cs_queue *q, struct cs_call_state *s)
{
    struct cs_work w;

    assert_true(cs_queue_offer(q, &messages[0]));
    assert_true(cs_queue_take(q, &w));
    s->running = true;
    assert_true(cs_queue_suspend(q, s));
}

static void resumed_goes_first_and_past_the_bound(void **state)
{
    struct cs_queue q;
    struct cs_call_state a = {0}, b = {0};
    struct cs_work w;
    (void)state;

    cs_queue_init(&q, 1);
    suspend_one(&q, &a);
    suspend_one(&q, &b);
    assert_true(cs_queue_offer(&q, &messages[1]));
    cs_queue_resume(&q, &a);
    cs_queue_resume(&q, &b);
    assert_true(cs_queue_take(&q, &w));
    assert_ptr_equal(w.resumed, &a);
    assert_true(cs_queue_take(&q, &w));
    assert_ptr_equal(w.resumed, &b);
    assert_true(cs_queue_take(&q, &w));
    assert_ptr_equal(w.fresh, &messages[1]);
    cs_queue_dispose(&q);
}

/* the answer may be there before the handler has returned: no second thread gets the call */
static void resumed_while_running_stays_with_its_worker(void **state)
{
    struct cs_queue q;
    struct cs_call_state s = {.running = true};
    struct cs_work w;
    (void)state;

    cs_queue_init(&q, 1);
    assert_true(cs_queue_offer(&q, &messages[0]));
    assert_true(cs_queue_take(&q, &w));
    cs_queue_resume(&q, &s);
    assert_null(q.first);
    assert_false(cs_queue_suspend(&q, &s));
    assert_true(cs_queue_suspend(&q, &s)); /* only once */
    cs_queue_dispose(&q);
}

static void refuses_when_too_many_are_suspended(void **state)
{
    struct cs_queue q;
    struct cs_call_state *all = calloc(CS_MAX_SUSPENDED, sizeof(*all));
    (void)state;

    assert_non_null(all);
    cs_queue_init(&q, 4);
    for (int i = 0; i < CS_MAX_SUSPENDED; i++)
        suspend_one(&q, &all[i]);
    assert_false(cs_queue_offer(&q, &messages[0]));
    cs_queue_resume(&q, &all[0]);
    struct cs_work w;
    assert_true(cs_queue_take(&q, &w));
    assert_true(cs_queue_offer(&q, &messages[0]));
    cs_queue_dispose(&q);
    free(all);
}

static void stop_waits_for_what_is_staged(void **state)
{
    struct cs_queue q;
    struct cs_call_state s = {0};
    struct cs_work w;
    (void)state;

    cs_queue_init(&q, 1);
    suspend_one(&q, &s);
    assert_false(cs_queue_stop(&q, 20));
    cs_queue_resume(&q, &s);
    assert_true(cs_queue_take(&q, &w));
    assert_ptr_equal(w.resumed, &s);
    assert_false(cs_queue_stop(&q, 20));
    cs_queue_done(&q);
    assert_true(cs_queue_stop(&q, 0));
    assert_false(cs_queue_take(&q, &w));
    cs_queue_dispose(&q);
}

/* ---- which worker ---- */

enum { N_WORKERS = 3 };

struct worker {
    struct cs_queue *q;
    pthread_t thread;
    struct worker **took; /* the last that took something */
};

/* takes, notes that it was this one, and waits again */
static void *take_all(void *arg)
{
    struct worker *w = arg;
    struct cs_work work;

    while (cs_queue_take(w->q, &work)) {
        pthread_mutex_lock(&w->q->lock);
        *w->took = w;
        pthread_mutex_unlock(&w->q->lock);
        cs_queue_done(w->q);
    }
    return NULL;
}

/* until another worker than `below` is on top of the idle ones */
static void wait_until_idle(struct cs_queue *q, const struct cs_idle *below)
{
    bool idle = false;

    while (!idle) {
        sched_yield();
        pthread_mutex_lock(&q->lock);
        idle = q->idle != below && q->running == 0 && q->count == 0;
        pthread_mutex_unlock(&q->lock);
    }
}

static void the_last_idle_worker_is_woken_first(void **state)
{
    struct worker workers[N_WORKERS], *took = NULL;
    const struct cs_idle *below = NULL;
    struct cs_queue q;
    (void)state;

    cs_queue_init(&q, 4);
    for (int i = 0; i < N_WORKERS; i++) { /* one after the other becomes idle */
        below = q.idle;
        workers[i] = (struct worker){.q = &q, .took = &took};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, take_all, &workers[i]), 0);
        wait_until_idle(&q, below);
    }
    for (int i = 0; i < 20; i++) {
        took = NULL;
        assert_true(cs_queue_offer(&q, &messages[0]));
        wait_until_idle(&q, below);
        assert_ptr_equal(took, &workers[N_WORKERS - 1]);
    }
    assert_true(cs_queue_stop(&q, 1000));
    for (int i = 0; i < N_WORKERS; i++)
        pthread_join(workers[i].thread, NULL);
    cs_queue_dispose(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_when_full),
        cmocka_unit_test(takes_in_order_and_wraps),
        cmocka_unit_test(resumed_goes_first_and_past_the_bound),
        cmocka_unit_test(resumed_while_running_stays_with_its_worker),
        cmocka_unit_test(refuses_when_too_many_are_suspended),
        cmocka_unit_test(stop_waits_for_what_is_staged),
        cmocka_unit_test(the_last_idle_worker_is_woken_first),
    };
    return test_run(tests);
}

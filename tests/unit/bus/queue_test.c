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

    cs_queue_init(&q, 2, NULL);
    assert_int_equal(cs_queue_offer(&q, &messages[0], NULL), CS_OFFER_TAKEN);
    assert_int_equal(cs_queue_offer(&q, &messages[1], NULL), CS_OFFER_TAKEN);
    assert_int_equal(cs_queue_offer(&q, &messages[2], NULL), CS_OFFER_FULL);
    assert_int_equal(cs_queue_depth(&q), 2);
    cs_queue_dispose(&q);
}

static void takes_in_order_and_wraps(void **state)
{
    struct cs_queue q;
    struct cs_work w;
    (void)state;

    cs_queue_init(&q, 2, NULL);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(cs_queue_offer(&q, &messages[i], NULL), CS_OFFER_TAKEN);
        assert_true(cs_queue_take(&q, &w));
        assert_ptr_equal(w.fresh, &messages[i]);
        assert_null(w.resumed);
        cs_queue_done(&q, w.flow);
    }
    cs_queue_dispose(&q);
}

/* takes one, and suspends it as a worker does after CS_LATER */
static void suspend_one(struct cs_queue *q, struct cs_call_state *s)
{
    struct cs_work w;

    assert_int_equal(cs_queue_offer(q, &messages[0], NULL), CS_OFFER_TAKEN);
    assert_true(cs_queue_take(q, &w));
    s->running = true;
    s->flow = w.flow;
    assert_true(cs_queue_suspend(q, s));
}

static void resumed_goes_first_and_past_the_bound(void **state)
{
    struct cs_queue q;
    struct cs_call_state a = {0}, b = {0};
    struct cs_work w;
    (void)state;

    cs_queue_init(&q, 1, NULL);
    suspend_one(&q, &a);
    suspend_one(&q, &b);
    assert_int_equal(cs_queue_offer(&q, &messages[1], NULL), CS_OFFER_TAKEN);
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

    cs_queue_init(&q, 1, NULL);
    assert_int_equal(cs_queue_offer(&q, &messages[0], NULL), CS_OFFER_TAKEN);
    assert_true(cs_queue_take(&q, &w));
    s.flow = w.flow;
    cs_queue_resume(&q, &s);
    assert_true(list_empty(&q.resumed));
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
    cs_queue_init(&q, 4, NULL);
    for (int i = 0; i < CS_MAX_SUSPENDED; i++)
        suspend_one(&q, &all[i]);
    assert_int_equal(cs_queue_offer(&q, &messages[0], NULL), CS_OFFER_FULL);
    cs_queue_resume(&q, &all[0]);
    struct cs_work w;
    assert_true(cs_queue_take(&q, &w));
    assert_int_equal(cs_queue_offer(&q, &messages[0], NULL), CS_OFFER_TAKEN);
    cs_queue_dispose(&q);
    free(all);
}

static void stop_waits_for_what_is_staged(void **state)
{
    struct cs_queue q;
    struct cs_call_state s = {0};
    struct cs_work w;
    (void)state;

    cs_queue_init(&q, 1, NULL);
    suspend_one(&q, &s);
    assert_false(cs_queue_stop(&q, 20));
    cs_queue_resume(&q, &s);
    assert_true(cs_queue_take(&q, &w));
    assert_ptr_equal(w.resumed, &s);
    assert_false(cs_queue_stop(&q, 20));
    cs_queue_done(&q, w.flow);
    assert_true(cs_queue_stop(&q, 0));
    assert_false(cs_queue_take(&q, &w));
    cs_queue_dispose(&q);
}

/* ---- workers ---- */

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
        cs_queue_done(w->q, work.flow);
    }
    return NULL;
}

/* ---- flows ---- */

#define A "0190a000-0000-7000-8000-0000000000aa"
#define B "0190a000-0000-7000-8000-0000000000bb"

static void offer(struct cs_queue *q, int i, const char *tenant, enum cs_offer expected)
{
    assert_int_equal(cs_queue_offer(q, &messages[i], tenant), expected);
}

/* takes the next one, which must be message i */
static struct cs_flow *take(struct cs_queue *q, int i)
{
    struct cs_work w;

    assert_true(cs_queue_take(q, &w));
    assert_ptr_equal(w.fresh, &messages[i]);
    return w.flow;
}

static void a_workspace_has_a_share_of_the_places(void **state)
{
    struct cs_queue q;
    (void)state;

    cs_queue_init(&q, 4, &(struct cs_queue_share){2, SIZE_MAX, SIZE_MAX});
    offer(&q, 0, A, CS_OFFER_TAKEN);
    offer(&q, 1, A, CS_OFFER_TAKEN);
    offer(&q, 2, A, CS_OFFER_SHARE);
    offer(&q, 3, B, CS_OFFER_TAKEN);
    offer(&q, 4, NULL, CS_OFFER_TAKEN);
    offer(&q, 5, B, CS_OFFER_FULL);
    cs_queue_done(&q, take(&q, 0));
    offer(&q, 6, A, CS_OFFER_TAKEN);
    cs_queue_dispose(&q);
}

/* visitors and sign-ins have no workspace: they are many callers */
static void calls_without_a_workspace_have_no_share(void **state)
{
    struct cs_queue q;
    (void)state;

    cs_queue_init(&q, 4, &(struct cs_queue_share){1, 1, 1});
    for (int i = 0; i < 4; i++)
        offer(&q, i, NULL, CS_OFFER_TAKEN);
    for (int i = 0; i < 4; i++)
        take(&q, i);
    cs_queue_dispose(&q);
}

static void workspaces_are_served_in_turn(void **state)
{
    struct cs_queue q;
    (void)state;

    cs_queue_init(&q, 8, NULL);
    for (int i = 0; i < 4; i++)
        offer(&q, i, A, CS_OFFER_TAKEN);
    offer(&q, 4, B, CS_OFFER_TAKEN);
    offer(&q, 5, B, CS_OFFER_TAKEN);
    offer(&q, 6, NULL, CS_OFFER_TAKEN);
    for (size_t i = 0; i < 7; i++)
        take(&q, (const int[]){0, 4, 6, 1, 5, 2, 3}[i]);
    cs_queue_dispose(&q);
}

static void a_workspace_has_a_share_of_the_suspended_calls(void **state)
{
    struct cs_call_state s[2] = {0};
    struct cs_queue q;
    struct cs_work w;
    (void)state;

    cs_queue_init(&q, 4, &(struct cs_queue_share){SIZE_MAX, 2, SIZE_MAX});
    for (int i = 0; i < 2; i++) {
        offer(&q, i, A, CS_OFFER_TAKEN);
        s[i].flow = take(&q, i);
        assert_true(cs_queue_suspend(&q, &s[i]));
    }
    offer(&q, 2, A, CS_OFFER_SHARE);
    offer(&q, 3, B, CS_OFFER_TAKEN);
    cs_queue_resume(&q, &s[0]);
    assert_true(cs_queue_take(&q, &w));
    assert_ptr_equal(w.resumed, &s[0]);
    offer(&q, 2, A, CS_OFFER_TAKEN);
    cs_queue_dispose(&q);
}

/* with its share of workers a workspace waits, also with resumed calls, and the others go on */
static void a_workspace_has_a_share_of_the_workers(void **state)
{
    struct cs_call_state s = {0};
    struct cs_flow *flows[2];
    struct cs_queue q;
    struct cs_work w;
    (void)state;

    cs_queue_init(&q, 8, &(struct cs_queue_share){SIZE_MAX, SIZE_MAX, 2});
    for (int i = 0; i < 5; i++)
        offer(&q, i, A, CS_OFFER_TAKEN);
    offer(&q, 5, B, CS_OFFER_TAKEN);
    s.flow = take(&q, 0);
    take(&q, 5); /* in turn */
    assert_true(cs_queue_suspend(&q, &s));
    for (int i = 0; i < 2; i++)
        flows[i] = take(&q, i + 1);
    cs_queue_resume(&q, &s);
    offer(&q, 6, B, CS_OFFER_TAKEN);
    take(&q, 6);
    cs_queue_done(&q, flows[0]);
    assert_true(cs_queue_take(&q, &w));
    assert_ptr_equal(w.resumed, &s);
    cs_queue_done(&q, flows[1]);
    take(&q, 3);
    cs_queue_dispose(&q);
}

/* Many workers and flows with a share of one: each call is taken, and none waits for ever. */
static void no_call_is_forgotten(void **state)
{
    static const char *const tenants[] = {A, B, NULL};
    enum { CALLS = 3000 };
    struct worker workers[N_WORKERS], *took = NULL;
    struct cs_queue q;
    (void)state;

    cs_queue_init(&q, 16, &(struct cs_queue_share){8, SIZE_MAX, 1});
    for (int i = 0; i < N_WORKERS; i++) {
        workers[i] = (struct worker){.q = &q, .took = &took};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, take_all, &workers[i]), 0);
    }
    for (int i = 0; i < CALLS; i++)
        while (cs_queue_offer(&q, &messages[0], tenants[i % 3]) != CS_OFFER_TAKEN)
            sched_yield();
    assert_true(cs_queue_stop(&q, 60 * 1000));
    for (int i = 0; i < N_WORKERS; i++)
        pthread_join(workers[i].thread, NULL);
    for (int i = 0; i < CS_FLOW_BUCKETS; i++)
        assert_null(q.flows[i]); /* a flow without calls is gone */
    cs_queue_dispose(&q);
}

/* ---- which worker ---- */

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

    cs_queue_init(&q, 4, NULL);
    for (int i = 0; i < N_WORKERS; i++) { /* one after the other becomes idle */
        below = q.idle;
        workers[i] = (struct worker){.q = &q, .took = &took};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, take_all, &workers[i]), 0);
        wait_until_idle(&q, below);
    }
    for (int i = 0; i < 20; i++) {
        took = NULL;
        assert_int_equal(cs_queue_offer(&q, &messages[0], NULL), CS_OFFER_TAKEN);
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
        cmocka_unit_test(a_workspace_has_a_share_of_the_places),
        cmocka_unit_test(calls_without_a_workspace_have_no_share),
        cmocka_unit_test(workspaces_are_served_in_turn),
        cmocka_unit_test(a_workspace_has_a_share_of_the_suspended_calls),
        cmocka_unit_test(a_workspace_has_a_share_of_the_workers),
        cmocka_unit_test(no_call_is_forgotten),
        cmocka_unit_test(the_last_idle_worker_is_woken_first),
    };
    return test_run(tests);
}

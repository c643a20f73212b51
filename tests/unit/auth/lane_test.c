/* lane: a flow with many attempts delays the others by one each, and a crowd pushes nobody out who is better. */
#include "test.h"

#include "auth/lane.h"

static struct lane lane;
static struct lane_entry pool[4096];
static size_t n_pool;

static int lane_anew(void **state)
{
    (void)state;
    lane_init(&lane, 16);
    n_pool = 0;
    return 0;
}

static struct lane_entry *entry(enum attempt_class class, uint64_t flow)
{
    struct lane_entry *e = &pool[n_pool++];

    *e = (struct lane_entry){.attempt = {.class = class, .flow = flow}};
    return e;
}

/* whether it has a place */
static bool offer(struct lane_entry *e)
{
    return lane_offer(&lane, e) != e;
}

static size_t offers(enum attempt_class class, uint64_t flow, int n)
{
    size_t taken = 0;

    for (int i = 0; i < n; i++)
        taken += offer(entry(class, flow));
    return taken;
}

/* how many are taken before it */
static int wait_of(const struct lane_entry *e, bool suspects)
{
    int n = 0;

    for (struct lane_entry *next; (next = lane_take(&lane, suspects)) != e; n++)
        assert_non_null(next);
    return n;
}

static void flows_take_turns(void **state)
{
    struct lane_entry *late;
    (void)state;

    offers(ATTEMPT_NEW, 1, 6);
    offers(ATTEMPT_NEW, 2, 4);
    assert_true(offer(late = entry(ATTEMPT_NEW, 3)));
    assert_int_equal(wait_of(late, false), 2);
}

static void one_flow_cannot_keep_another_one_out(void **state)
{
    struct lane_entry *late;
    (void)state;

    assert_int_equal(offers(ATTEMPT_NEW, 1, 100), 12); /* three quarters */
    assert_true(offer(late = entry(ATTEMPT_NEW, 2)));  /* in place of the last of the other one */
    assert_int_equal(lane.n, 12);
    assert_int_equal(offers(ATTEMPT_NEW, 1, 1), 0);
    assert_int_equal(wait_of(late, false), 1);
}

static void a_crowd_of_suspects_delays_nobody(void **state)
{
    struct lane_entry *known, *fresh;
    (void)state;

    for (uint64_t flow = 1; flow <= 100; flow++)
        offers(ATTEMPT_SUSPECT, flow, 1);
    assert_int_equal(lane.n, 8); /* half */
    assert_true(offer(fresh = entry(ATTEMPT_NEW, 500)));
    assert_true(offer(known = entry(ATTEMPT_KNOWN, 501)));
    assert_int_equal(wait_of(known, false), 0);
    assert_int_equal(wait_of(fresh, false), 0);
    assert_null(lane_take(&lane, false));
    assert_non_null(lane_take(&lane, true));
}

/* a net of machines, each in a network of its own that has not failed yet */
static void a_crowd_of_new_ones_delays_no_known_one(void **state)
{
    struct lane_entry *known;
    (void)state;

    for (uint64_t flow = 1; flow <= 100; flow++)
        offers(ATTEMPT_NEW, flow, 1);
    offers(ATTEMPT_SUSPECT, 1, 100);
    assert_int_equal(lane.n, 16);
    assert_true(offer(known = entry(ATTEMPT_KNOWN, 500)));
    assert_int_equal(lane.n, 16);
    assert_int_equal(wait_of(known, false), 0);
}

static void every_class_has_its_turn(void **state)
{
    int taken[ATTEMPT_CLASSES] = {0};
    (void)state;

    for (int i = 0; i < 800; i++) {
        for (enum attempt_class c = ATTEMPT_KNOWN; c < ATTEMPT_CLASSES; c++)
            if (lane.of_class[c] < 4)
                assert_true(offer(entry(c, (uint64_t)i % 7)));
        taken[lane_take(&lane, i % 4 == 3)->attempt.class]++;
    }
    assert_int_equal(taken[ATTEMPT_KNOWN], 400);
    assert_int_equal(taken[ATTEMPT_NEW], 200);
    assert_int_equal(taken[ATTEMPT_SUSPECT], 200);
}

static void whoever_leaves_has_been_there_or_is_the_newcomer(void **state)
{
    static bool waits[LEN(pool)];
    (void)state;

    for (unsigned i = 0; i < 3000; i++) {
        struct lane_entry *e = entry((enum attempt_class)(i * 7 % 3), i * 31 % 11), *leaves;

        leaves = lane_offer(&lane, e);
        waits[e - pool] = true;
        if (leaves) {
            assert_true(waits[leaves - pool]);
            assert_true(leaves->attempt.class >= e->attempt.class);
            waits[leaves - pool] = false;
        }
        if (i % 3 == 0 && (e = lane_take(&lane, i % 2))) {
            assert_true(waits[e - pool]);
            waits[e - pool] = false;
        }
        assert_true(lane.n <= 16);
    }
    for (struct lane_entry *e; (e = lane_take(&lane, false)) || (e = lane_take(&lane, true));)
        waits[e - pool] = false;
    for (size_t i = 0; i < n_pool; i++)
        assert_false(waits[i]);
}

static void a_lane_of_one_place_serves_the_best(void **state)
{
    struct lane_entry *known;
    (void)state;

    lane_init(&lane, 1);
    assert_true(offer(entry(ATTEMPT_SUSPECT, 1)));
    assert_true(offer(known = entry(ATTEMPT_KNOWN, 2)));
    assert_false(offer(entry(ATTEMPT_NEW, 3)));
    assert_ptr_equal(lane_take(&lane, false), known);
    assert_null(lane_take(&lane, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(flows_take_turns, lane_anew),
        cmocka_unit_test_setup(one_flow_cannot_keep_another_one_out, lane_anew),
        cmocka_unit_test_setup(a_crowd_of_suspects_delays_nobody, lane_anew),
        cmocka_unit_test_setup(a_crowd_of_new_ones_delays_no_known_one, lane_anew),
        cmocka_unit_test_setup(every_class_has_its_turn, lane_anew),
        cmocka_unit_test_setup(whoever_leaves_has_been_there_or_is_the_newcomer, lane_anew),
        cmocka_unit_test_setup(a_lane_of_one_place_serves_the_best, lane_anew),
    };
    return test_run(tests);
}

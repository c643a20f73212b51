/* What a workspace may cause of events, and how it comes back. */
#include "test.h"

#include "bus/event_budget.h"

#define ONE "00000000-0000-7000-8000-0000000000a1"
#define TWO "00000000-0000-7000-8000-0000000000a2"

enum { DAY_MS = 24 * 3600 * 1000, BUDGET = 86400 }; /* a byte a second */

static void one_workspace_spends_its_own_budget(void **state)
{
    (void)state;
    cs_event_budget_set(BUDGET);
    cs_event_budget_spend(ONE, BUDGET - 1, 0);
    assert_int_equal(cs_event_budget_wait_ms(ONE, 0), 0);
    cs_event_budget_spend(ONE, 11, 0); /* what was begun is announced */
    assert_int_equal(cs_event_budget_wait_ms(ONE, 0), 11000);
    assert_int_equal(cs_event_budget_wait_ms(TWO, 0), 0);
    assert_int_equal(cs_event_budget_wait_ms(NULL, 0), 0);
}

static void it_comes_back_evenly(void **state)
{
    (void)state;
    assert_int_equal(cs_event_budget_wait_ms(ONE, 5000), 6000);
    assert_int_equal(cs_event_budget_wait_ms(ONE, 10500), 0);
    cs_event_budget_spend(ONE, 10, 10500);
    assert_true(cs_event_budget_wait_ms(ONE, 10500) > 0);
    assert_int_equal(cs_event_budget_wait_ms(ONE, 2LL * DAY_MS), 0);
    cs_event_budget_spend(ONE, BUDGET - 1, 2LL * DAY_MS); /* and is never more than a day's */
    assert_int_equal(cs_event_budget_wait_ms(ONE, 2LL * DAY_MS), 0);
    cs_event_budget_spend(ONE, 2, 2LL * DAY_MS);
    assert_true(cs_event_budget_wait_ms(ONE, 2LL * DAY_MS) > 0);
}

static void a_spent_budget_is_429(void **state)
{
    struct cs_call call = {.arena = &arena, .tenant = TWO};

    (void)state;
    assert_int_equal(cs_event_budget_check(&call), 0);
    cs_event_budget_spend(TWO, 3 * BUDGET, INT64_MAX / 2); /* later than any clock of the test */
    assert_int_equal(cs_event_budget_check(&call), -CS_LIMITED);
    assert_int_equal(call.status, CS_LIMITED);
    assert_true(call.retry_after_ms >= 1000);
}

static void zero_is_no_limit(void **state)
{
    (void)state;
    cs_event_budget_set(0);
    cs_event_budget_spend(ONE, 100 * BUDGET, 0);
    assert_int_equal(cs_event_budget_wait_ms(ONE, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_workspace_spends_its_own_budget),
        cmocka_unit_test(it_comes_back_evenly),
        cmocka_unit_test(a_spent_budget_is_429),
        cmocka_unit_test(zero_is_no_limit),
    };
    return test_run(tests);
}

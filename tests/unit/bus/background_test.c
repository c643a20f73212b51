/* Outcomes that a background call may not leak. */
#include "test.h"

#include "bus/background.h"

#include "bus/store.h"
#include "nats/bus.h"
#include "../log_catch.h"

static const struct cs_node node = {.service = "chat"};

static int set_up(void **state)
{
    cs_bus.node = &node;
    *state = cs_background_new();
    return 0;
}

static int tear_down(void **state)
{
    cs_background_free(*state);
    return 0;
}

/* Jobs, reactions and tickers end here with what their function returned. */
static void an_outcome_fails_by_its_name(void **state)
{
    struct cs_call_state *s = *state;

    for (int outcome = STORE_NONE; outcome < STORE_OUTCOMES; outcome++) {
        struct cs_call *call = cs_background_begin(s, &(struct cs_background){.what = "job.sort"});
        struct log_catch c;
        char log[1024];

        log_catch_begin(&c);
        int r = cs_background_wait(s, outcome);
        log_catch_end(&c, log, sizeof(log));
        assert_true(r < 0);
        assert_int_equal(call->status, CS_INTERNAL);
        assert_non_null(strstr(log, "job.sort"));
        assert_non_null(strstr(log, store_outcome_name(outcome)));
        cs_background_end(s);
    }
}

static void success_and_problems_stay_what_they_are(void **state)
{
    struct cs_call_state *s = *state;
    struct cs_call *call = cs_background_begin(s, &(struct cs_background){.tenant = "t1"});

    assert_int_equal(cs_background_wait(s, 0), 0);
    assert_int_equal(cs_background_wait(s, cs_fail(call, CS_CONFLICT, "no")), -CS_CONFLICT);
    assert_string_equal(call->detail, "no");
    cs_background_end(s);
}

/* What a parser left out for want of memory is no success. */
static void too_much_memory_is_a_failure(void **state)
{
    struct cs_call_state *s = *state;
    struct cs_call *call = cs_background_begin(s, &(struct cs_background){.what = "job.sort"});

    cs_alloc(call->arena, CS_CALL_MEMORY / 2);
    assert_int_equal(cs_background_wait(s, 0), 0);
    assert_null(cs_try_alloc(call->arena, CS_CALL_MEMORY));
    cs_alloc(call->arena, CS_CALL_MEMORY / 2);
    assert_int_equal(cs_background_wait(s, 0), -CS_TOO_LARGE);
    assert_int_equal(call->status, CS_TOO_LARGE);
    cs_background_end(s);
    cs_background_begin(s, &(struct cs_background){.what = "job.sort"});
    assert_int_equal(cs_background_wait(s, 0), 0); /* the next one begins anew */
    cs_background_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(too_much_memory_is_a_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_outcome_fails_by_its_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(success_and_problems_stay_what_they_are, set_up, tear_down),
    };
    return test_run(tests);
}

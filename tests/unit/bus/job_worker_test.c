/* What becomes of a ticket for each result, and after which delay. */
#include "test.h"

#include "bus/job_worker.h"

#include "bus/ask.h"
#include "bus/dead_letter.h"

static void verdicts(void **state)
{
    static const struct {
        int r, status;
        uint64_t delivered;
        enum cs_verdict v;
    } cases[] = {
        {0, 0, 1, CS_DONE},
        {0, 0, 9, CS_DONE},
        {-1, CS_OVERLOADED, 1, CS_AGAIN},
        {-1, CS_UPSTREAM, 2, CS_AGAIN},
        {-1, CS_TIMEOUT, 3, CS_AGAIN},
        {-1, CS_INTERNAL, 4, CS_AGAIN},
        {-1, CS_LIMITED, 4, CS_AGAIN},
        {-1, CS_OVERLOADED, 5, CS_DEAD},
        {-1, CS_OVERLOADED, 6, CS_DEAD},
        {-1, CS_UNPROCESSABLE, 1, CS_DEAD},
        {-1, CS_NOT_FOUND, 1, CS_DEAD},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(
            cs_verdict_of(cases[i].r, cases[i].status, cases[i].delivered, CS_JOB_TRIES),
            cases[i].v);
}

static void delays_grow_and_are_bounded(void **state)
{
    int64_t before = 0;
    (void)state;

    for (uint64_t n = 1; n <= 5; n++) {
        int64_t ms = cs_job_delay_ms(n, 0, 0);
        assert_true(ms > before && ms <= 60000);
        before = ms;
    }
    assert_int_equal(cs_job_delay_ms(1, 0, 0), 2000);
    assert_int_equal(cs_job_delay_ms(1, 0, 999), 2999);
    assert_int_equal(cs_job_delay_ms(40, 0, 0), 60000);
    assert_int_equal(cs_job_delay_ms(1, 90000, 0), 90000); /* what a limit asked for */
    assert_int_equal(cs_job_delay_ms(1, INT64_MAX, 0), 3600000);
}

static void calls_are_retried_twice(void **state)
{
    (void)state;
    for (uint32_t random = 0; random < 1000; random++) {
        int64_t first = cs_ask_backoff_ms(1, random), second = cs_ask_backoff_ms(2, random);
        assert_in_range(first, 12, 37);
        assert_in_range(second, 50, 150);
    }
    assert_int_equal(cs_ask_backoff_ms(3, 0), -1);
    assert_int_equal(cs_ask_backoff_ms(0, 0), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
        cmocka_unit_test(delays_grow_and_are_bounded),
        cmocka_unit_test(calls_are_retried_twice),
    };
    return test_run(tests);
}

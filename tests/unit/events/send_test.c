/* The waits between the attempts of a delivery. */
#include "test.h"

#include "events/send.h"

static void attempts_end_within_a_day(void **state)
{
    int64_t least = 0, most = 0;

    (void)state;
    for (int n = 1; n < SEND_ATTEMPTS; n++) {
        least += send_backoff_ms(n, 999);
        most += send_backoff_ms(n, 0);
        assert_true(send_backoff_ms(n, 999) > 0);
    }
    assert_true(least > 20 * INT64_C(3600000));
    assert_true(most <= 24 * INT64_C(3600000));
    assert_int_equal(send_backoff_ms(SEND_ATTEMPTS, 0), -1);
    assert_int_equal(send_backoff_ms(0, 0), -1);
}

static void the_first_wait_is_within_a_minute(void **state)
{
    (void)state;
    assert_true(send_backoff_ms(1, 0) <= 60 * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attempts_end_within_a_day),
        cmocka_unit_test(the_first_wait_is_within_a_minute),
    };
    return test_run(tests);
}

/* pace: one more request with each success, half of them with a refusal, a pause for all, and an end. */
#include "test.h"

#include "embed/pace.h"

static void test_window(void **state)
{
    static const unsigned char key[PACE_KEY] = {1}, other[PACE_KEY] = {1, 0, 1};

    (void)state;
    assert_int_equal(pace_window(key), PACE_FIRST);
    for (int i = 0; i < 10; i++)
        pace_good(key);
    assert_int_equal(pace_window(key), PACE_MOST);
    pace_refused(key, 0);
    assert_int_equal(pace_window(key), PACE_MOST / 2);
    for (int i = 0; i < 10; i++)
        pace_refused(key, 0);
    assert_int_equal(pace_window(key), 1);
    assert_int_equal(pace_wait_ms(key), 0);
    assert_int_equal(pace_window(other),
                     PACE_FIRST); /* in the same place: the former is forgotten */
    assert_int_equal(pace_window(key), PACE_FIRST);
}

static void test_pauses(void **state)
{
    static const unsigned char key[PACE_KEY] = {2};

    (void)state;
    pace_refused(key, 50 * 1000);
    pace_refused(key, 10);
    assert_in_range(pace_wait_ms(key), 40 * 1000, 50 * 1000); /* the longer one */
    pace_refused(key, 24 * 3600 * 1000);
    assert_in_range(pace_wait_ms(key), 50 * 1000, 60 * 1000); /* a minute at most */
    assert_false(pace_is_spent(key));
    pace_spent(key);
    assert_true(pace_is_spent(key));
    pace_good(key);
    assert_false(pace_is_spent(key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_pauses),
    };
    return test_run(tests);
}

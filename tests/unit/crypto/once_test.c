/* Marks are new once, for long enough, and in bounded memory. */
#include "test.h"

#include "crypto/once.h"

static void a_mark_is_new_once(void **state)
{
    struct cs_once o = {0};
    (void)state;

    for (uint64_t mark = 0; mark < 5000; mark++)
        assert_int_equal(cs_once_first(&o, mark * 0x9e3779b97f4a7c15ULL, 0), true);
    for (uint64_t mark = 1; mark < 5000; mark++)
        assert_int_equal(cs_once_first(&o, mark * 0x9e3779b97f4a7c15ULL, 0), false);
    cs_once_clear(&o);
}

static void a_mark_is_remembered_for_its_time(void **state)
{
    struct cs_once o = {0};
    (void)state;

    assert_true(cs_once_first(&o, 1, 0));
    assert_true(cs_once_first(&o, 2, CS_ONCE_MS - 1));
    assert_false(cs_once_first(&o, 1, CS_ONCE_MS - 1));
    assert_true(cs_once_first(&o, 3, CS_ONCE_MS));
    assert_false(cs_once_first(&o, 2, 2 * CS_ONCE_MS - 2)); /* its time is not over */
    assert_true(cs_once_first(&o, 4, 2 * CS_ONCE_MS));
    assert_false(cs_once_first(&o, 3, 2 * CS_ONCE_MS));
    assert_true(cs_once_first(&o, 1, 2 * CS_ONCE_MS)); /* forgotten */
    cs_once_clear(&o);
}

static void memory_is_bounded(void **state)
{
    struct cs_once o = {0};
    uint64_t mark = 0;
    (void)state;

    for (int i = 0; i < 5 * CS_ONCE_MAX; i++)
        assert_true(cs_once_first(&o, mark += 0x9e3779b97f4a7c15ULL, 0));
    assert_true(o.now.size <= 2 * CS_ONCE_MAX && o.before.size <= 2 * CS_ONCE_MAX);
    for (int i = 0; i < CS_ONCE_MAX; i++, mark -= 0x9e3779b97f4a7c15ULL)
        assert_false(cs_once_first(&o, mark, 0)); /* the last ones are remembered */
    cs_once_clear(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_is_new_once),
        cmocka_unit_test(a_mark_is_remembered_for_its_time),
        cmocka_unit_test(memory_is_bounded),
    };

    return test_run(tests);
}

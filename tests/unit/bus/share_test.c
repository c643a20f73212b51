/* Places are counted by holder, and none has more than its limit. */
#include "test.h"

#include "bus/share.h"

#include <stdio.h>

static void a_holder_has_its_limit_and_no_more(void **state)
{
    struct cs_share s = CS_SHARE_INIT("test");
    (void)state;

    assert_true(cs_share_take(&s, "a", 2));
    assert_true(cs_share_take(&s, "a", 2));
    assert_false(cs_share_take(&s, "a", 2));
    assert_int_equal(cs_share_held(&s, "a"), 2);
    assert_true(cs_share_take(&s, "b", 2)); /* another one is not touched */
    cs_share_return(&s, "a");
    assert_true(cs_share_take(&s, "a", 2));
    cs_share_return(&s, "a");
    cs_share_return(&s, "a");
    cs_share_return(&s, "b");
    cs_share_return(&s, "b"); /* without any it stays at none */
    assert_int_equal(cs_share_held(&s, "a"), 0);
    assert_int_equal(cs_share_held(&s, "b"), 0);
}

static void nobody_in_particular_is_not_limited(void **state)
{
    struct cs_share s = CS_SHARE_INIT("test");
    (void)state;

    assert_true(cs_share_take(&s, NULL, 0));
    cs_share_return(&s, NULL);
}

/* more holders than buckets; the leak check sees whether any stays */
static void many_holders_are_told_apart(void **state)
{
    struct cs_share s = CS_SHARE_INIT("test");
    char name[32];
    (void)state;

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 4 * CS_SHARE_BUCKETS; i++) {
            snprintf(name, sizeof(name), "holder %d", i);
            assert_true(cs_share_take(&s, name, 1));
            assert_false(cs_share_take(&s, name, 1));
        }
        for (int i = 0; i < 4 * CS_SHARE_BUCKETS; i++) {
            snprintf(name, sizeof(name), "holder %d", i);
            cs_share_return(&s, name);
            assert_int_equal(cs_share_held(&s, name), 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_holder_has_its_limit_and_no_more),
        cmocka_unit_test(nobody_in_particular_is_not_limited),
        cmocka_unit_test(many_holders_are_told_apart),
    };
    return test_run(tests);
}

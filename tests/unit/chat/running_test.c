/* The list of turns under way: cancelled by id, removed in any order. */
#include "test.h"

#include "base/id.h"
#include "chat/running.h"

#define ONE "0190a000-0000-7000-8000-00000000000a"
#define TWO "0190a000-0000-7000-8000-00000000000b"

static void stop(const char *turn)
{
    running_on_cancel("turn_cancel", turn, strlen(turn));
}

static void test_cancel_hits_its_turn_only(void **state)
{
    struct running *one = running_add(ONE), *two = running_add(TWO);
    (void)state;

    assert_false(running_cancelled(one));
    stop("0190a000-0000-7000-8000-00000000000c");
    stop("");
    assert_false(running_cancelled(one) || running_cancelled(two));
    stop("0190A000-0000-7000-8000-00000000000B"); /* ids are the same in either case */
    assert_false(running_cancelled(one));
    assert_true(running_cancelled(two));
    running_remove(two);
    running_remove(one);
    running_remove(NULL);
    stop(ONE);
}

static void test_list_survives_any_order(void **state)
{
    struct running *r[3] = {running_add(ONE), running_add(TWO), running_add(ONE)};
    (void)state;

    running_remove(r[1]);
    stop(ONE);
    assert_true(running_cancelled(r[0]) && running_cancelled(r[2]));
    running_remove(r[2]);
    running_remove(r[0]);
}

static void test_runner(void **state)
{
    (void)state;
    assert_true(cs_id_valid(running_runner()));
    assert_ptr_equal(running_runner(), running_runner());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cancel_hits_its_turn_only),
        cmocka_unit_test(test_list_survives_any_order),
        cmocka_unit_test(test_runner),
    };
    return test_run(tests);
}

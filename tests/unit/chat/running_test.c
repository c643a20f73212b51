/* The list of turns under way: cancelled by id, removed in any order. */
#include "test.h"

#include "base/id.h"
#include "chat/running.h"

#define ONE "0190a000-0000-7000-8000-00000000000a"
#define TWO "0190a000-0000-7000-8000-00000000000b"

static struct cs_call call = {.arena = &arena, .tenant = "0190a000-0000-7000-8000-0000000000aa"};

static void stop(const char *turn)
{
    running_on_cancel("turn_cancel", turn, strlen(turn));
}

static void test_cancel_hits_its_turn_only(void **state)
{
    struct running *one = running_add(&call, ONE, NULL), *two = running_add(&call, TWO, NULL);
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
    struct running *r[3] = {running_add(&call, ONE, NULL), running_add(&call, TWO, NULL),
                            running_add(&call, ONE, NULL)};
    (void)state;

    running_remove(r[1]);
    stop(ONE);
    assert_true(running_cancelled(r[0]) && running_cancelled(r[2]));
    running_remove(r[2]);
    running_remove(r[0]);
}

static void refused(struct cs_call *c, const char *visited, const char *why)
{
    c->status = 0;
    assert_null(running_add(c, TWO, visited));
    assert_int_equal(c->status, CS_LIMITED);
    assert_true(c->retry_after_ms > 0);
    assert_non_null(strstr(c->detail, why));
}

static void test_a_workspace_has_a_share(void **state)
{
    struct cs_call other = {.arena = &arena, .tenant = "0190a000-0000-7000-8000-0000000000bb"};
    struct running *r[3], *theirs;
    (void)state;

    running_limits(3, 100);
    for (int i = 0; i < 3; i++)
        assert_non_null(r[i] = running_add(&call, ONE, NULL));
    refused(&call, NULL, "3 answers under way");
    assert_non_null(theirs = running_add(&other, TWO, NULL));
    running_remove(theirs);
    running_remove(r[1]);
    assert_non_null(r[1] = running_add(&call, TWO, NULL));
    for (int i = 0; i < 3; i++)
        running_remove(r[i]);
    assert_int_equal(running_count(), 0);
}

/* its visitors do not take the places of the members, nor a refused one any */
static void test_visitors_of_a_bot_have_a_share(void **state)
{
    struct running *r[4];
    (void)state;

    running_limits(4, 2); /* of the workspace and of a bot */
    r[0] = running_add(&call, ONE, ONE);
    r[1] = running_add(&call, ONE, ONE);
    refused(&call, ONE, "2 visitors");
    assert_non_null(r[2] = running_add(&call, ONE, TWO)); /* of another bot */
    assert_non_null(r[3] = running_add(&call, ONE, NULL));
    refused(&call, TWO, "4 answers");
    for (int i = 0; i < 4; i++)
        running_remove(r[i]);
}

static void test_runner(void **state)
{
    (void)state;
    assert_true(cs_id_valid(running_runner()));
    assert_ptr_equal(running_runner(), running_runner());
}

int main(void)
{
    running_limits(8, 8);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_workspace_has_a_share),
        cmocka_unit_test(test_visitors_of_a_bot_have_a_share),
        cmocka_unit_test(test_cancel_hits_its_turn_only),
        cmocka_unit_test(test_list_survives_any_order),
        cmocka_unit_test(test_runner),
    };
    return test_run(tests);
}

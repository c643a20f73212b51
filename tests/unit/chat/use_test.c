/* Blocks of messages counted in advance: handed out once, given back when quiet, and never another workspace's. */
#include "test.h"

#include "base/hash.h"
#include "chat/use.h"

enum { SLOTS = 1024, MINUTE_MS = 60 * 1000 };

static const int64_t now = 1798000000000; /* 22 December 2026 */

static void held_is_dropped(void)
{
    struct use_rest rest;

    while (use_due(now, true, &rest))
        ;
    assert_false(use_held());
}

static void a_block_is_handed_out_once(void **state)
{
    char id[CS_ID_SIZE];
    struct use_rest rest;
    (void)state;

    cs_id_new(id);
    assert_int_equal(use_take(id, now), USE_MORE);
    assert_int_equal(use_take(id, now), USE_EACH); /* nobody waits for the block */
    assert_true(use_grant(id, USE_BLOCK, now));
    for (int left = USE_BLOCK - 1; left > USE_LOW; left--)
        assert_int_equal(use_take(id, now), USE_TAKEN);
    assert_int_equal(use_take(id, now), USE_MORE);
    for (int left = USE_LOW; left > 0; left--)
        assert_int_equal(use_take(id, now), USE_TAKEN); /* while the next one is counted */
    assert_int_equal(use_take(id, now), USE_EACH);
    use_grant(id, USE_BLOCK, now);
    assert_int_equal(use_take(id, now), USE_TAKEN);
    use_give_back(id, now);
    assert_true(use_due(now, true, &rest));
    assert_string_equal(rest.tenant, id);
    assert_int_equal(rest.messages, USE_BLOCK - 1);
    held_is_dropped();
}

static void near_a_limit_each_turn_counts_its_own(void **state)
{
    char id[CS_ID_SIZE];
    (void)state;

    cs_id_new(id);
    assert_int_equal(use_take(id, now), USE_MORE);
    assert_false(use_grant(id, 0, now));
    assert_int_equal(use_take(id, now + MINUTE_MS - 1), USE_EACH);
    assert_false(use_tokens(id, 10));
    assert_int_equal(use_take(id, now + MINUTE_MS), USE_MORE);
    use_grant(id, USE_BLOCK, now + MINUTE_MS);
    assert_true(use_tokens(id, 10));
    held_is_dropped();
}

static void a_block_ends_with_its_month(void **state)
{
    static const int64_t next_month = now + 11 * INT64_C(86400000);
    char id[CS_ID_SIZE];
    struct use_rest rest;
    (void)state;

    cs_id_new(id);
    assert_int_equal(use_take(id, now), USE_MORE);
    use_grant(id, USE_BLOCK, now);
    assert_int_equal(use_take(id, next_month), USE_MORE);
    use_grant(id, USE_BLOCK, next_month);
    assert_true(use_due(next_month, true, &rest));
    assert_int_equal(rest.messages, USE_BLOCK - 1);
    use_give_back(id, now); /* the message of a turn that began in the old month */
    assert_false(use_held());
}

static void tokens_are_due_at_once_and_messages_when_it_is_quiet(void **state)
{
    char id[CS_ID_SIZE];
    struct use_rest rest;
    (void)state;

    cs_id_new(id);
    assert_int_equal(use_take(id, now), USE_MORE);
    use_grant(id, USE_BLOCK, now);
    assert_false(use_due(now, false, &rest));
    assert_true(use_tokens(id, 7) && use_tokens(id, 5));
    assert_true(use_due(now, false, &rest));
    assert_int_equal(rest.tokens, 12);
    assert_int_equal(rest.messages, 0);
    assert_false(use_due(now + 9999, false, &rest));
    assert_true(use_due(now + 10000, false, &rest));
    assert_int_equal(rest.messages, USE_BLOCK - 1);
    assert_false(use_held());
}

static void a_slot_is_not_shared(void **state)
{
    char one[CS_ID_SIZE], two[CS_ID_SIZE];
    struct use_rest rest;
    (void)state;

    cs_id_new(one);
    do
        cs_id_new(two);
    while (cs_hash(0, one) % SLOTS != cs_hash(0, two) % SLOTS);
    assert_int_equal(use_take(one, now), USE_MORE);
    assert_int_equal(use_take(two, now), USE_EACH);
    use_grant(one, USE_BLOCK, now);
    assert_int_equal(use_take(two, now), USE_EACH);
    assert_false(use_tokens(two, 3));
    use_give_back(two, now);
    assert_true(use_due(now, true, &rest));
    assert_string_equal(rest.tenant, one);
    assert_int_equal(rest.messages, USE_BLOCK - 1);
    assert_int_equal(use_take(two, now), USE_MORE); /* once it holds nothing */
    use_grant(two, 0, now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_is_handed_out_once),
        cmocka_unit_test(near_a_limit_each_turn_counts_its_own),
        cmocka_unit_test(a_block_ends_with_its_month),
        cmocka_unit_test(tokens_are_due_at_once_and_messages_when_it_is_quiet),
        cmocka_unit_test(a_slot_is_not_shared),
    };
    return test_run(tests);
}

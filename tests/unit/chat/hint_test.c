/* A table that forgets but never mistakes one conversation for another. */
#include "test.h"

#include "chat/hint.h"

static void the_last_one_is_known(void **state)
{
    char a[CS_ID_SIZE], b[CS_ID_SIZE];
    struct hint hint;
    (void)state;

    cs_id_new(a);
    cs_id_new(b);
    assert_false(hint_get(&arena, a, &hint));
    hint_put(a, "one", NULL);
    assert_true(hint_get(&arena, a, &hint));
    assert_string_equal(hint.bot, "one");
    assert_int_equal(hint.n_questions, 0);
    hint_put(a, "two", NULL);
    assert_true(hint_get(&arena, a, &hint));
    assert_string_equal(hint.bot, "two");
    assert_false(hint_get(&arena, b, &hint));
}

/* The last questions, each no longer than need be; none of them outlives the conversation. */
static void questions_are_kept(void **state)
{
    char a[CS_ID_SIZE], long_one[4 * HINT_CHARACTERS + 1] = "";
    size_t len = 0;
    struct hint hint;
    (void)state;

    for (; len < sizeof(long_one) - 1; len += 2)
        memcpy(long_one + len, "ä", 2);
    cs_id_new(a);
    hint_put(a, "bot", "first");
    hint_put(a, "bot", "second");
    hint_put(a, "bot", long_one);
    assert_true(hint_get(&arena, a, &hint));
    assert_int_equal(hint.n_questions, 2);
    assert_int_equal(strlen(hint.questions[0]), 2 * HINT_CHARACTERS);
    assert_string_equal(hint.questions[1], "second");
    hint_drop(a);
    assert_false(hint_get(&arena, a, &hint));
    hint_put(a, "bot", NULL);
    assert_true(hint_get(&arena, a, &hint));
    assert_int_equal(hint.n_questions, 0);
}

/* far more than there are slots: never another one's bot */
static void those_pushed_out_are_unknown(void **state)
{
    enum { MANY = 20000 };
    static char ids[MANY][CS_ID_SIZE];
    struct hint hint;
    size_t known = 0;
    (void)state;

    for (int i = 0; i < MANY; i++) {
        cs_id_new(ids[i]);
        hint_put(ids[i], ids[i], ids[i]);
    }
    for (int i = 0; i < MANY; i++)
        if (hint_get(&arena, ids[i], &hint)) {
            assert_string_equal(hint.bot, ids[i]);
            assert_int_equal(hint.n_questions, 1);
            assert_string_equal(hint.questions[0], ids[i]);
            known++;
        }
    assert_in_range(known, 1000, MANY - 1);
    for (int i = 0; i < MANY; i++)
        hint_drop(ids[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_one_is_known),
        cmocka_unit_test(questions_are_kept),
        cmocka_unit_test(those_pushed_out_are_unknown),
    };
    return test_run(tests);
}

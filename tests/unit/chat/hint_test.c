/* A table that forgets but never mistakes one conversation for another. */
#include "test.h"

#include "chat/hint.h"

static void the_last_one_is_known(void **state)
{
    char a[CS_ID_SIZE], b[CS_ID_SIZE], bot[CS_ID_SIZE] = "";
    (void)state;

    cs_id_new(a);
    cs_id_new(b);
    assert_false(hint_get(a, bot));
    hint_put(a, "one");
    assert_true(hint_get(a, bot));
    assert_string_equal(bot, "one");
    hint_put(a, "two");
    assert_true(hint_get(a, bot));
    assert_string_equal(bot, "two");
    assert_false(hint_get(b, bot));
}

/* far more than there are slots: never another one's bot */
static void those_pushed_out_are_unknown(void **state)
{
    enum { MANY = 20000 };
    static char ids[MANY][CS_ID_SIZE];
    char bot[CS_ID_SIZE];
    size_t known = 0;
    (void)state;

    for (int i = 0; i < MANY; i++) {
        cs_id_new(ids[i]);
        hint_put(ids[i], ids[i]);
    }
    for (int i = 0; i < MANY; i++)
        if (hint_get(ids[i], bot)) {
            assert_string_equal(bot, ids[i]);
            known++;
        }
    assert_in_range(known, 1000, MANY - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_one_is_known),
        cmocka_unit_test(those_pushed_out_are_unknown),
    };
    return test_run(tests);
}

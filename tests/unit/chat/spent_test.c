/* spent: a key is marked by bot, address, key and model. */
#include "test.h"

#include "chat/spent.h"

static void test_only_the_key_that_was_spent(void **state)
{
    const struct cs_access a = {"http://a/v1", "sk-1"}, other_key = {"http://a/v1", "sk-2"},
                           other_place = {"http://b/v1", "sk-1"}, none = {"http://a/v1", NULL};
    (void)state;

    assert_false(spent_is("bot", &a, "m"));
    spent_add("bot", &a, "m");
    assert_true(spent_is("bot", &a, "m"));
    assert_false(spent_is("bot", &a, "n"));
    assert_false(spent_is("other bot", &a, "m"));
    assert_false(spent_is("bot", &other_key, "m"));
    assert_false(spent_is("bot", &other_place, "m"));
    assert_false(spent_is("bot", &none, "m"));
    spent_add("bot", &none, "m");
    assert_true(spent_is("bot", &none, "m"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_only_the_key_that_was_spent)};

    return test_run(tests);
}

/* price: the items of the setting, and what tokens cost by them. */
#include "test.h"

#include "chat/price.h"

static void test_items(void **state)
{
    static const char *const good[] = {"openai/gpt-4o-mini=0.15:0.6", "house/*=1:2", "a/b=c=0:0"};
    static const char *const bad[] = {"",         "gpt=1:2",   "a/b=1", "a/b=1:",    "a/b=-1:2",
                                      "a/b=1:2x", "a/b=nan:1", "a/b",   "a/b=1:inf", "=1:2"};
    (void)state;

    for (size_t i = 0; i < LEN(good); i++)
        assert_true(price_valid(good[i]));
    for (size_t i = 0; i < LEN(bad); i++)
        assert_false(price_valid(bad[i]));
}

static void test_the_first_item_that_fits_counts(void **state)
{
    double cost;
    (void)state;

    price_start("openai/small=0.5:2, openai/*=5:20\nhouse/m=0:0");
    assert_true(price_of("openai", "small", 1000000, 500000, &cost));
    assert_true(cost > 1.4999 && cost < 1.5001);
    assert_true(price_of("openai", "large/x", 1000, 0, &cost));
    assert_true(cost > 0.0049 && cost < 0.0051);
    assert_true(price_of("house", "m", 7, 7, &cost));
    assert_true(cost >= 0 && cost <= 0);
    assert_false(price_of("house", "n", 7, 7, &cost));
    price_stop();
    assert_false(price_of("openai", "small", 1, 1, &cost));
    price_start(NULL);
    assert_false(price_of("openai", "small", 1, 1, &cost));
    price_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_the_first_item_that_fits_counts),
    };
    return test_run(tests);
}

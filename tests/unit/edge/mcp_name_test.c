/* mcp_name: names of bots as names of tools. */
#include "test.h"

#include "edge/mcp_name.h"

static Bot *bot(const char *id, const char *name)
{
    Bot *b = Bot_new(&arena);

    b->id = cs_strdup(&arena, id);
    b->name = cs_strdup(&arena, name);
    return b;
}

static void test_slugs(void **state)
{
    Bot *bots[] = {
        bot("01a1fbfc-8388-7d6a-b8cf-7bf8a88f8bac", "Shop: Guide!"),
        bot("01a1fbfc-8388-7d6a-b8cf-7bf8a88f0001", "  shop_guide "),
        bot("01a1fbfc-8388-7d6a-b8cf-7bf8a88f0002", "小店"),
        bot("01a1fbfc-8388-7d6a-b8cf-7bf8a88f0003",
            "A very long name of a bot that goes on and on, beyond what a tool may have"),
        bot("01a1fbfc-8388-7d6a-b8cf-7bf8a88f0004", ""),
    };
    const char **slugs = mcp_slugs(&arena, bots, LEN(bots));

    (void)state;
    assert_string_equal(slugs[0], "shop_guide_a88f8bac");
    assert_string_equal(slugs[1], "shop_guide_a88f0001");
    assert_string_equal(slugs[2], "bot_a88f0002");
    assert_string_equal(slugs[3], "a_very_long_name_of_a_bot_that_goes_on_a");
    assert_string_equal(slugs[4], "bot_a88f0004");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_slugs)};

    return test_run(tests);
}

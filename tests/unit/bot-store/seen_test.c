/* An origin is noted once in a while, each for itself. */
#include "test.h"

#include "bot-store/seen.h"

static void test_once_in_a_while(void **state)
{
    (void)state;
    assert_true(seen_due("bot", "https://a.example", 1000));
    assert_false(seen_due("bot", "https://a.example", 1000 + SEEN_MS - 1));
    assert_true(seen_due("bot", "https://b.example", 1000));
    assert_true(seen_due("other", "https://a.example", 1000));
    assert_true(seen_due("bot", "https://a.example", 1000 + SEEN_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_once_in_a_while)};
    return test_run(tests);
}

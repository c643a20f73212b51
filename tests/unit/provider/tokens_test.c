/* Counts of all kinds of numbers. */
#include "test.h"

#include "provider/tokens.h"

static int64_t count(const char *usage)
{
    json_t *root = json_loads(usage, 0, NULL);
    int64_t n = -1;

    assert_non_null(root);
    if (!cs_tokens_read(root, "n", &n))
        n = -1;
    json_decref(root);
    return n;
}

static void test_numbers(void **state)
{
    (void)state;
    assert_int_equal(count("{\"n\": 0}"), 0);
    assert_int_equal(count("{\"n\": 1000}"), 1000);
    assert_int_equal(count("{\"n\": 12.0}"), 12);
    assert_int_equal(count("{\"n\": -5000000}"), 0);
    assert_int_equal(count("{\"n\": -1e300}"), 0);
    assert_int_equal(count("{\"n\": 10000001}"), CS_TOKENS_MAX);
    assert_int_equal(count("{\"n\": 9223372036854775807}"), CS_TOKENS_MAX);
    assert_int_equal(count("{\"n\": 1e300}"), CS_TOKENS_MAX);
    assert_int_equal(count("{\"n\": \"12\"}"), 12);
    assert_int_equal(count("{\"n\": \"12x\"}"), -1);
    assert_int_equal(count("{\"n\": \"\"}"), -1);
    assert_int_equal(count("{\"n\": null}"), -1);
    assert_int_equal(count("{}"), -1);
}

static void test_what_a_text_can_have(void **state)
{
    (void)state;
    assert_int_equal(cs_tokens_plausible(50, 1, 10), 50);
    assert_int_equal(cs_tokens_plausible(CS_TOKENS_MAX, 0, 0), 4096);
    assert_int_equal(cs_tokens_plausible(CS_TOKENS_MAX, 2, 1000), 4096 + 128 + 1000);
    assert_int_equal(cs_tokens_estimate(9), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_what_a_text_can_have),
    };
    return test_run(tests);
}

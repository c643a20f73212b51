/* Parameters read from refusals, and remembered by address and model. */
#include "test.h"

#include "chat/learned.h"

static unsigned from(int status, const char *body)
{
    struct cs_fault f;

    cs_fault_parse(body, strlen(body), &f);
    return learned_from(status, &f);
}

static void test_parameters(void **state)
{
    (void)state;
    assert_int_equal(from(400, "{\"error\":{\"message\":\"no\",\"param\":\"temperature\"}}"),
                     CS_CHAT_TEMPERATURE);
    assert_int_equal(from(400, "{\"error\":{\"message\":\"`temperature` is deprecated\"}}"),
                     CS_CHAT_TEMPERATURE);
    assert_int_equal(from(400, "{\"error\":{\"param\":\"max_tokens\",\"message\":\"Unsupported "
                               "parameter: 'max_tokens'. Use 'max_completion_tokens' instead.\"}}"),
                     CS_CHAT_MAX_NAME);
    assert_int_equal(from(400, "{\"error\":\"max_tokens is too large\"}"), CS_CHAT_MAX_TOKENS);
    assert_int_equal(from(422, "{\"error\":{\"message\":\"extra field: stream_options\"}}"),
                     CS_CHAT_STREAM_OPTIONS);
    assert_int_equal(from(400, "{\"error\":{\"message\":\"no such role\"}}"), 0);
    assert_int_equal(from(500, "{\"error\":{\"message\":\"temperature sensor\"}}"), 0);
}

static void test_is_remembered(void **state)
{
    (void)state;
    assert_int_equal(learned_of("http://a/v1", "m"), 0);
    learned_add("http://a/v1", "m", CS_CHAT_TEMPERATURE);
    learned_add("http://a/v1", "m", CS_CHAT_STREAM_OPTIONS);
    assert_int_equal(learned_of("http://a/v1", "m"), CS_CHAT_TEMPERATURE | CS_CHAT_STREAM_OPTIONS);
    assert_int_equal(learned_of("http://a/v1", "n"), 0);
    assert_int_equal(learned_of("http://a/v", "1m"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_is_remembered),
    };
    return test_run(tests);
}

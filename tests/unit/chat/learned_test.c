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

/* Templates without a place for the system, in the words of several servers. */
static void test_a_role_for_the_system(void **state)
{
    static const struct {
        int status;
        const char *body;
    } refusals[] = {
        {400, "{\"error\":{\"message\":\"System role not supported\"}}"},
        {500,
         "{\"error\":{\"code\":500,\"message\":\"Jinja Exception: System role not supported\"}}"},
        {400, "{\"object\":\"error\",\"message\":\"Conversation roles must alternate "
              "user/assistant/user/assistant/...\"}"},
        {400, "{\"error\":{\"message\":\"Developer instruction is not enabled for "
              "models/gemma-3\",\"status\":\"INVALID_ARGUMENT\"}}"},
        {422, "{\"detail\":\"messages with role 'system' are not allowed\"}"},
        {400, "{\"error\":\"Only user and assistant roles are supported!\"}"},
        {400, "{\"error\":{\"message\":\"Unexpected role 'system' after start\"}}"},
        {400, "{\"error\":{\"message\":\"messages[0].role: unknown role developer\"}}"},
        {400, "{\"error\":\"TemplateError: the chat template failed\"}"},
        {0,
         "{\"error\":{\"code\":400,\"message\":\"This model does not support the system role.\"}}"},
    };
    (void)state;

    for (size_t i = 0; i < LEN(refusals); i++)
        if (from(refusals[i].status, refusals[i].body) != CS_CHAT_SYSTEM)
            fail_msg("%s", refusals[i].body);
    assert_int_equal(from(500, "{\"error\":{\"message\":\"The system failed.\"}}"), 0);
    assert_int_equal(from(400, "{\"error\":{\"message\":\"unsupported operating system\"}}"), 0);
}

static void test_streams(void **state)
{
    (void)state;
    assert_int_equal(from(400,
                          "{\"error\":{\"param\":\"stream\",\"message\":\"Your organization must "
                          "be verified to stream this model.\"}}"),
                     CS_CHAT_STREAM);
    assert_int_equal(from(400, "{\"error\":\"this model does not support streaming\"}"),
                     CS_CHAT_STREAM);
    assert_int_equal(from(400, "{\"error\":\"the upstream refused it\"}"), 0);
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
        cmocka_unit_test(test_a_role_for_the_system),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_is_remembered),
    };
    return test_run(tests);
}

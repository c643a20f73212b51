/* The JSON that is sent, by what a bot sets and what a model has refused. */
#include "test.h"

#include "chat/learned.h"
#include "chat/request.h"

static BotConfiguration conf = BOT_CONFIGURATION_INIT;
static struct prompt_message messages[] = {{"system", "Be \"brief\"."}, {"user", "Grüße\n"}};
static const struct prompt prompt = {.messages = messages, .n = 2};

static void is_body(const char *expected, const struct request *r)
{
    size_t len;
    const char *body = request_body(&arena, r, &len);

    assert_string_equal(body, expected);
    assert_int_equal(len, strlen(body));
}

#define MESSAGES                                                                                   \
    "\"messages\":[{\"role\":\"system\",\"content\":\"Be \\\"brief\\\".\"},"                       \
    "{\"role\":\"user\",\"content\":\"Grüße\\n\"}]"

static void test_only_what_is_set_is_sent(void **state)
{
    struct request r = {
        .provider = "openai", .model = "m", .configuration = &conf, .prompt = &prompt};
    (void)state;

    conf = (BotConfiguration)BOT_CONFIGURATION_INIT;
    is_body("{\"model\":\"m\"," MESSAGES ",\"stream\":false}", &r);
    r.stream = true;
    is_body("{\"model\":\"m\"," MESSAGES ",\"stream\":true,\"stream_options\":{\"include_usage\":"
            "true}}",
            &r);
}

static void test_parameters_by_provider_and_model(void **state)
{
    struct request r = {
        .provider = "openai", .model = "m", .configuration = &conf, .prompt = &prompt};
    (void)state;

    conf = (BotConfiguration)BOT_CONFIGURATION_INIT;
    BotConfiguration_set_temperature(&conf, 0.2);
    BotConfiguration_set_max_output_tokens(&conf, 9);
#define HEAD "{\"model\":\"m\"," MESSAGES ",\"stream\":false"
    is_body(HEAD ",\"temperature\":0.2,\"max_completion_tokens\":9}", &r);
    r.provider = "house";
    is_body(HEAD ",\"temperature\":0.2,\"max_tokens\":9}", &r);
    r.without = LEARNED_MAX_NAME;
    is_body(HEAD ",\"temperature\":0.2,\"max_completion_tokens\":9}", &r);
    r.without = LEARNED_MAX_TOKENS | LEARNED_TEMPERATURE;
    is_body(HEAD "}", &r);
    r.without = LEARNED_STREAM_OPTIONS | LEARNED_MAX_TOKENS | LEARNED_TEMPERATURE;
    r.stream = true;
    is_body("{\"model\":\"m\"," MESSAGES ",\"stream\":true}", &r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_set_is_sent),
        cmocka_unit_test(test_parameters_by_provider_and_model),
    };
    return test_run(tests);
}

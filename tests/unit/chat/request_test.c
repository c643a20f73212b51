#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chat/fault.h"
#include "chat/learned.h"
#include "chat/request.h"

#include <string.h>

static struct cs_arena a;
static BotConfiguration conf = BOT_CONFIGURATION_INIT;
static struct prompt_message messages[] = {{"system", "Be \"brief\"."}, {"user", "Grüße\n"}};
static const struct prompt prompt = {.messages = messages, .n = 2};

static void is_body(const char *expected, const struct request *r)
{
    size_t len;
    const char *body = request_body(&a, r, &len);

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
    conf.has_temperature = conf.has_max_output_tokens = 1;
    conf.temperature = 0.2;
    conf.max_output_tokens = 9;
#define HEAD "{\"model\":\"m\"," MESSAGES ",\"stream\":false"
    is_body(HEAD ",\"temperature\":0.2,\"max_completion_tokens\":9}", &r);
    r.provider = "house";
    is_body(HEAD ",\"temperature\":0.2,\"max_tokens\":9}", &r);
    r.without = ABOUT_MAX_NAME;
    is_body(HEAD ",\"temperature\":0.2,\"max_completion_tokens\":9}", &r);
    r.without = ABOUT_MAX_TOKENS | ABOUT_TEMPERATURE;
    is_body(HEAD "}", &r);
    r.without = ABOUT_STREAM_OPTIONS | ABOUT_MAX_TOKENS | ABOUT_TEMPERATURE;
    r.stream = true;
    is_body("{\"model\":\"m\"," MESSAGES ",\"stream\":true}", &r);
}

static void test_learned(void **state)
{
    (void)state;
    assert_int_equal(learned_of("http://a/v1", "m"), 0);
    learned_add("http://a/v1", "m", ABOUT_TEMPERATURE);
    learned_add("http://a/v1", "m", ABOUT_STREAM_OPTIONS);
    assert_int_equal(learned_of("http://a/v1", "m"), ABOUT_TEMPERATURE | ABOUT_STREAM_OPTIONS);
    assert_int_equal(learned_of("http://a/v1", "n"), 0);
    assert_int_equal(learned_of("http://a/v", "1m"), 0);
}

static int set_up(void **state)
{
    (void)state;
    cs_arena_init(&a);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cs_arena_dispose(&a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_set_is_sent),
        cmocka_unit_test(test_parameters_by_provider_and_model),
        cmocka_unit_test(test_learned),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

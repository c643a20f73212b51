/* The JSON that is sent, by what a bot sets and what a model has refused. */
#include "test.h"

#include "provider/chat_wire.h"
#include "provider/provider.h"

static struct cs_chat_message messages[] = {{.role = "system", .text = "Be \"brief\"."},
                                            {.role = "user", .text = "Grüße\n"}};

static void is_body(const char *expected, const struct cs_chat_request *r)
{
    size_t len;
    const char *body = cs_chat_body(&arena, &cs_openai_chat, r, &len);

    assert_string_equal(body, expected);
    assert_int_equal(len, strlen(body));
}

#define MESSAGES                                                                                   \
    "\"messages\":[{\"role\":\"system\",\"content\":\"Be \\\"brief\\\".\"},"                       \
    "{\"role\":\"user\",\"content\":\"Grüße\\n\"}]"

static void test_only_what_is_set_is_sent(void **state)
{
    struct cs_chat_request r = {.provider = "openai", .model = "m", .messages = messages, .n = 2};
    (void)state;

    is_body("{\"model\":\"m\"," MESSAGES ",\"stream\":false}", &r);
    r.stream = true;
    is_body("{\"model\":\"m\"," MESSAGES ",\"stream\":true,\"stream_options\":{\"include_usage\":"
            "true}}",
            &r);
}

static void test_parameters_by_provider_and_model(void **state)
{
    struct cs_chat_request r = {.provider = "openai", .model = "m", .messages = messages, .n = 2};
    (void)state;

    r.has_temperature = r.has_max_tokens = true;
    r.temperature = 0.2;
    r.max_tokens = 9;
#define HEAD "{\"model\":\"m\"," MESSAGES ",\"stream\":false"
    is_body(HEAD ",\"temperature\":0.2,\"max_completion_tokens\":9}", &r);
    r.provider = "house";
    is_body(HEAD ",\"temperature\":0.2,\"max_tokens\":9}", &r);
    r.without = CS_CHAT_MAX_NAME;
    is_body(HEAD ",\"temperature\":0.2,\"max_completion_tokens\":9}", &r);
    r.without = CS_CHAT_MAX_TOKENS | CS_CHAT_TEMPERATURE;
    is_body(HEAD "}", &r);
    r.without = CS_CHAT_STREAM_OPTIONS | CS_CHAT_MAX_TOKENS | CS_CHAT_TEMPERATURE;
    r.stream = true;
    is_body("{\"model\":\"m\"," MESSAGES ",\"stream\":true}", &r);
}

static struct cs_chat_message talk[] = {{.role = "system", .text = "Be brief."},
                                        {.role = "assistant", .text = "Ask me."},
                                        {.role = "user", .text = "A?"},
                                        {.role = "assistant", .text = "A."},
                                        {.role = "user", .text = ""},
                                        {.role = "user", .text = "B?"}};

static const char *wire_asks(const struct cs_chat_wire *w, bool stream)
{
    struct cs_chat_request r = {.provider = w->name,
                                .model = "models/a b",
                                .messages = talk,
                                .n = LEN(talk),
                                .has_temperature = true,
                                .temperature = 1.5,
                                .has_max_tokens = true,
                                .max_tokens = 9,
                                .stream = stream};
    size_t len;

    return cs_printf(&arena, "%s %s", cs_chat_url(&arena, w, "http://x", &r),
                     cs_chat_body(&arena, w, &r, &len));
}

/* Long instructions are a block of their own, which Anthropic keeps from one request to the next. */
static void test_long_instructions_are_cached(void **state)
{
    enum { INSTRUCTIONS = 5000 };
    char text[INSTRUCTIONS + 3];
    struct cs_chat_message long_talk[] = {{.role = "system", .text = text, .stable = INSTRUCTIONS},
                                          {.role = "user", .text = "A?"}};
    struct cs_chat_request r = {
        .provider = "anthropic", .model = "m", .messages = long_talk, .n = 2};
    const char *body, *block;
    size_t len;
    (void)state;

    memset(text, 'i', INSTRUCTIONS);
    memcpy(text + INSTRUCTIONS, "pp", 3);
    body = cs_chat_body(&arena, &cs_anthropic_chat, &r, &len);
    block = strstr(
        body,
        "i\",\"cache_control\":{\"type\":\"ephemeral\"}},{\"type\":\"text\",\"text\":\"pp\"}]");
    assert_non_null(block);
    long_talk[0].stable = 100;
    assert_null(strstr(cs_chat_body(&arena, &cs_anthropic_chat, &r, &len), "cache_control"));
}

/* Only formats that want turns leave out what is before the first question, and what is empty. */
static void test_formats(void **state)
{
    (void)state;
    assert_string_equal(
        wire_asks(&cs_anthropic_chat, true),
        "http://x/v1/messages {\"model\":\"models/a b\",\"max_tokens\":9,\"system\":\"Be brief.\","
        "\"messages\":[{\"role\":\"user\",\"content\":\"A?\"},{\"role\":\"assistant\",\"content\":"
        "\"A.\"},{\"role\":\"user\",\"content\":\"B?\"}],\"stream\":true,\"temperature\":1}");
    assert_string_equal(
        wire_asks(&cs_gemini_chat, true),
        "http://x/models/a%20b:streamGenerateContent?alt=sse {\"systemInstruction\":{\"parts\":"
        "[{\"text\":\"Be "
        "brief.\"}]},\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"A?\"}]},"
        "{\"role\":\"model\",\"parts\":[{\"text\":\"A.\"}]},{\"role\":\"user\",\"parts\":[{"
        "\"text\":"
        "\"B?\"}]}],\"generationConfig\":{\"temperature\":1.5,\"maxOutputTokens\":9}}");
    assert_string_equal(
        wire_asks(&cs_ollama_chat, false),
        "http://x/api/chat {\"model\":\"models/a "
        "b\",\"messages\":[{\"role\":\"system\",\"content\":"
        "\"Be brief.\"},{\"role\":\"assistant\",\"content\":\"Ask me.\"},{\"role\":\"user\","
        "\"content\":\"A?\"},{\"role\":\"assistant\",\"content\":\"A.\"},{\"role\":\"user\","
        "\"content\":\"\"},{\"role\":\"user\",\"content\":\"B?\"}],\"stream\":false,\"options\":"
        "{\"num_ctx\":4096,\"temperature\":1.5,\"num_predict\":9}}");
}

/* What the system says stands in front of the first question, in each format. */
static void test_a_model_without_a_role_for_the_system(void **state)
{
    static const struct cs_chat_wire *const wires[] = {&cs_openai_chat, &cs_anthropic_chat,
                                                       &cs_gemini_chat, &cs_ollama_chat};
    struct cs_chat_request r = {
        .provider = "house", .model = "m", .messages = talk, .n = LEN(talk)};
    size_t len;
    (void)state;

    for (size_t i = 0; i < LEN(wires); i++) {
        r.without = 0;
        assert_non_null(strstr(cs_chat_body(&arena, wires[i], &r, &len), "\"Be brief.\""));
        r.without = CS_CHAT_SYSTEM;
        const char *body = cs_chat_body(&arena, wires[i], &r, &len);
        assert_null(strstr(body, "system"));
        assert_non_null(strstr(body, "\"Be brief.\\n\\nA?\""));
    }
}

static void test_profiles(void **state)
{
    struct cs_chat_request r = {.model = "m"};
    (void)state;

    assert_string_equal(cs_provider_key("azure", "Authorization: Bearer "), "api-key: ");
    assert_string_equal(cs_provider_key("groq", "Authorization: Bearer "),
                        "Authorization: Bearer ");
    assert_string_equal(cs_provider_key("house", "x: "), "x: ");
    assert_int_equal(cs_provider_without("mistral"), CS_CHAT_STREAM_OPTIONS);
    assert_int_equal(cs_provider_without("openai"), 0);
    assert_string_equal(
        cs_chat_url(&arena, &cs_openai_chat, "https://r.openai.azure.com/openai/deployments/d", &r),
        "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21");
    assert_string_equal(
        cs_chat_url(&arena, &cs_openai_chat, "https://r.openai.azure.com/openai/v1", &r),
        "https://r.openai.azure.com/openai/v1/chat/completions");
    for (size_t i = 0; cs_provider_at(i); i++) {
        const struct cs_provider *p = cs_provider_at(i);
        assert_true(p->inside || !(p->use & CS_PROVIDER_CHAT) || p->chat);
    }
}

static void test_a_version_in_the_address_is_not_doubled(void **state)
{
    struct cs_chat_request r = {.model = "m"};

    (void)state;
    assert_string_equal(cs_chat_url(&arena, &cs_anthropic_chat, "http://a/v1", &r),
                        "http://a/v1/messages");
    assert_string_equal(cs_chat_url(&arena, &cs_openai_chat, "http://a/v1", &r),
                        "http://a/v1/chat/completions");
}

static void test_the_format_follows_the_address(void **state)
{
    (void)state;
    assert_ptr_equal(cs_provider_chat("ollama", "http://h:11434"), &cs_ollama_chat);
    assert_ptr_equal(cs_provider_chat("ollama", "http://h:11434/v1"), &cs_openai_chat);
    assert_ptr_equal(cs_provider_chat("gemini", "https://g/v1beta"), &cs_gemini_chat);
    assert_ptr_equal(cs_provider_chat("gemini", "https://g/v1beta/openai"), &cs_openai_chat);
    assert_ptr_equal(cs_provider_chat("anthropic", "http://a"), &cs_anthropic_chat);
    assert_ptr_equal(cs_provider_chat("house", "http://a"), &cs_openai_chat);
    assert_null(cs_provider_chat("cohere", "http://a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_set_is_sent),
        cmocka_unit_test(test_parameters_by_provider_and_model),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_long_instructions_are_cached),
        cmocka_unit_test(test_a_model_without_a_role_for_the_system),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_a_version_in_the_address_is_not_doubled),
        cmocka_unit_test(test_the_format_follows_the_address),
    };
    return test_run(tests);
}

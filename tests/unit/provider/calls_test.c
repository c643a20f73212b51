/* calls: tool calls of all formats from the events of an answer, and how they are given back. */
#include "test.h"

#include "http/sse_parse.h"
#include "provider/chat_wire.h"

static void add_text(void *state, const char *text)
{
    cs_buf_adds(state, text);
}

static void on_event(void *state, const struct cs_sse_event *e)
{
    cs_completion_event(state, e->data, e->data_len, e->cut);
}

static const struct cs_chat_wire *wire_named(const char *name)
{
    static const struct cs_chat_wire *const wires[] = {&cs_openai_chat, &cs_anthropic_chat,
                                                       &cs_gemini_chat, &cs_ollama_chat};

    for (size_t i = 0; i < LEN(wires); i++)
        if (strcmp(wires[i]->name, name) == 0)
            return wires[i];
    fail_msg("no wire %s", name);
    return NULL;
}

static const char *calls_read(const char *wire, const char *stream, const char *body, size_t piece)
{
    CS_BUF_AUTO struct cs_buf text = {0}, out = {0};
    struct cs_calls calls = {0};
    struct cs_completion c = {
        .wire = wire_named(wire), .say = add_text, .state = &text, .calls = &calls};
    struct cs_sse p;
    size_t n;

    if (body)
        cs_completion_event(&c, body, strlen(body), false);
    cs_sse_init(&p, 1 << 20, on_event, &c);
    for (size_t at = 0, len = stream ? strlen(stream) : 0; at < len; at += piece)
        assert_true(cs_sse_feed(&p, stream + at, len - at < piece ? len - at : piece));
    cs_sse_end(&p);
    cs_sse_free(&p);
    cs_buf_addf(&out, "text:%s%s\n", text.len ? " " : "", text.data ? text.data : "");
    const struct cs_chat_call *list = cs_calls_take(&arena, &calls, &n);
    for (size_t i = 0; i < n; i++)
        cs_buf_addf(&out, "call: %s %s %s%s%s%s\n", list[i].id, list[i].name, list[i].arguments,
                    list[i].malformed ? " (malformed)" : "", list[i].signature ? " signed " : "",
                    list[i].signature ? list[i].signature : "");
    if (calls.thinking.len)
        cs_buf_addf(&out, "thought: %s (%s)\n", calls.thinking.data,
                    calls.signature.data ? calls.signature.data : "");
    cs_buf_addf(&out, "over: %s\n", cs_completion_over(&c) ? "yes" : "no");
    if (c.failed)
        cs_buf_addf(&out, "failed: %s\n", c.fault.code);
    cs_calls_free(&calls);
    return cs_strdup(&arena, out.data);
}

static void play(const struct suite_case *c)
{
    const struct suite_part *stream = suite_part(c, "stream"), *body = suite_part(c, "body");
    const struct suite_part *wire = suite_part(c, "wire");
    const char *expected = case_text(c, "expected", NULL);
    const char *name = wire ? wire->text : "openai";

    if (!stream) {
        assert_string_equal(calls_read(name, NULL, body->text, 1), expected);
        return;
    }
    for (size_t piece = 1; piece < 2 * strlen(stream->text); piece = piece * 2 + 1)
        assert_string_equal(calls_read(name, stream->text, NULL, piece), expected);
}

/* ---- what is too much ---- */

static void test_too_many_calls_fail_the_answer(void **state)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    (void)state;
    cs_buf_adds(&b, "{\"choices\":[{\"message\":{\"tool_calls\":[");
    for (int i = 0; i <= CS_CALLS; i++)
        cs_buf_addf(&b, "%s{\"id\":\"c%d\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}",
                    i ? "," : "", i);
    cs_buf_adds(&b, "]},\"finish_reason\":\"tool_calls\"}]}");
    assert_non_null(strstr(calls_read("openai", NULL, b.data, 1), "failed: too_many_tool_calls"));
}

static void test_arguments_have_an_end(void **state)
{
    static char event[CS_CALLS_BYTES / 2 + 200];
    struct cs_calls calls = {0};
    struct cs_completion c = {.wire = &cs_openai_chat, .say = add_text, .calls = &calls};

    (void)state;
    snprintf(event, sizeof(event),
             "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\","
             "\"arguments\":\"%0*d\"}}]}}]}",
             CS_CALLS_BYTES / 2, 0);
    for (int i = 0; i < 4; i++)
        cs_completion_event(&c, event, strlen(event), false);
    assert_true(c.failed);
    assert_true(calls.bytes <= CS_CALLS_BYTES);
    cs_calls_free(&calls);
}

/* ---- requests ---- */

static const struct cs_chat_call asked[] = {
    {.id = "c1", .name = "add", .arguments = "{\"a\":1}", .signature = "sig", .named = true},
    {.id = "call_2", .name = "now", .arguments = "{", .malformed = true},
};
static const struct cs_chat_message talk[] = {
    {.role = "system", .text = "S"},
    {.role = "user", .text = "Q"},
    {.role = "assistant",
     .text = "",
     .calls = asked,
     .n_calls = LEN(asked),
     .thinking = "hm",
     .signature = "x"},
    {.role = "tool", .text = "2", .call = &asked[0]},
    {.role = "tool", .text = "no", .call = &asked[1], .failed = true},
};
static const struct cs_chat_tool tools[] = {
    {.name = "add", .description = "Adds.", .parameters = "{\"type\":\"object\"}"},
    {.name = "now", .parameters = "{\"type\":\"object\"}"},
};

static const char *request(const struct cs_chat_wire *w, enum cs_chat_choice choice)
{
    struct cs_chat_request q = {.provider = "house",
                                .model = "m",
                                .messages = talk,
                                .n = LEN(talk),
                                .tools = tools,
                                .n_tools = LEN(tools),
                                .choice = choice};
    size_t len;

    return cs_chat_body(&arena, w, &q, &len);
}

static void test_calls_and_results_are_given_back(void **state)
{
    (void)state;
    assert_string_equal(
        request(&cs_openai_chat, CS_CHAT_MAY_CALL),
        "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\","
        "\"content\":\"Q\"},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":"
        "\"c1\","
        "\"type\":\"function\",\"function\":{\"name\":\"add\",\"arguments\":\"{\\\"a\\\":1}\"}},"
        "{\"id\":\"call_2\",\"type\":\"function\",\"function\":{\"name\":\"now\",\"arguments\":"
        "\"{\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"2\"},{\"role\":"
        "\"tool\",\"tool_call_id\":\"call_2\",\"content\":\"no\"}],\"stream\":false,\"tools\":[{"
        "\"type\":\"function\",\"function\":{\"name\":\"add\",\"description\":\"Adds.\","
        "\"parameters\":{\"type\":\"object\"}}},{\"type\":\"function\",\"function\":{\"name\":"
        "\"now\",\"parameters\":{\"type\":\"object\"}}}]}");
    assert_string_equal(
        request(&cs_anthropic_chat, CS_CHAT_NO_CALL),
        "{\"model\":\"m\",\"max_tokens\":4096,\"system\":\"S\",\"messages\":[{\"role\":\"user\","
        "\"content\":\"Q\"},{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\","
        "\"thinking\":\"hm\",\"signature\":\"x\"},{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":"
        "\"add\",\"input\":{\"a\":1}},{\"type\":\"tool_use\",\"id\":\"call_2\",\"name\":\"now\","
        "\"input\":{}}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
        "\"tool_use_id\":\"c1\",\"content\":\"2\"},{\"type\":\"tool_result\",\"tool_use_id\":"
        "\"call_2\",\"content\":\"no\",\"is_error\":true}]}],\"stream\":false,\"tools\":[{\"name\":"
        "\"add\",\"description\":\"Adds.\",\"input_schema\":{\"type\":\"object\"}},{\"name\":"
        "\"now\",\"input_schema\":{\"type\":\"object\"}}],\"tool_choice\":{\"type\":\"none\"}}");
    assert_string_equal(
        request(&cs_gemini_chat, CS_CHAT_MUST_CALL),
        "{\"systemInstruction\":{\"parts\":[{\"text\":\"S\"}]},\"contents\":[{\"role\":\"user\","
        "\"parts\":[{\"text\":\"Q\"}]},{\"role\":\"model\",\"parts\":[{\"functionCall\":{\"id\":"
        "\"c1\",\"name\":\"add\",\"args\":{\"a\":1}},\"thoughtSignature\":\"sig\"},{"
        "\"functionCall\":{\"name\":\"now\",\"args\":{}}}]},{\"role\":\"user\",\"parts\":[{"
        "\"functionResponse\":{\"id\":\"c1\",\"name\":\"add\",\"response\":{\"output\":\"2\"}}},{"
        "\"functionResponse\":{\"name\":\"now\",\"response\":{\"error\":\"no\"}}}]}],\"tools\":[{"
        "\"functionDeclarations\":[{\"name\":\"add\",\"description\":\"Adds.\","
        "\"parametersJsonSchema\":{\"type\":\"object\"}},{\"name\":\"now\","
        "\"parametersJsonSchema\":{\"type\":\"object\"}}]}],\"toolConfig\":{"
        "\"functionCallingConfig\":{\"mode\":\"ANY\"}}}");
}

static void test_ollama_knows_no_choice(void **state)
{
    (void)state;
    const char *body = request(&cs_ollama_chat, CS_CHAT_MAY_CALL);
    assert_non_null(strstr(body, "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{"
                                 "\"function\":{\"name\":\"add\",\"arguments\":{\"a\":1}}},"));
    assert_non_null(
        strstr(body, "{\"role\":\"tool\",\"tool_name\":\"add\",\"content\":\"2\"},{\"role\":"));
    assert_non_null(strstr(body, "\"tools\":["));
    assert_null(strstr(request(&cs_ollama_chat, CS_CHAT_NO_CALL), "\"tools\":["));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_many_calls_fail_the_answer),
        cmocka_unit_test(test_arguments_have_an_end),
        cmocka_unit_test(test_calls_and_results_are_given_back),
        cmocka_unit_test(test_ollama_knows_no_choice),
    };

    return test_run_cases(tests, "calls", play);
}

/* Errors in the shapes that providers send, and keys removed from them. */
#include "test.h"

#include "ratio.h"

#include "provider/fault.h"

static struct cs_fault parse(const char *body)
{
    struct cs_fault f;

    cs_fault_parse(body, strlen(body), &f);
    return f;
}

static void test_shapes(void **state)
{
    struct cs_fault f =
        parse("{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":\"p\",\"code\":"
              "\"c\"}}");
    (void)state;

    assert_string_equal(f.message, "m");
    assert_string_equal(f.type, "t");
    assert_string_equal(f.param, "p");
    assert_string_equal(f.code, "c");
    f = parse("{\"error\":\"the model is loading\"}");
    assert_string_equal(f.message, "the model is loading");
    assert_string_equal(f.code, "");
    f = parse("{\"error\":{\"message\":null,\"code\":503}}");
    assert_string_equal(f.code, "503");
    f = parse("{\"message\":\"invalid api token\"}");
    assert_string_equal(f.message, "invalid api token");
    f = parse(
        "<html><head><title>502 Bad Gateway</title></head>\n<body>\n<h1>nginx</h1></body></html>");
    assert_string_equal(f.message, "502 Bad Gateway nginx ");
    f = parse("");
    assert_string_equal(f.message, "");
}

/* What servers, gateways and vendors send in place of an answer: each says the same. */
static void test_every_shape_has_words(void **state)
{
    static const char *const bodies[] = {
        "{\"error\":{\"message\":\"no memory\"}}",
        "{\"error\":{\"error\":{\"message\":\"no memory\"}}}",
        "{\"error\":{\"message\":{\"detail\":\"no memory\"}}}",
        "{\"error\":\"no memory\"}",
        "{\"error\":[{\"message\":\"no memory\"}]}",
        "{\"error\":true,\"message\":\"no memory\"}",
        "{\"errors\":[{\"message\":\"no memory\"}]}",
        "{\"errors\":[\"no memory\"]}",
        "{\"object\":\"error\",\"message\":\"no memory\",\"code\":400}",
        "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"no memory\"}}",
        "{\"detail\":\"no memory\"}",
        "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"no memory\",\"type\":\"missing\"}]}",
        "{\"code\":1113,\"msg\":\"no memory\"}",
        "[{\"error\":{\"code\":503,\"message\":\"no memory\",\"status\":\"UNAVAILABLE\"}}]",
        "data: {\"error\":{\"message\":\"no memory\"}}\n\ndata: [DONE]\n\n",
        "event: error\ndata: {\"message\":\"no memory\"}\n\n",
        "{\"error\":{\"message\":\"no memory\",\"code\":99999999999999999999}}",
        "<p>no memory</p>",
        "no memory",
    };
    (void)state;

    for (size_t i = 0; i < LEN(bodies); i++) {
        struct cs_fault f = parse(bodies[i]);
        if (!strstr(f.message, "no memory") || strpbrk(f.message, "{<"))
            fail_msg("%s: %s", bodies[i], f.message);
    }
    assert_string_equal(parse("{\"error\":{\"message\":\"Provider returned error\",\"code\":502,"
                              "\"metadata\":{\"raw\":\"no memory\"}}}")
                            .message,
                        "Provider returned error: no memory");
}

/* What says that money is missing is not asked again, whatever status it came with. */
static void test_want_of_money(void **state)
{
    static const char *const bodies[] = {
        "{\"error\":{\"code\":\"insufficient_quota\"}}",
        "{\"error\":{\"type\":\"billing_error\"}}",
        "{\"error\":{\"message\":\"Insufficient Balance\"}}",
        "{\"error\":{\"message\":\"Your credit balance is too low to access the API.\"}}",
        "{\"error\":{\"message\":\"You exceeded your current quota, please check your plan.\"}}",
        "{\"error\":{\"code\":402,\"message\":\"More credits are needed.\"}}",
        "{\"error\":{\"details\":{\"error_code\":\"enforced_spend_limit_reached\"}}}",
    };
    (void)state;

    for (size_t i = 0; i < LEN(bodies); i++) {
        struct cs_fault f = parse(bodies[i]);
        if (!f.quota || cs_fault_may_pass(429, &f) || cs_fault_may_pass(0, &f) ||
            !strstr(cs_fault_reason(&arena, "acme", 429, &f), "exhausted quota"))
            fail_msg("%s", bodies[i]);
    }
}

/* An error that came with 200 has a status of its own. */
static void test_a_status_in_the_body(void **state)
{
    struct cs_fault f = parse("{\"error\":{\"code\":401,\"message\":\"no\"}}");
    (void)state;

    assert_false(cs_fault_may_pass(0, &f));
    assert_string_equal(cs_fault_reason(&arena, "acme", 0, &f),
                        "The provider acme refused the key (401).");
    f = parse("{\"error\":{\"code\":529,\"message\":\"no\"}}");
    assert_true(cs_fault_may_pass(0, &f));
    f = parse("{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no\"}}");
    assert_false(cs_fault_may_pass(0, &f));
}

static void test_members_get_the_words(void **state)
{
    struct cs_fault f =
        parse("{\"error\":{\"message\":\"model requires more system memory (5.6 GiB) "
              "than is available (3.1 GiB)\",\"type\":\"api_error\"}}");
    (void)state;

    assert_string_equal(cs_fault_words(&arena, "ollama", 400, &f, NULL),
                        "The provider ollama refused the request (400, api_error). It said: model "
                        "requires more system memory (5.6 GiB) than is available (3.1 GiB)");
    f = parse("{\"error\":\"key topsecret of llama3.1 and gpt-4o-mini-2024-07-18 is void\"}");
    assert_string_equal(cs_fault_words(&arena, "acme", 500, &f, "topsecret"),
                        "The provider acme failed (500). It said: key [...] of llama3.1 and "
                        "gpt-4o-mini-2024-07-18 is void");
    f = (struct cs_fault){0};
    assert_string_equal(cs_fault_words(&arena, "acme", 500, &f, NULL),
                        "The provider acme failed (500).");
}

static void test_google(void **state)
{
    struct cs_fault f =
        parse("{\"error\":{\"code\":429,\"message\":\"quota\",\"status\":\"RESOURCE_EXHAUSTED\","
              "\"details\":[{\"retryDelay\":\"2.5s\"},{\"violations\":[{\"quotaId\":"
              "\"RequestsPerMinute\"}]}]}}");
    (void)state;

    assert_true(cs_fault_may_pass(429, &f));
    assert_int_equal(f.retry_after_ms, 2500);
    assert_string_equal(
        cs_fault_reason(&arena, "gemini", 429, &f),
        "The provider gemini reported too many requests (429, resource_exhausted).");
    f = parse("{\"error\":{\"code\":429,\"details\":[{\"violations\":[{\"quotaId\":"
              "\"GenerateRequestsPerDayPerProjectPerModel-FreeTier\"}]},{\"retryDelay\":\"-1s\"},"
              "7,{\"violations\":[3]}]}}");
    assert_false(cs_fault_may_pass(429, &f));
    assert_int_equal(f.retry_after_ms, 0);
    assert_string_equal(cs_fault_reason(&arena, "gemini", 429, &f),
                        "The provider gemini reported an exhausted quota of the key (429).");
}

static void test_long_texts_are_cut(void **state)
{
    char body[4096];
    struct cs_fault f;
    (void)state;

    memset(body, 'x', sizeof(body));
    cs_fault_parse(body, sizeof(body), &f);
    assert_int_equal(strlen(f.message), sizeof(f.message) - 1);
}

static void test_what_may_pass(void **state)
{
    static const int pass[] = {0, 408, 409, 425, 429, 500, 502, 503, 504, 529};
    static const int never[] = {302, 400, 401, 402, 403, 404, 413, 422};
    struct cs_fault none = {0},
                    money = parse("{\"error\":{\"type\":\"insufficient_quota\",\"code\":"
                                  "\"project_spend_limit_exceeded\"}}");
    (void)state;

    for (size_t i = 0; i < sizeof(pass) / sizeof(*pass); i++)
        assert_true(cs_fault_may_pass(pass[i], &none));
    for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
        assert_false(cs_fault_may_pass(never[i], &none));
    assert_false(cs_fault_may_pass(429, &money));
    assert_false(cs_fault_may_pass(0, &money));
}

static void is_told(const char *expected, int status, const char *body)
{
    struct cs_fault f = parse(body);

    assert_string_equal(cs_fault_reason(&arena, "acme", status, &f), expected);
}

static void test_reasons(void **state)
{
    (void)state;
    is_told("The provider acme refused the key (401, invalid_api_key).", 401,
            "{\"error\":{\"code\":\"invalid_api_key\"}}");
    is_told("The provider acme reported too many requests (429, rate_limit_exceeded).", 429,
            "{\"error\":{\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}");
    is_told("The provider acme reported an exhausted quota of the key (429, insufficient_quota).",
            429, "{\"error\":{\"type\":\"insufficient_quota\"}}");
    is_told("The provider acme failed (502).", 502, "<html>");
    is_told("The provider acme failed.", 0, "{\"error\":\"sk-secret\"}");
    is_told("The provider acme refused the request (400).", 400,
            "{\"error\":{\"code\":\"sk-Secret-1\"}}");
    is_told("The provider acme reported too much text for the model (400, "
            "context_length_exceeded).",
            400, "{\"error\":{\"code\":\"context_length_exceeded\"}}");
}

static void test_keys_are_redacted(void **state)
{
    (void)state;
    assert_string_equal(cs_fault_redacted(&arena,
                                          "Incorrect API key provided: sk-proj-****abcd. See "
                                          "https://x.example/keys, error 401."),
                        "Incorrect API key provided: [...] See https://x.example/keys, error 401.");
    assert_string_equal(cs_fault_redacted(&arena, "Bearer 9f8e7d6c5b4a3210 is unknown"),
                        "Bearer [...] is unknown");
    assert_string_equal(cs_fault_redacted(&arena, "key sk-short: no"), "key [...]: no");
    assert_string_equal(
        cs_fault_redacted(&arena, "AbcdefghijklmnopqrstuvwxyzAbcdefghijklmnopqrstuvwxyz"), "[...]");
    assert_string_equal(cs_fault_redacted(&arena, ""), "");
    assert_string_equal(cs_fault_redacted(&arena, "überlastet – später"), "überlastet – später");
}

/* the beginning is read, so the smaller input is as long as that is */
static void parse_fault(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    struct cs_fault f;

    (void)work;
    cs_fault_parse(data, len, &f);
    cs_fault_reason(a, "house", 500, &f);
}

static void redact(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    (void)len;
    *work = strlen(cs_fault_redacted(a, data));
}

static void work_is_linear(void **state)
{
    static const struct ratio faults[] = {
        {.name = "text", .piece = "word ", .bytes = 2048, .parse = parse_fault},
        {.name = "a list", .head = "[", .piece = "0,", .bytes = 2048, .parse = parse_fault},
        {.name = "a message",
         .head = "{\"error\":{\"message\":\"",
         .piece = "word ",
         .bytes = 2048,
         .parse = parse_fault},
        {.name = "malformed",
         .head = "{\"error\":{\"message\":\"",
         .piece = "\xff",
         .bytes = 2048,
         .parse = parse_fault},
        {.name = "members",
         .head = "{\"error\":{",
         .piece = "\"a\":{},",
         .tail = "\"a\":0}}",
         .bytes = 2048,
         .parse = parse_fault},
        {.name = "keys", .piece = "sk-12345678 ", .parse = redact},
        {.name = "one key", .piece = "a", .parse = redact},
        {.name = "signs", .piece = "!", .parse = redact},
    };

    (void)state;
    ratio_check_all(faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_every_shape_has_words),
        cmocka_unit_test(test_want_of_money),
        cmocka_unit_test(test_a_status_in_the_body),
        cmocka_unit_test(test_members_get_the_words),
        cmocka_unit_test(test_google),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_what_may_pass),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_keys_are_redacted),
        cmocka_unit_test(work_is_linear),
    };
    return test_run(tests);
}

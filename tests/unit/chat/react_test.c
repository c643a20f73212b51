/* react: actions and answers in the text of a model, cut anywhere. */
#include "test.h"

#include "chat/agent/react.h"

static void add_answer(void *state, const char *text, size_t len)
{
    cs_buf_add(state, text, len);
}

static const char *outcome(const char *text, size_t piece)
{
    CS_BUF_AUTO struct cs_buf said = {0};
    struct react r = {.answer = add_answer, .state = &said};
    struct cs_chat_call call = {0};
    const char *result;
    size_t len = strlen(text);

    for (size_t at = 0; at < len; at += piece)
        react_add(&r, text + at, len - at < piece ? len - at : piece);
    if (react_end(&r, &arena, &call))
        result = cs_printf(&arena, "%s %s%s%s", call.name, call.arguments,
                           call.malformed ? " (malformed)" : "", said.len ? " and said" : "");
    else
        result = cs_printf(&arena, "said: %s", said.data ? said.data : "");
    react_free(&r);
    return result;
}

static void is(const char *text, const char *expected)
{
    for (size_t piece = 1; piece < 2 * strlen(text); piece *= 2)
        assert_string_equal(outcome(text, piece), expected);
}

static void test_actions(void **state)
{
    (void)state;
    is("Thought: I look.\nAction: add\nAction Input: {\"a\": 1}", "add {\"a\":1}");
    is("**Action:** `add`\n**Action Input:** ```json\n{\"a\":\n 1}\n```", "add {\"a\":1}");
    is("Action: add\nAction Input: {\"a\": 1}\nObservation: 7\nFinal Answer: 7", "add {\"a\":1}");
    is("Action: add(1, 2)\nAction Input: 6 * 7\n", "add 6 * 7 (malformed)");
    is("Action: now", "now  (malformed)");
}

static void test_answers(void **state)
{
    (void)state;
    is("Thought: I know.\nFinal Answer: It is 42.\nReally.", "said: It is 42.\nReally.");
    is("Final Answer:\n\n**42**", "said: 42**");
    is("Just words.\nMore: Action: none", "said: Just words.\nMore: Action: none");
    is("Final Answer: use\nAction: x", "said: use\nAction: x");
}

static void test_text_without_a_mark_has_an_end(void **state)
{
    CS_BUF_AUTO struct cs_buf said = {0};
    struct react r = {.answer = add_answer, .state = &said};
    static char line[1024];
    struct cs_chat_call call;

    (void)state;
    memset(line, 'x', sizeof(line) - 1);
    for (int i = 0; i < 1000; i++)
        react_add(&r, line, sizeof(line) - 1);
    assert_true(r.text.len <= REACT_TEXT);
    assert_false(react_end(&r, &arena, &call));
    assert_true(said.len <= REACT_TEXT);
    react_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actions),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_text_without_a_mark_has_an_end),
    };

    return test_run(tests);
}

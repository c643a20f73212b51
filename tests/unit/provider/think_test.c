/* think: reasoning between tags and the answer behind it, cut anywhere. */
#include "test.h"

#include "base/buf.h"
#include "provider/think.h"

struct said {
    struct cs_buf text, thoughts;
};

static void say(void *state, const char *text, size_t len, bool reasoning)
{
    struct said *said = state;

    cs_buf_add(reasoning ? &said->thoughts : &said->text, text, len);
}

static void is_taken_apart(const char *text, size_t piece, const char *answer, const char *thoughts)
{
    struct said said = {{0}, {0}};
    struct cs_think t = {.say = say, .state = &said};
    size_t len = strlen(text);

    for (size_t at = 0; at < len; at += piece)
        cs_think_feed(&t, text + at, len - at < piece ? len - at : piece);
    cs_think_end(&t);
    assert_string_equal(said.text.data ? said.text.data : "", answer);
    assert_string_equal(said.thoughts.data ? said.thoughts.data : "", thoughts);
    cs_buf_free(&said.text);
    cs_buf_free(&said.thoughts);
}

static void expect(const char *text, const char *answer, const char *thoughts)
{
    for (size_t piece = 1; piece <= strlen(text) + 1; piece++)
        is_taken_apart(text, piece, answer, thoughts);
}

static void test_tags(void **state)
{
    (void)state;
    expect("", "", "");
    expect("Nine.", "Nine.", "");
    expect("\n Nine.", "Nine.", "");
    expect("<think>\nhm\n</think>\n\nNine.", "Nine.", "\nhm\n");
    expect(" <thinking>hm</thinking>Nine.", "Nine.", "hm");
    expect("<think>a</think><think>b</think>c", "c", "ab");
    expect("<think></think>Nine.", "Nine.", "");
    expect("<think>a < b </ c <</think>Nine.", "Nine.", "a < b </ c <");
    expect("<think>a</thinking></think>Nine.", "Nine.", "a</thinking>");
}

static void test_words_that_are_no_tags(void **state)
{
    (void)state;
    expect("<this> and <think>", "<this> and <think>", "");
    expect("<", "<", "");
    expect("<thi", "<thi", "");
    expect("a<think>b</think>", "a<think>b</think>", "");
}

static void test_an_end_is_missing(void **state)
{
    (void)state;
    expect("<think>hm", "", "hm");
    expect("<think>hm</thin", "", "hm</thin");
}

/* The template of the prompt ends with the first tag. */
static void test_the_first_tag_is_missing(void **state)
{
    (void)state;
    is_taken_apart("hm\n</think>\n\nNine.", 100, "Nine.", "hm\n");
    is_taken_apart("Behind <think>a</think> comes b.", 100, "Behind <think>a</think> comes b.", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_words_that_are_no_tags),
        cmocka_unit_test(test_an_end_is_missing),
        cmocka_unit_test(test_the_first_tag_is_missing),
    };
    return test_run(tests);
}

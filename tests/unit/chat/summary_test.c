/* Summaries from a conversation's own sentences. */
#include "test.h"

#include "chat/summary.h"

#include <string.h>

static void test_question_and_answer(void **state)
{
    const struct summary_text said[] = {
        {true, "How long does a parcel to Norway take?"},
        {false, "No language model is configured for this bot, so here is what its documents say:\n"
                "\n> A parcel to Norway takes eight days.\n\n[1] shop.md, Parcels"},
    };
    (void)state;

    assert_string_equal(
        summary_extract(&arena, said, 2),
        "How long does a parcel to Norway take? A parcel to Norway takes eight days.");
}

static void test_what_says_most_is_picked_and_said_once(void **state)
{
    const struct summary_text said[] = {
        {true, "Hello! Can you help me with the ferry?"},
        {false, "Yes. The ferry to the island carries bicycles in summer [1].\n\nHave a nice day."},
        {true, "And in winter?"},
        {false,
         "The ferry to the island carries bicycles in summer [2]. In winter the ferry to the "
         "island carries people alone.\n\n```\nferry --island\n```"},
    };
    const char *summary = summary_extract(&arena, said, 4);
    const char *first = strstr(summary, "The ferry to the island carries bicycles in summer.");
    (void)state;

    assert_non_null(first);
    assert_null(strstr(first + 1, "The ferry to the island carries bicycles in summer."));
    assert_non_null(strstr(summary, "In winter the ferry to the island carries people alone."));
    assert_null(strstr(summary, "--island"));
    assert_true(summary == strstr(summary, "Hello!"));
}

static void test_nothing_was_said(void **state)
{
    const struct summary_text said[] = {{true, "  \n"}};
    (void)state;

    assert_string_equal(summary_extract(&arena, said, 0), "");
    assert_string_equal(summary_extract(&arena, said, 1), "");
}

static void test_a_long_sentence_is_cut(void **state)
{
    char text[4001];
    struct summary_text said = {true, text};
    (void)state;

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_true(strlen(summary_extract(&arena, &said, 1)) < 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_question_and_answer),
        cmocka_unit_test(test_what_says_most_is_picked_and_said_once),
        cmocka_unit_test(test_nothing_was_said),
        cmocka_unit_test(test_a_long_sentence_is_cut),
    };
    return test_run(tests);
}

/* Words of texts and of questions, as conversations are looked up by them. */
#include "test.h"

#include "chat/wordlist.h"

#include <string.h>

static bool has(char **words, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static void test_words_and_stems_once(void **state)
{
    size_t n;
    char **words = wordlist_of(&arena, "Deliveries, deliveries and a delivery to O'Neil", &n);
    (void)state;

    assert_true(has(words, n, "deliveries"));
    assert_true(has(words, n, "deliveri"));
    assert_true(has(words, n, "delivery"));
    for (size_t i = 0; i < n; i++)
        assert_false(has(words, i, words[i]));
    wordlist_of(&arena, "", &n);
    assert_int_equal(n, 0);
}

static void test_questions(void **state)
{
    size_t n;
    char **words = wordlist_queries(&arena, "the deliveries of the shop", &n);
    (void)state;

    assert_int_equal(n, 2);
    assert_string_equal(words[0], "'deliveries' | 'deliveri'");
    assert_string_equal(words[1], "'shop'");
    words = wordlist_queries(&arena, "who are they", &n);
    assert_true(n > 0); /* of words that say nothing all count when there are no others */
    words = wordlist_queries(&arena, "東京都", &n);
    assert_true(has(words, n, "'東京'"));
    wordlist_queries(&arena, "?!", &n);
    assert_int_equal(n, 0);
}

static void test_patterns_hold_no_wildcard_of_the_question(void **state)
{
    size_t n;
    char **words = wordlist_patterns(&arena, "50%_off deliveries of parcels", 2, &n);
    (void)state;

    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(words[i]);
        assert_true(words[i][0] == '%' && words[i][len - 1] == '%');
        for (size_t k = 1; k + 1 < len; k++)
            assert_true((words[i][k] != '%' && words[i][k] != '_') || words[i][k - 1] == '\\');
    }
}

static void test_a_long_question_has_a_limit(void **state)
{
    char text[4000] = "";
    size_t n, at = 0;
    (void)state;

    for (int i = 0; i < 300; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "word%d ", i);
    wordlist_queries(&arena, text, &n);
    assert_int_equal(n, WORDLIST_QUERY_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_stems_once),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_patterns_hold_no_wildcard_of_the_question),
        cmocka_unit_test(test_a_long_question_has_a_limit),
    };
    return test_run(tests);
}

/* Words numbered in the order they come. */
#include "test.h"

#include "text/lexicon.h"

#include <stdio.h>

static void numbers_words_in_order(void **state)
{
    struct cs_lexicon l = {0};
    char word[16];
    size_t len;

    (void)state;
    assert_int_equal(cs_lexicon_find(&l, "w1", 2), CS_LEXICON_NONE);
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < 5000; i++) {
            len = (size_t)snprintf(word, sizeof(word), "w%u", i);
            assert_int_equal(cs_lexicon_add(&l, word, len), i);
        }
    assert_int_equal(l.n, 5000);
    for (uint32_t i = 0; i < 5000; i++) {
        size_t want = (size_t)snprintf(word, sizeof(word), "w%u", i);
        assert_int_equal(cs_lexicon_find(&l, word, want), i);
        const char *text = cs_lexicon_text(&l, i, &len);
        assert_int_equal(len, want);
        assert_memory_equal(text, word, len);
    }
    assert_int_equal(cs_lexicon_find(&l, "w5000", 5), CS_LEXICON_NONE);
    assert_int_equal(cs_lexicon_find(&l, "w49999", 5), 4999); /* by length, not to a terminator */
    assert_true(cs_lexicon_bytes(&l) > 5000 * sizeof(struct cs_lexicon_word));
    cs_lexicon_free(&l);
    assert_int_equal(l.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_words_in_order)};

    return test_run(tests);
}

/* Terms: which words of a question a text has, whatever was looked at before. */
#include "test.h"

#include "base/buf.h"
#include "chat/terms.h"

static const char question[] = "Which payments are made, and by whom are reminders paid again?";
static const char english[] =
    "The payment is due at the end of the month, and there is a fee for each reminder.";
static const char german[] = "Die Zahlung ist am Ende des Monats und nicht vorher zu leisten.";

static struct terms_found find(struct terms *t, const char *text)
{
    return terms_find(t, text, strlen(text));
}

static void a_stem_is_one_of_the_language(void **state)
{
    struct terms *t = terms_new(&arena, "Zahlungen");

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(terms_prepare(t, german), 1);
        assert_int_equal(find(t, "Zahlung und Zahlungen").exact, 1);
        assert_int_equal(find(t, "Zahlung").exact, 1);
        assert_int_equal(terms_prepare(t, english), 1);
        assert_int_equal(find(t, "Zahlung").exact, 0);
    }
    terms_free(t);
}

static void a_word_without_its_accents_is_loose(void **state)
{
    struct terms *t = terms_new(&arena, "Who is Hernández of payments?");

    (void)state;
    assert_int_equal(terms_prepare(t, english), 2);
    struct terms_found found = find(t, "Hernandez made the payment");
    assert_int_equal(found.exact, 2);
    assert_int_equal(found.loose, 1);
    assert_int_equal(find(t, "Hernández").exact, 1);
    terms_free(t);
}

static void stop_words_count_alone(void **state)
{
    struct terms *t = terms_new(&arena, "Who is it?");

    (void)state;
    assert_int_equal(terms_prepare(t, english), 3);
    assert_int_equal(find(t, "it is").exact, 6);
    terms_free(t);
    t = terms_new(&arena, "it was"); /* of which German has but the second */
    assert_int_equal(terms_prepare(t, english), 2);
    assert_int_equal(terms_prepare(t, german), 1);
    terms_free(t);
}

/* Words that were looked at are remembered; many share a place. */
static void what_was_seen_changes_nothing(void **state)
{
    static const char letters[] = "paymentsreidg";
    struct terms *t = terms_new(&arena, question);
    CS_BUF_AUTO struct cs_buf word = {0};
    uint32_t seed = 3, matches = 0;

    (void)state;
    terms_prepare(t, english);
    for (int i = 0; i < 3000; i++) {
        struct cs_arena own;
        cs_buf_clear(&word);
        cs_buf_adds(&word, i % 3 ? "pa" : "re");
        for (int k = i % 16; k >= 0; k--) {
            seed = seed * 1664525U + 1013904223U;
            cs_buf_add(&word, &letters[(seed >> 16) % (sizeof(letters) - 1)], 1);
        }
        if (i % 7 == 0) {
            cs_buf_clear(&word);
            cs_buf_adds(&word, i % 2 ? "paying" : "reminder");
        }
        cs_arena_init(&own);
        struct terms *fresh = terms_new(&own, question);
        terms_prepare(fresh, english);
        struct terms_found a = find(t, word.data), b = find(fresh, word.data);
        if (a.exact != b.exact || a.loose != b.loose)
            fail_msg("%s", word.data);
        matches += a.exact != 0;
        terms_free(fresh);
        cs_arena_dispose(&own);
    }
    assert_true(matches > 100);
    terms_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stem_is_one_of_the_language),
        cmocka_unit_test(a_word_without_its_accents_is_loose),
        cmocka_unit_test(stop_words_count_alone),
        cmocka_unit_test(what_was_seen_changes_nothing),
    };

    return test_run(tests);
}

/* Passages against what a question expects. */
#include "test.h"

#include "retrieve/expect.h"

static bool fits(const char *text, const char *name, const char *heading)
{
    ExpectedPassage e = EXPECTED_PASSAGE_INIT;
    Hit hit = HIT_INIT;

    hit.text =
        (char *)"# Opening hours\n\nWe **open** at nine.\n\nSee `pg_hba.conf`; 東京都の天気。";
    hit.heading_path = (char *)"Shop > Opening hours > Rate limits";
    hit.document_id = (char *)"00000000-0000-7000-8000-00000000000a";
    hit.document_name = (char *)"shop.md";
    e.text = (char *)(uintptr_t)text;
    e.document_name = (char *)(uintptr_t)name;
    e.heading = (char *)(uintptr_t)heading;
    return expect_fits(&e, &hit);
}

static void texts_by_their_words(void **state)
{
    (void)state;
    assert_true(fits("We open at nine.", NULL, NULL));
    assert_true(fits("we OPEN  at\nnine", NULL, NULL));
    assert_true(fits("see pg_hba.conf", NULL, NULL));
    assert_true(fits("東京都", NULL, NULL));
    assert_false(fits("We open at ten.", NULL, NULL));
    assert_false(fits("open nine", NULL, NULL)); /* not side by side */
    assert_true(fits("東", NULL, NULL));
    assert_false(fits("pen", NULL, NULL)); /* words, not letters */
    assert_false(fits("hba", NULL, NULL)); /* a part of an identifier is none of its words */
    assert_false(fits("!?", NULL, NULL));
}

/* The passages of a smaller chunk size are parts of what is expected. */
static void a_passage_within_the_text(void **state)
{
    ExpectedPassage e = EXPECTED_PASSAGE_INIT;
    Hit hit = HIT_INIT;

    (void)state;
    e.text = (char *)"We open at nine. We close at five, but on Sundays at four.";
    hit.text = (char *)"We close at five, but on Sundays at four.";
    assert_true(expect_fits(&e, &hit));
    hit.text = (char *)"We close at five, and at four on Sundays.";
    assert_false(expect_fits(&e, &hit));
    hit.text = (char *)"";
    assert_false(expect_fits(&e, &hit));
}

static void headings_as_a_whole(void **state)
{
    (void)state;
    assert_true(fits(NULL, NULL, "opening hours"));
    assert_true(fits(NULL, NULL, "Shop > Opening hours"));
    assert_true(fits(NULL, NULL, "Opening Hours > rate limits"));
    assert_false(fits(NULL, NULL, "limits")); /* a heading of its own, not the end of one */
    assert_false(fits(NULL, NULL, "Shop > Rate limits"));
    assert_false(fits(NULL, NULL, ""));
}

static void all_that_is_set_must_fit(void **state)
{
    (void)state;
    assert_true(fits("at nine", "shop.md", "Opening hours"));
    assert_false(fits("at nine", "Shop.md", "Opening hours"));
    assert_false(fits("at nine", "shop.md", "Contact"));
    assert_false(fits("at ten", "shop.md", "Opening hours"));
}

static void documents_by_id(void **state)
{
    ExpectedPassage e = EXPECTED_PASSAGE_INIT;
    Hit hit = HIT_INIT;

    (void)state;
    assert_false(expect_some(NULL));
    assert_false(expect_some(&e));
    e.document_id = (char *)"00000000-0000-7000-8000-00000000000A";
    hit.document_id = (char *)"00000000-0000-7000-8000-00000000000a";
    assert_true(expect_some(&e) && expect_fits(&e, &hit));
    hit.document_id = (char *)"00000000-0000-7000-8000-00000000000b";
    assert_false(expect_fits(&e, &hit));
}

static void ranks_count_from_one(void **state)
{
    ExpectedPassage e = EXPECTED_PASSAGE_INIT;
    Hit a = HIT_INIT, b = HIT_INIT, *items[] = {&a, &b};

    (void)state;
    e.text = (char *)"two";
    a.text = (char *)"one";
    b.text = (char *)"one, two";
    assert_int_equal(expect_rank(&e, items, 2), 2);
    assert_int_equal(expect_rank(&e, items, 1), 0);
    assert_int_equal(expect_rank(&e, NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_by_their_words), cmocka_unit_test(a_passage_within_the_text),
        cmocka_unit_test(headings_as_a_whole),  cmocka_unit_test(all_that_is_set_must_fit),
        cmocka_unit_test(documents_by_id),      cmocka_unit_test(ranks_count_from_one),
    };

    return test_run(tests);
}

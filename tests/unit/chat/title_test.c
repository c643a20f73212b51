/* Titles of first messages, short, long, and full of white space. */
#include "test.h"

#include "chat/title.h"

#define CJK_20 "一二三四五六七八九十一二三四五六七八九十"

static void test_titles(void **state)
{
    static const char *const cases[][2] = {
        {"How do I install it?", "How do I install it?"},
        {"  two\n\tlines \n", "two lines"},
        {"", ""},
        {" \n ", ""},
        {"Please explain in some detail how the ingestion pipeline treats documents that were "
         "deleted while being embedded",
         "Please explain in some detail how the ingestion pipeline treats documents that…"},
        /* characters count, not bytes */
        {"0123456789012345678901234567890123456789012345678901234567890123456789012345678é and",
         "0123456789012345678901234567890123456789012345678901234567890123456789012345678…"},
        {CJK_20 CJK_20 CJK_20 CJK_20, CJK_20 CJK_20 CJK_20 CJK_20},
        {CJK_20 CJK_20 CJK_20 CJK_20 "字",
         CJK_20 CJK_20 CJK_20 "一二三四五六七八九十一二三四五六七八九…"},
        /* as long as a title may be, and a blank too early to cut at */
        {"01234567890123456789012345678901234567890123456789012345678901234567890123456789",
         "01234567890123456789012345678901234567890123456789012345678901234567890123456789"},
        {"012345678901234567890123456789012345678 "
         "012345678901234567890123456789012345678901234567890123456789",
         "012345678901234567890123456789012345678 012345678901234567890123456789012345678…"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(title_from(&arena, cases[i][0]), cases[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_titles)};
    return test_run(tests);
}

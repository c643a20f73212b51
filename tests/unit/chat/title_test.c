#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chat/title.h"

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
        {"0123456789012345678901234567890123456789012345678901234567890123456789012345678é and",
         "0123456789012345678901234567890123456789012345678901234567890123456789012345678…"},
    };
    struct cs_arena a;
    (void)state;

    cs_arena_init(&a);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(title_from(&a, cases[i][0]), cases[i][1]);
    cs_arena_dispose(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_titles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* File names that would break a header. */
#include "test.h"

#include "edge/disposition.h"

static const struct {
    const char *name, *expected;
} cases[] = {
    {"guide.md", "attachment; filename=\"guide.md\"; filename*=UTF-8''guide.md"},
    {"a b.md", "attachment; filename=\"a b.md\"; filename*=UTF-8''a%20b.md"},
    {"\xc3\xa4.md", "attachment; filename=\"__.md\"; filename*=UTF-8''%C3%A4.md"},
    {"x\";\r\nset-cookie: a=b", "attachment; filename=\"x____set-cookie_ a_b\"; "
                                "filename*=UTF-8''x%22%3B%0D%0Aset-cookie%3A%20a%3Db"},
    {"../../etc/passwd",
     "attachment; filename=\".._.._etc_passwd\"; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd"},
    {"", "attachment; filename=\"document\"; filename*=UTF-8''document"},
    {NULL, "attachment; filename=\"document\"; filename*=UTF-8''document"},
};

static void test_names(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(disposition_attachment(&arena, cases[i].name), cases[i].expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};

    return test_run(tests);
}

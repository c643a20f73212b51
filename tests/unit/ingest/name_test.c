/* name: what is kept of the names that clients send. */
#include "test.h"

#include "ingest/name.h"

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *sent, *kept;
    } cases[] = {
        {"a.md", "a.md"},
        {"../../etc/passwd", "passwd"},
        {"C:\\docs\\a b.md", "a b.md"},
        {"docs/", NULL},
        {"a/..", NULL},
        {".", NULL},
        {"..", NULL},
        {"  a.md ", "a.md"},
        {"dir/  a.md", "a.md"},
        {"invoice\u202efdp.exe", "invoicefdp.exe"},
        {"\u2066a\u2069.md\u200f", "a.md"},
        {"\u202e", NULL},
        {"\ufeffa.md", "a.md"},
        {"cafe\u0301.md", "caf\u00e9.md"},
        {"\u6587\u4ef6.md", "\u6587\u4ef6.md"},
        {"\u05d0.md", "\u05d0.md"},
    };

    for (size_t i = 0; i < LEN(cases); i++) {
        const char *kept = name_clean(&arena, cases[i].sent);

        if (!cases[i].kept)
            assert_null(kept);
        else
            assert_string_equal(kept, cases[i].kept);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};

    return test_run(tests);
}

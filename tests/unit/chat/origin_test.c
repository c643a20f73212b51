#include "test.h"

#include "chat/origin.h"

static char one[] = "https://example.org", two[] = "http://localhost:3000",
            three[] = "https://shop.test/";
static char *const allowed[] = {one, two, three};

static void test_origins(void **state)
{
    static const struct {
        const char *origin;
        bool ok;
    } cases[] = {
        {"https://example.org", true},
        {"https://EXAMPLE.org", true},
        {"https://example.org:443", true},
        {"https://shop.test", true},
        {"http://localhost:3000", true},
        {"http://example.org", false},
        {"https://example.org:8443", false},
        {"https://example.org.evil.test", false},
        {"https://evil.test/https://example.org", false},
        {"https://sub.example.org", false},
        {"http://localhost", false},
        {"http://localhost:80", false},
        {"https://example.or", false},
        {"null", false},
        {"", false},
        {NULL, false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (origin_allowed(allowed, 3, cases[i].origin) != cases[i].ok)
            fail_msg("origin %s", cases[i].origin ? cases[i].origin : "(none)");
    }
}

static void test_empty_list_allows_all(void **state)
{
    (void)state;
    assert_true(origin_allowed(NULL, 0, "https://anywhere.test"));
    assert_true(origin_allowed(NULL, 0, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_empty_list_allows_all),
    };
    return test_run(tests);
}

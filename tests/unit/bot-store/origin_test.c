#include "test.h"

#include "bot-store/origin.h"

static void test_origins(void **state)
{
    static const char *const cases[][2] = {
        {"https://example.org", "https://example.org"},
        {"https://Example.ORG", "https://example.org"},
        {"https://example.org:443", "https://example.org"},
        {"http://localhost:3000", "http://localhost:3000"},
        {"http://127.0.0.1:80", "http://127.0.0.1"},
        {"https://[::1]:8443", "https://[::1]:8443"},
        {"https://example.org/", NULL},
        {"https://example.org/page", NULL},
        {"https://example.org?x", NULL},
        {"https://example.org#x", NULL},
        {"https://ada@example.org", NULL},
        {"https://example.org:99999", NULL},
        {"https://", NULL},
        {"ftp://example.org", NULL},
        {"javascript://example.org", NULL},
        {"example.org", NULL},
        {"*", NULL},
        {"null", NULL},
        {"", NULL},
        {"https://exa mple.org", NULL},
        {"https://example.org\n", NULL},
        {"https://\"onload=x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *got = origin_normal(&arena, cases[i][0]);

        if (!cases[i][1] && got)
            fail_msg("%s was taken as %s", cases[i][0], got);
        if (cases[i][1] && !got)
            fail_msg("%s was refused", cases[i][0]);
        if (cases[i][1])
            assert_string_equal(got, cases[i][1]);
    }
}

static void test_an_origin_is_short(void **state)
{
    char s[ORIGIN_MAX + 2];

    (void)state;
    memset(s, 'a', sizeof(s));
    memcpy(s, "https://", 8);
    s[ORIGIN_MAX] = '\0';
    assert_non_null(origin_normal(&arena, s));
    s[ORIGIN_MAX] = 'a';
    s[ORIGIN_MAX + 1] = '\0';
    assert_null(origin_normal(&arena, s));
}

static void test_base_urls(void **state)
{
    (void)state;
    assert_true(origin_base_url("https://api.example.org/v1"));
    assert_true(origin_base_url("http://127.0.0.1:11434"));
    assert_false(origin_base_url("https://user:secret@api.example.org/v1"));
    assert_false(origin_base_url("https://api.example.org/v1?key=1"));
    assert_false(origin_base_url("file:///etc/passwd"));
    assert_false(origin_base_url("gopher://example.org"));
    assert_false(origin_base_url("/v1"));
    assert_false(origin_base_url("https://api.example.org/\r\nX: y"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_an_origin_is_short),
        cmocka_unit_test(test_base_urls),
    };

    return test_run(tests);
}

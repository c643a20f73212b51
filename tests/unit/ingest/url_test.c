/* url: one form of an address, links, patterns. */
#include "test.h"

#include "ingest/fetch/url.h"

static void test_what_users_type(void **state)
{
    static const struct {
        const char *typed, *form;
    } cases[] = {
        {"https://Example.ORG", "https://example.org/"},
        {"  https://example.org/a b \n", "https://example.org/a%20b"},
        {"example.org/docs", "https://example.org/docs"},
        {"http://example.org:80/", "http://example.org/"},
        {"https://example.org:443/x", "https://example.org/x"},
        {"http://example.org:8080/x#part", "http://example.org:8080/x"},
        {"http://example.org/a/../b/./c", "http://example.org/b/c"},
        {"http://example.org/%7euser/%41%2f%zz", "http://example.org/~user/A%2F%25zz"},
        {"http://example.org/a/%2e%2E/b/.%2e/c", "http://example.org/c"},
        {"http://example.org?q=1", "http://example.org/?q=1"},
        {"http://example.org/?utm_source=a&q=1&gclid=x&p=2", "http://example.org/?q=1&p=2"},
        {"http://example.org/?utm_source=a", "http://example.org/"},
        {"http://[2001:DB8::1]/", "http://[2001:db8::1]/"},
        {"http://xn--bcher-kva.example/\u00fc", "http://xn--bcher-kva.example/%C3%BC"},
        {"http://b\u00fccher.example/", NULL},
        {"http://ex%61mple.org/", "http://example.org/"},
        {"ftp://example.org/", NULL},
        {"file:///etc/passwd", NULL},
        {"javascript:alert(1)", NULL},
        {"http://user@example.org/", NULL},
        {"http://user:secret@example.org/", NULL},
        {"http://", NULL},
        {"", NULL},
        {"not a host", NULL},
    };
    const char *reason;

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        const char *form = url_of_user(&arena, cases[i].typed, &reason);

        if (!cases[i].form && form)
            fail_msg("'%s' became '%s'", cases[i].typed, form);
        if (cases[i].form && (!form || strcmp(form, cases[i].form) != 0))
            fail_msg("'%s' became '%s': %s", cases[i].typed, form ? form : "nothing", reason);
        if (!form)
            assert_non_null(strchr(reason, '.'));
    }
}

static void test_links(void **state)
{
    static const char base[] = "https://example.org/docs/guide?v=1";
    static const struct {
        const char *link, *form;
    } cases[] = {
        {"next", "https://example.org/docs/next"},
        {"../up", "https://example.org/up"},
        {"/top#there", "https://example.org/top"},
        {"?v=2", "https://example.org/docs/guide?v=2"},
        {"#part", "https://example.org/docs/guide?v=1"},
        {"//Other.example/x", "https://other.example/x"},
        {" \n/spaced \t", "https://example.org/spaced"},
        {"HTTP://example.org/", "http://example.org/"},
        {"mailto:a@example.org", NULL},
        {"tel:+49", NULL},
        {"data:text/html,x", NULL},
        {"https://user:secret@example.org/", NULL},
        {"/a:b", "https://example.org/a:b"},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        const char *form = url_resolve(&arena, base, cases[i].link, strlen(cases[i].link));

        if (!form != !cases[i].form || (form && strcmp(form, cases[i].form) != 0))
            fail_msg("'%s' became '%s'", cases[i].link, form ? form : "nothing");
    }
}

static void test_a_form_stays_as_it_is(void **state)
{
    static const char *const forms[] = {"https://example.org/", "https://example.org/a%20b?q=%2F",
                                        "http://[2001:db8::1]:81/x?a=1&b"};
    const char *reason;

    (void)state;
    for (size_t i = 0; i < LEN(forms); i++)
        assert_string_equal(url_of_user(&arena, forms[i], &reason), forms[i]);
}

static void test_an_address_is_not_too_long(void **state)
{
    char url[URL_MAX + 100];
    const char *reason;

    (void)state;
    memset(url, 'a', sizeof(url));
    memcpy(url, "http://example.org/", 19);
    url[URL_MAX] = '\0';
    assert_non_null(url_of_user(&arena, url, &reason));
    url[URL_MAX] = 'a';
    url[URL_MAX + 1] = '\0';
    assert_null(url_of_user(&arena, url, &reason));
    url[URL_MAX - 10] = ' '; /* an escape is longer */
    url[URL_MAX] = '\0';
    assert_null(url_of_user(&arena, url, &reason));
}

static void test_parts(void **state)
{
    int port;

    (void)state;
    assert_string_equal(url_origin(&arena, "http://example.org:81/a?b"), "http://example.org:81");
    assert_string_equal(url_path("http://example.org:81/a?b"), "/a?b");
    assert_string_equal(url_host(&arena, "http://example.org:81/a", &port), "example.org");
    assert_int_equal(port, 81);
    assert_string_equal(url_host(&arena, "https://[2001:db8::1]/a:7", &port), "[2001:db8::1]");
    assert_int_equal(port, 443);
    assert_true(url_has_origin("http://example.org/a", "http://example.org"));
    assert_false(url_has_origin("http://example.org.evil.example/", "http://example.org"));
    assert_false(url_has_origin("https://example.org/", "http://example.org"));
    assert_true(url_is_asset("http://example.org/a.b/logo.PNG?v=1"));
    assert_false(url_is_asset("http://example.org/logo.png/about"));
    assert_false(url_is_asset("http://example.org/a.pdf"));
    assert_false(url_is_asset("http://example.org/"));
}

static void test_patterns(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool matches;
    } cases[] = {
        {"/", "/a", true},
        {"/a", "/abc", true},
        {"/a", "/b", false},
        {"/a$", "/a", true},
        {"/a$", "/ab", false},
        {"/*.pdf$", "/x/y.pdf", true},
        {"/*.pdf$", "/y.pdf?v", false},
        {"/*.pdf", "/y.pdf?v", true},
        {"/a*", "/a", true},
        {"/a*$", "/abc", true},
        {"/a*b*c", "/a1b2b3c4", true},
        {"/a*b*c$", "/a1b2c3", false},
        {"/a*b*c$", "/abcbc", true},
        {"*", "/", true},
        {"", "/", true},
        {"$", "/", false},
        {"/$a", "/$a", true},
        {"/*?id=", "/x?id=1", true},
    };
    char long_pattern[4001], long_path[2001];

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++)
        if (url_match(cases[i].pattern, cases[i].path) != cases[i].matches)
            fail_msg("pattern %s, path %s", cases[i].pattern, cases[i].path);
    for (size_t i = 0; i < 4000; i += 2)
        memcpy(long_pattern + i, "*a", 2);
    memcpy(long_pattern + 3998, "*b", 3);
    memset(long_path, 'a', 2000);
    long_path[2000] = '\0';
    for (int i = 0; i < 2000; i++) /* an age, if it tried all ways */
        assert_false(url_match(long_pattern, long_path));
}

static void test_patterns_of_users(void **state)
{
    static const char url[] = "https://example.org/docs/a/file.pdf";

    (void)state;
    assert_true(url_match_user(&arena, "/docs/", url));
    assert_true(url_match_user(&arena, "/docs/*", url));
    assert_false(url_match_user(&arena, "/a/", url));
    assert_true(url_match_user(&arena, "*/a/*", url));
    assert_true(url_match_user(&arena, "*.pdf", url));
    assert_true(url_match_user(&arena, ".pdf$", url));
    assert_true(url_match_user(&arena, "https://example.org/docs", url));
    assert_false(url_match_user(&arena, "http://example.org/docs", url));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_users_type),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_a_form_stays_as_it_is),
        cmocka_unit_test(test_an_address_is_not_too_long),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_patterns_of_users),
    };

    return test_run(tests);
}

/* guard: which connected addresses are public, and the exceptions an operator may list. */
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "http/guard.h"

static struct sockaddr_storage address(const char *text, int port)
{
    struct sockaddr_storage s = {0};
    struct sockaddr_in *in = (struct sockaddr_in *)&s;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&s;

    if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = htons((uint16_t)port);
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons((uint16_t)port);
    }
    return s;
}

static bool is_public(const char *text)
{
    struct sockaddr_storage s = address(text, 80);
    return cs_guard_public((const struct sockaddr *)&s);
}

static void test_not_public(void **state)
{
    static const char *const inner[] = {
        "127.0.0.1",
        "127.255.255.254",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "198.19.255.255",
        "203.0.113.9",
        "240.0.0.1",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "::127.0.0.1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::",
        "2001::1",
        "2001:db8::1",
        "100::1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(inner) / sizeof(*inner); i++)
        if (is_public(inner[i]))
            fail_msg("%s is not public", inner[i]);
}

static void test_public(void **state)
{
    static const char *const outer[] = {
        "1.1.1.1",        "8.8.8.8",         "172.15.255.255",  "172.32.0.1",   "100.128.0.1",
        "192.169.0.1",    "::ffff:8.8.8.8",  "2606:4700::1111", "2a00:1450::1", "64:ff9b::8.8.8.8",
        "2002:808:808::", "223.255.255.255", "2001:4860::8888",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(outer) / sizeof(*outer); i++)
        if (!is_public(outer[i]))
            fail_msg("%s is public", outer[i]);
}

static bool allows(const char *list, const char *host, const char *addr, int port)
{
    struct sockaddr_storage s = address(addr, port);
    return cs_guard_allows(list, host, (const struct sockaddr *)&s);
}

static void test_exceptions(void **state)
{
    (void)state;
    assert_false(allows(NULL, "ollama", "10.0.0.5", 11434));
    assert_true(allows("ollama:11434", "ollama", "10.0.0.5", 11434));
    assert_true(allows("a:1, OLLAMA:11434", "ollama", "10.0.0.5", 11434));
    assert_false(allows("ollama:11434", "ollama", "10.0.0.5", 22));
    assert_false(allows("ollama:11434", "evil.example", "10.0.0.5", 11434));
    assert_false(allows("ollama:11434", "xollama", "10.0.0.5", 11434));
    assert_false(allows("ollama:1143", "ollama", "10.0.0.5", 11434));
    assert_true(allows("127.0.0.1:9", "localhost", "127.0.0.1", 9));
    assert_true(allows("[::1]:9", "localhost", "::1", 9));
    assert_true(allows("", "example.org", "8.8.8.8", 443));
}

static void test_list_syntax(void **state)
{
    (void)state;
    assert_true(cs_guard_list_valid(NULL));
    assert_true(cs_guard_list_valid(""));
    assert_true(cs_guard_list_valid("ollama:11434,[::1]:80 10.0.0.1:65535"));
    assert_false(cs_guard_list_valid("ollama"));
    assert_false(cs_guard_list_valid(":80"));
    assert_false(cs_guard_list_valid("a:0"));
    assert_false(cs_guard_list_valid("a:65536"));
    assert_false(cs_guard_list_valid("a:80x"));
    assert_false(cs_guard_list_valid("a:"));
}

static void test_hosts_of_urls(void **state)
{
    static const struct {
        const char *list, *host;
        int port;
        bool allowed;
    } cases[] = {
        {NULL, "127.0.0.1", 80, false},
        {NULL, "10.1.2.3", 443, false},
        {NULL, "169.254.169.254", 80, false},
        {NULL, "[::1]", 80, false},
        {NULL, "[fd00::1]", 80, false},
        {NULL, "[::ffff:192.168.0.1]", 80, false},
        {NULL, "localhost", 80, false},
        {NULL, "LOCALHOST.", 80, false},
        {NULL, "api.localhost", 80, false},
        {NULL, "notlocalhost", 80, true},
        {NULL, "api.example.org", 443, true},
        {NULL, "8.8.8.8", 443, true},
        {"127.0.0.1:11434", "127.0.0.1", 11434, true},
        {"127.0.0.1:11434", "127.0.0.1", 11435, false},
        {"127.0.0.1:11434", "localhost", 11434, true},
        {"localhost:11434", "localhost", 11434, true},
        {"localhost:11434", "127.0.0.1", 11434, false},
        {"[fd00::1]:80", "[fd00::1]", 80, true},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++)
        if (cs_guard_allows_host(cases[i].list, cases[i].host, cases[i].port) != cases[i].allowed)
            fail_msg("%s:%d", cases[i].host, cases[i].port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_public),  cmocka_unit_test(test_public),
        cmocka_unit_test(test_exceptions),  cmocka_unit_test(test_hosts_of_urls),
        cmocka_unit_test(test_list_syntax),
    };
    return test_run(tests);
}

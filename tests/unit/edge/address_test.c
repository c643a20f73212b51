/* Clients behind proxies that are trusted and that are not. */
#include "test.h"

#include "edge/address.h"

static const struct {
    const char *proxies, *peer, *forwarded, *client;
} cases[] = {
    /* nobody is believed unless listed */
    {NULL, "1.2.3.4", "9.9.9.9", "1.2.3.4"},
    {"10.0.0.1", "10.0.0.1", "9.9.9.9", "9.9.9.9"},
    {"10.0.0.1", "10.0.0.1", NULL, "10.0.0.1"},
    /* what the client itself wrote stands further left and is not reached */
    {"10.0.0.1", "10.0.0.1", "6.6.6.6, 9.9.9.9", "9.9.9.9"},
    {"10.0.0.0/8", "10.1.2.3", "6.6.6.6, 9.9.9.9, 10.2.2.2", "9.9.9.9"},
    {"10.0.0.0/8", "11.1.2.3", "9.9.9.9", "11.1.2.3"},
    {"10.0.0.0/9", "10.128.0.1", "9.9.9.9", "10.128.0.1"},
    {"0.0.0.0/0", "1.1.1.1", "2.2.2.2,3.3.3.3", "2.2.2.2"},
    {"10.0.0.1", "10.0.0.1", "not an address", "10.0.0.1"},
    {"10.0.0.1", "10.0.0.1", "9.9.9.9, <script>", "10.0.0.1"},
    {"::1, fd00::/8", "fd12::1", "2001:db8::7", "2001:db8::7"},
    {"127.0.0.1", "::ffff:127.0.0.1", "9.9.9.9", "9.9.9.9"},
};

static void test_clients(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct address_proxies p;
        assert_true(address_proxies_init(&p, cases[i].proxies));
        assert_string_equal(address_client(&arena, &p, cases[i].peer, cases[i].forwarded),
                            cases[i].client);
    }
}

static void test_malformed_lists(void **state)
{
    (void)state;
    static const char *const bad[] = {"x",           "10.0.0.0/33", "10.0.0.0/",
                                      "10.0.0.0/8x", "::/129",      "1.2.3.4 5"};
    struct address_proxies p;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(address_proxies_init(&p, bad[i]));
}

static void test_limit_keys(void **state)
{
    (void)state;

    assert_string_equal(address_limit_key(&arena, "1.2.3.4"), "1.2.3.4");
    assert_string_equal(address_limit_key(&arena, "2001:db8::1"),
                        address_limit_key(&arena, "2001:db8::ffff:1"));
    assert_string_not_equal(address_limit_key(&arena, "2001:db8::1"),
                            address_limit_key(&arena, "2001:db8:0:1::1"));
    assert_null(address_limit_network(&arena, "1.2.3.4"));
    assert_null(address_limit_network(&arena, "::ffff:1.2.3.4"));
    assert_string_equal(address_limit_network(&arena, "2001:db8:7:1::1"),
                        address_limit_network(&arena, "2001:db8:7:ffff::1"));
    assert_string_not_equal(address_limit_network(&arena, "2001:db8:7::1"),
                            address_limit_network(&arena, "2001:db8:8::1"));
}

static void test_https_is_what_a_listed_proxy_says(void **state)
{
    (void)state;
    struct address_proxies p;

    assert_true(address_proxies_init(&p, "10.0.0.0/8"));
    assert_true(address_secure(&p, "10.1.2.3", "https"));
    assert_true(address_secure(&p, "10.1.2.3", "HTTPS, http"));
    assert_false(address_secure(&p, "10.1.2.3", "http"));
    assert_false(address_secure(&p, "10.1.2.3", "httpsx"));
    assert_false(address_secure(&p, "10.1.2.3", NULL));
    assert_false(address_secure(&p, "9.9.9.9", "https"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clients),
        cmocka_unit_test(test_malformed_lists),
        cmocka_unit_test(test_limit_keys),
        cmocka_unit_test(test_https_is_what_a_listed_proxy_says),
    };

    return test_run(tests);
}

/* Hosts of this machine and of others, in each notation. */
#include "test.h"

#include "base/plaintext.h"

static void local_hosts_are_known(void **state)
{
    static const struct {
        const char *host;
        bool local;
    } rows[] = {
        {"localhost", true},
        {"LocalHost", true},
        {"127.0.0.1", true},
        {"127.9.9.9", true},
        {"::1", true},
        {"[::1]", true},
        {"::ffff:127.0.0.1", true},
        {"/run/postgresql", true},
        {"@chatsphere", true},
        {"nats", false},
        {"localhost.example.org", false},
        {"127.0.0.1.example.org", false},
        {"128.0.0.1", false},
        {"10.0.0.1", false},
        {"0.0.0.0", false},
        {"::", false},
        {"fe80::1", false},
        {"::ffff:10.0.0.1", false},
        {"[::1", true},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < LEN(rows); i++)
        if (cs_host_is_local(rows[i].host) != rows[i].local)
            fail_msg("%s", rows[i].host);
}

static void the_host_of_a_url_is_found(void **state)
{
    static const struct {
        const char *url, *host;
    } rows[] = {
        {"nats://127.0.0.1:4222", "127.0.0.1"},
        {"nats://broker", "broker"},
        {"tls://broker.example.org/x", "broker.example.org"},
        {"nats://[::1]:4222", "::1"},
    };
    char host[256];

    (void)state;
    for (size_t i = 0; i < LEN(rows); i++) {
        cs_url_host(rows[i].url, host, sizeof(host));
        assert_string_equal(host, rows[i].host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_hosts_are_known),
        cmocka_unit_test(the_host_of_a_url_is_found),
    };
    return test_run(tests);
}

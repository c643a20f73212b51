/* attempt: a place is known for an account, suspect after many failures, and new again in time. */
#include "test.h"

#include "auth/attempt.h"

#define HOME "192.0.2.7"
#define NEAR "192.0.2.200"   /* of the same /24 */
#define FAR_AWAY "192.0.3.7" /* of the next one */
enum { MINUTE = 60 * 1000 };

static int64_t now = 1000;

static void attempts_fail(const char *address, const char *account, int times)
{
    for (int i = 0; i < times; i++) {
        struct attempt a = attempt_of(address, account, now);
        attempt_note(&a, false, now);
    }
}

static void attempt_succeeds(const char *address, const char *account)
{
    struct attempt a = attempt_of(address, account, now);
    attempt_note(&a, true, now);
}

static enum attempt_class class_of(const char *address, const char *account)
{
    return attempt_of(address, account, now).class;
}

static void a_network_is_known_for_the_account_that_signed_in(void **state)
{
    (void)state;
    assert_int_equal(class_of(HOME, "ada"), ATTEMPT_NEW);
    attempt_succeeds(HOME, "ada");
    assert_int_equal(class_of(HOME, "ada"), ATTEMPT_KNOWN);
    assert_int_equal(class_of(NEAR, "ADA"), ATTEMPT_KNOWN);
    assert_int_equal(class_of(FAR_AWAY, "ada"), ATTEMPT_NEW);
    assert_int_equal(class_of(HOME, "bob"), ATTEMPT_NEW);
    assert_int_equal(class_of(HOME, NULL), ATTEMPT_NEW);
    now += 61 * MINUTE;
    assert_int_equal(class_of(HOME, "ada"), ATTEMPT_NEW);
}

static void failures_make_a_network_suspect_but_not_where_it_is_known(void **state)
{
    (void)state;
    attempt_succeeds("198.51.100.1", "ada");
    attempts_fail("198.51.100.2", "nobody", 9);
    assert_int_equal(class_of("198.51.100.3", "bob"), ATTEMPT_NEW);
    attempts_fail("198.51.100.2", "nobody", 1);
    assert_int_equal(class_of("198.51.100.3", "bob"), ATTEMPT_SUSPECT);
    assert_int_equal(class_of("198.51.100.3", NULL), ATTEMPT_SUSPECT);
    assert_int_equal(class_of("198.51.100.3", "ada"), ATTEMPT_KNOWN);
    assert_int_equal(class_of("198.51.101.3", "bob"), ATTEMPT_NEW);
    now += MINUTE;
    assert_int_equal(class_of("198.51.100.3", "bob"), ATTEMPT_NEW);
    attempts_fail("198.51.100.2", "nobody", 5); /* half of the ten counts still */
    assert_int_equal(class_of("198.51.100.3", "bob"), ATTEMPT_SUSPECT);
    now += 24 * 60 * MINUTE;
    assert_int_equal(class_of("198.51.100.3", "bob"), ATTEMPT_NEW);
}

static void a_network_of_ipv6_is_a_48(void **state)
{
    (void)state;
    attempt_succeeds("2001:db8:1::1", "eve");
    assert_int_equal(class_of("2001:db8:1:ffff::2", "eve"), ATTEMPT_KNOWN);
    assert_int_equal(class_of("2001:db8:2::1", "eve"), ATTEMPT_NEW);
    attempt_succeeds("::ffff:203.0.113.9", "eve");
    assert_int_equal(class_of("203.0.113.1", "eve"), ATTEMPT_KNOWN);
    assert_int_equal(attempt_of("no address", "eve", now).network, 0);
    assert_int_equal(attempt_of(NULL, "eve", now).class, ATTEMPT_NEW);
}

/* somebody who signs in from many networks keeps few of them, and pushes out nobody else */
static void an_account_has_few_known_networks(void **state)
{
    char address[32];
    int n = 0;

    (void)state;
    attempt_succeeds("203.0.114.1", "victim");
    for (int i = 0; i < 200; i++, now++) {
        snprintf(address, sizeof(address), "10.1.%d.1", i);
        attempt_succeeds(address, "mallory");
    }
    for (int i = 0; i < 200; i++) {
        snprintf(address, sizeof(address), "10.1.%d.1", i);
        n += class_of(address, "mallory") == ATTEMPT_KNOWN;
    }
    assert_int_equal(n, 4);
    assert_int_equal(class_of("10.1.199.1", "mallory"), ATTEMPT_KNOWN); /* the latest ones */
    assert_int_equal(class_of("203.0.114.1", "victim"), ATTEMPT_KNOWN);
}

static void attempts_take_turns_by_network_or_known_account(void **state)
{
    (void)state;
    attempt_succeeds("203.0.115.1", "one");
    attempt_succeeds("203.0.115.1", "two");
    assert_true(attempt_of("203.0.115.1", "one", now).flow !=
                attempt_of("203.0.115.1", "two", now).flow);
    assert_true(attempt_of("203.0.115.1", "x", now).flow ==
                attempt_of("203.0.115.2", "y", now).flow);
    assert_int_equal(attempt_signed_in("one").class, ATTEMPT_KNOWN);
    assert_true(attempt_signed_in("one").flow == attempt_of("203.0.115.1", "one", now).flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_is_known_for_the_account_that_signed_in),
        cmocka_unit_test(failures_make_a_network_suspect_but_not_where_it_is_known),
        cmocka_unit_test(a_network_of_ipv6_is_a_48),
        cmocka_unit_test(an_account_has_few_known_networks),
        cmocka_unit_test(attempts_take_turns_by_network_or_known_account),
    };
    return test_run(tests);
}

/* Token buckets at times of the test's choosing. */
#include "test.h"

#include "edge/limit.h"

#include <stdio.h>

enum { MINUTE = 60 * 1000 };

/* how many of n at the same moment get through */
static int passed(struct limits *l, enum limit_class c, const char *who, int n, int64_t at)
{
    int ok = 0;

    for (int i = 0; i < n; i++)
        ok += limit_take(l, c, who, at) == 0;
    return ok;
}

static void test_rates_of_the_classes(void **state)
{
    (void)state;
    struct limits *l = limits_new(1);

    assert_int_equal(passed(l, LIMIT_AUTH, "a", 100, 1), 20);
    assert_int_equal(passed(l, LIMIT_READ, "a", 2000, 1), 1200);
    assert_int_equal(passed(l, LIMIT_WRITE, "a", 1000, 1), 300);
    assert_int_equal(passed(l, LIMIT_CHAT, "a", 1000, 1), 120);
    assert_int_equal(passed(l, LIMIT_PUBLIC, "a", 100, 1), 20);
    assert_int_equal(passed(l, LIMIT_ACCOUNT, "a", 100, 1), 30);
    assert_int_equal(passed(l, LIMIT_NONE, "a", 5000, 1), 5000);
    limits_free(l);
}

/* a hundred keys of a workspace are not a hundred buckets */
static void test_the_wide_classes_have_five_times_as_much(void **state)
{
    (void)state;
    static const enum limit_class classes[] = {LIMIT_AUTH, LIMIT_READ,   LIMIT_WRITE,
                                               LIMIT_CHAT, LIMIT_PUBLIC, LIMIT_UNKNOWN_KEY};

    for (size_t i = 0; i < LEN(classes); i++) {
        struct limits *l = limits_new(1);
        assert_int_equal(passed(l, limit_wide(classes[i]), "t", 10000, 1),
                         5 * passed(l, classes[i], "a", 10000, 1));
        limits_free(l);
    }
    assert_int_equal(limit_wide(LIMIT_NONE), LIMIT_NONE);
    assert_int_equal(limit_wide(LIMIT_ACCOUNT), LIMIT_NONE);
}

static void test_each_has_its_own(void **state)
{
    (void)state;
    struct limits *l = limits_new(1);

    assert_int_equal(passed(l, LIMIT_AUTH, "a", 50, 1), 20);
    assert_int_equal(passed(l, LIMIT_AUTH, "b", 50, 1), 20);
    limits_free(l);
}

static void test_it_refills_and_says_when(void **state)
{
    (void)state;
    struct limits *l = limits_new(1);

    passed(l, LIMIT_AUTH, "a", 20, 1000);
    int64_t wait = limit_take(l, LIMIT_AUTH, "a", 1000);
    assert_in_range(wait, 2900, 3001);
    assert_int_not_equal(limit_take(l, LIMIT_AUTH, "a", 1000 + wait - 100), 0);
    assert_int_equal(limit_take(l, LIMIT_AUTH, "a", 1000 + wait), 0);
    assert_int_equal(passed(l, LIMIT_AUTH, "a", 50, 1000 + 10 * MINUTE), 20);
    limits_free(l);
}

static void test_public_has_a_day_too(void **state)
{
    (void)state;
    struct limits *l = limits_new(1);
    int ok = 0;

    for (int minute = 0; minute < 60; minute++)
        ok += passed(l, LIMIT_PUBLIC, "a", 20, (int64_t)minute * MINUTE);
    assert_in_range(ok, 200, 210);
    assert_int_not_equal(limit_take(l, LIMIT_PUBLIC, "a", (int64_t)60 * MINUTE), 0);
    assert_string_equal(limit_code(l, LIMIT_PUBLIC, "a", (int64_t)60 * MINUTE), "limited_day");
    limits_free(l);
}

static void test_a_refusal_has_the_code_of_its_limit(void **state)
{
    (void)state;
    struct limits *l = limits_new(1);

    assert_int_equal(passed(l, LIMIT_PUBLIC, "a", 21, 1), 20);
    assert_string_equal(limit_code(l, LIMIT_PUBLIC, "a", 1), "limited_minute");
    assert_int_equal(passed(l, LIMIT_AUTH, "a", 21, 1), 20);
    assert_string_equal(limit_code(l, LIMIT_AUTH, "a", 1), "limited_minute");
    limits_free(l);
}

/* what a moment earns is less than can be counted, and must not be lost */
static void test_asking_often_loses_nothing(void **state)
{
    (void)state;
    struct limits *l = limits_new(1);
    int ok = 0;

    for (int64_t at = 0; at < 26 * 60 * MINUTE; at += 3000)
        ok += limit_take(l, LIMIT_PUBLIC, "a", at) == 0;
    assert_in_range(ok, 200 + 200 * 26 / 24 - 2, 200 + 200 * 26 / 24 + 2);
    limits_free(l);
}

static void test_factor(void **state)
{
    (void)state;
    struct limits *l = limits_new(3);

    assert_int_equal(passed(l, LIMIT_AUTH, "a", 100, 1), 60);
    limits_free(l);
    l = limits_new(0);
    assert_int_equal(passed(l, LIMIT_AUTH, "a", 1000, 1), 1000);
    for (int i = 0; i < 1000; i++)
        limit_charge(l, LIMIT_UNKNOWN_KEY, "a", 1);
    assert_int_equal(limit_wait(l, LIMIT_UNKNOWN_KEY, "a", 1), 0);
    limits_free(l);
}

/* memory is fixed: any number of addresses, and a busy one keeps its bucket */
static void test_a_crowd_does_not_reset_a_busy_bucket(void **state)
{
    (void)state;
    struct limits *l = limits_new(1);
    int ok = passed(l, LIMIT_AUTH, "busy", 20, 0);
    char who[32];

    for (int i = 0; i < 200000; i++) {
        snprintf(who, sizeof(who), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
        limit_take(l, LIMIT_AUTH, who, i / 100);
        if (i % 100 == 0)
            ok += limit_take(l, LIMIT_AUTH, "busy", i / 100) == 0;
    }
    assert_in_range(ok, 20, 22);
    limits_free(l);
}

/* not even at the clock's beginning, when what is free is as old as what is used */
static void test_what_is_free_is_taken_first(void **state)
{
    (void)state;

    for (int seed = 0; seed < 400; seed++) {
        struct limits *l = limits_new(1);
        char who[32];

        assert_int_equal(passed(l, LIMIT_AUTH, "busy", 30, 0), 20);
        for (int i = 0; i < 300; i++) {
            snprintf(who, sizeof(who), "10.0.%d.%d", i >> 8, i & 255);
            limit_take(l, LIMIT_AUTH, who, 0);
        }
        assert_int_equal(passed(l, LIMIT_AUTH, "busy", 30, 0), 0);
        limits_free(l);
    }
}

/* what turned out to cost one may cost more than there was, but only as much again */
static void test_debt(void **state)
{
    (void)state;
    struct limits *l = limits_new(1);

    assert_int_equal(limit_wait(l, LIMIT_UNKNOWN_KEY, "a", 0), 0);
    for (int i = 0; i < 59; i++)
        limit_charge(l, LIMIT_UNKNOWN_KEY, "a", 0);
    assert_int_equal(limit_wait(l, LIMIT_UNKNOWN_KEY, "a", 0), 0);
    limit_charge(l, LIMIT_UNKNOWN_KEY, "a", 0);
    assert_in_range(limit_wait(l, LIMIT_UNKNOWN_KEY, "a", 0), 900, 1001);
    assert_int_equal(limit_wait(l, LIMIT_UNKNOWN_KEY, "b", 0), 0);
    for (int i = 0; i < 1000; i++)
        limit_charge(l, LIMIT_UNKNOWN_KEY, "a", 0);
    assert_in_range(limit_wait(l, LIMIT_UNKNOWN_KEY, "a", 0), MINUTE, MINUTE + 1001);
    assert_int_not_equal(limit_wait(l, LIMIT_UNKNOWN_KEY, "a", MINUTE), 0);
    assert_int_equal(limit_wait(l, LIMIT_UNKNOWN_KEY, "a", MINUTE + 1001), 0);
    assert_int_equal(passed(l, LIMIT_UNKNOWN_KEY, "a", 100, 3 * MINUTE + 1001), 60);
    limits_free(l);
}

static void test_no_overflow_at_the_greatest_factor(void **state)
{
    (void)state;
    struct limits *l = limits_new(100000);

    assert_int_equal(limit_take(l, LIMIT_PUBLIC, "a", 0), 0);
    assert_int_equal(limit_take(l, LIMIT_PUBLIC, "a", INT64_C(40) * 24 * 60 * MINUTE), 0);
    limits_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates_of_the_classes),
        cmocka_unit_test(test_the_wide_classes_have_five_times_as_much),
        cmocka_unit_test(test_each_has_its_own),
        cmocka_unit_test(test_it_refills_and_says_when),
        cmocka_unit_test(test_public_has_a_day_too),
        cmocka_unit_test(test_a_refusal_has_the_code_of_its_limit),
        cmocka_unit_test(test_asking_often_loses_nothing),
        cmocka_unit_test(test_factor),
        cmocka_unit_test(test_debt),
        cmocka_unit_test(test_no_overflow_at_the_greatest_factor),
        cmocka_unit_test(test_a_crowd_does_not_reset_a_busy_bucket),
        cmocka_unit_test(test_what_is_free_is_taken_first),
    };

    return test_run(tests);
}

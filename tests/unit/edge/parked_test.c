/* Bodies that are coming in: the idle are cut, the steady survive. */
#include "test.h"

#include "edge/http/parked.h"

enum { KB = 1024, MB = 1024 * 1024, S = 1000 };

static int n_cut(const struct parked *p, size_t n)
{
    int cut = 0;

    for (size_t i = 0; i < n; i++)
        cut += p[i].verdict != PARKED_STAYS;
    return cut;
}

static bool is_cut(struct parked p)
{
    parked_judge(&p, 1);
    return p.verdict == PARKED_SLOW;
}

static void test_a_burst_buys_no_time(void **state)
{
    (void)state;
    assert_false(is_cut((struct parked){.got = MB, .lately = MB, .waited_ms = 9 * S}));
    assert_true(
        is_cut((struct parked){.got = MB, .lately = 0, .waited_ms = 21 * S, .trusted = true}));
    assert_true(is_cut((struct parked){.got = 100, .lately = 100, .waited_ms = 21 * S}));
    assert_false(is_cut((struct parked){.got = 100, .lately = 100, .waited_ms = 19 * S}));
}

static void test_a_stranger_holds_much_for_a_short_time_only(void **state)
{
    (void)state;
    struct parked p = {.got = 65 * KB, .lately = 20 * KB, .waited_ms = 31 * S};

    assert_true(is_cut(p));
    p.trusted = true;
    assert_false(is_cut(p));
    p.trusted = false;
    p.got = 64 * KB;
    assert_false(is_cut(p));
}

/* 32 MiB at 64 KB a second take 512 s */
static void test_a_slow_upload_of_a_user_survives(void **state)
{
    (void)state;
    for (int s = 1; s <= 512; s++)
        assert_false(is_cut((struct parked){.got = (size_t)s * 64 * KB,
                                            .lately = (size_t)(s < 10 ? s : 10) * 64 * KB,
                                            .waited_ms = (int64_t)s * S,
                                            .trusted = true}));
}

static void test_an_address_has_a_budget(void **state)
{
    (void)state;
    struct parked p[12];

    for (size_t i = 0; i < LEN(p); i++)
        p[i] = (struct parked){.got = MB, .lately = i * KB, .waited_ms = 5 * S, .share = i < 11};
    parked_judge(p, LEN(p));
    assert_int_equal(n_cut(p, LEN(p)), 3);
    for (size_t i = 0; i < LEN(p); i++)
        assert_int_equal(p[i].verdict,
                         p[i].share && p[i].lately < 3 * KB ? PARKED_SHARE : PARKED_STAYS);
}

static void test_strangers_of_many_addresses_have_one_too(void **state)
{
    (void)state;
    static struct parked p[400];

    for (size_t i = 0; i < LEN(p); i++)
        p[i] = (struct parked){.got = MB, .lately = MB, .waited_ms = 1 * S, .share = i};
    parked_judge(p, LEN(p));
    assert_int_equal(n_cut(p, LEN(p)), 400 - 64);
}

/* 128 idle bodies of 1.1 MB, and one that began a second ago and goes on */
static void test_the_slowest_gives_way_not_the_newcomer(void **state)
{
    (void)state;
    struct parked p[129];
    int newcomer = 1;

    for (size_t i = 0; i < 128; i++)
        p[i] = (struct parked){.got = 11 * MB / 10,
                               .lately = 60 * KB,
                               .waited_ms = 60 * S,
                               .share = i / 16,
                               .trusted = true};
    p[128] = (struct parked){.got = 2 * MB,
                             .lately = 2 * MB,
                             .waited_ms = 1 * S,
                             .share = 99,
                             .trusted = true,
                             .of = &newcomer};
    parked_judge(p, LEN(p));
    assert_int_equal(n_cut(p, LEN(p)), 129 - PARKED_LARGE_MAX);
    for (size_t i = 0; i < LEN(p); i++)
        assert_int_equal(p[i].verdict != PARKED_STAYS && p[i].of, 0);
}

static void test_a_workspace_has_a_share_of_the_large_bodies(void **state)
{
    (void)state;
    struct parked p[30];

    for (size_t i = 0; i < LEN(p); i++)
        p[i] = (struct parked){.got = 2 * MB,
                               .lately = i < 20 ? 2 * MB : MB,
                               .waited_ms = 5 * S,
                               .share = i < 20 ? 1 : 2,
                               .trusted = true};
    parked_judge(p, LEN(p));
    assert_int_equal(n_cut(p, LEN(p)), 20 - PARKED_LARGE_SHARE);
    for (size_t i = 0; i < LEN(p); i++)
        assert_true(p[i].verdict == PARKED_STAYS ||
                    (p[i].share == 1 && p[i].verdict == PARKED_SHARE));
}

/* A good credential buys no memory without end: 1,000 bodies that stay just below what goes to a file. */
static void test_known_clients_have_a_budget_of_memory(void **state)
{
    (void)state;
    static struct parked p[1000];

    for (size_t i = 0; i < LEN(p); i++)
        p[i] = (struct parked){
            .got = MB, .lately = 10 * KB, .waited_ms = 5 * S, .share = i % 2, .trusted = true};
    parked_judge(p, LEN(p));
    assert_int_equal(n_cut(p, LEN(p)), 1000 - 2 * PARKED_KNOWN_SHARE / MB);
    for (size_t i = 0; i < LEN(p); i++)
        p[i].share = i;
    parked_judge(p, LEN(p));
    assert_int_equal(n_cut(p, LEN(p)), 1000 - PARKED_KNOWN_BYTES / MB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_burst_buys_no_time),
        cmocka_unit_test(test_a_stranger_holds_much_for_a_short_time_only),
        cmocka_unit_test(test_a_slow_upload_of_a_user_survives),
        cmocka_unit_test(test_an_address_has_a_budget),
        cmocka_unit_test(test_strangers_of_many_addresses_have_one_too),
        cmocka_unit_test(test_the_slowest_gives_way_not_the_newcomer),
        cmocka_unit_test(test_a_workspace_has_a_share_of_the_large_bodies),
        cmocka_unit_test(test_known_clients_have_a_budget_of_memory),
    };

    return test_run(tests);
}

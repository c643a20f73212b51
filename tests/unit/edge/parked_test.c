/* Bodies that are coming in: the idle are cut, the steady survive. */
#include "test.h"

#include "edge/http/parked.h"

enum { KB = 1024, MB = 1024 * 1024, S = 1000 };

static int n_cut(const struct parked *p, size_t n)
{
    int cut = 0;

    for (size_t i = 0; i < n; i++)
        cut += p[i].cut;
    return cut;
}

static bool is_cut(struct parked p)
{
    parked_judge(&p, 1);
    return p.cut;
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
        p[i] = (struct parked){.got = MB, .lately = i * KB, .waited_ms = 5 * S, .peer = i < 11};
    parked_judge(p, LEN(p));
    assert_int_equal(n_cut(p, LEN(p)), 3);
    for (size_t i = 0; i < LEN(p); i++)
        assert_int_equal(p[i].cut, p[i].peer && p[i].lately < 3 * KB);
}

static void test_strangers_of_many_addresses_have_one_too(void **state)
{
    (void)state;
    static struct parked p[400];

    for (size_t i = 0; i < LEN(p); i++)
        p[i] = (struct parked){.got = MB, .lately = MB, .waited_ms = 1 * S, .peer = i};
    parked_judge(p, LEN(p));
    assert_int_equal(n_cut(p, LEN(p)), 400 - 64);
}

/* 64 idle bodies of 1.1 MB, and one that began a second ago and goes on */
static void test_the_slowest_gives_way_not_the_newcomer(void **state)
{
    (void)state;
    struct parked p[65];
    int newcomer = 1;

    for (size_t i = 0; i < 64; i++)
        p[i] = (struct parked){
            .got = 11 * MB / 10, .lately = 60 * KB, .waited_ms = 60 * S, .trusted = true};
    p[64] = (struct parked){
        .got = 2 * MB, .lately = 2 * MB, .waited_ms = 1 * S, .trusted = true, .of = &newcomer};
    parked_judge(p, LEN(p));
    assert_int_equal(n_cut(p, LEN(p)), 65 - 32);
    for (size_t i = 0; i < LEN(p); i++)
        assert_false(p[i].of && p[i].cut);
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
    };

    return test_run(tests);
}

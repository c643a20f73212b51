/* RFC 3339 in both directions, with every kind of malformed text. */
#include "test.h"

#include "base/clock.h"

static void writes_utc_with_milliseconds(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {951782400123, "2000-02-29T00:00:00.123Z"},
        {1767225599999, "2025-12-31T23:59:59.999Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
    };
    char text[CS_RFC3339_SIZE];
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cs_rfc3339(text, cases[i].ms);
        assert_string_equal(text, cases[i].text);
    }
}

static void reads_any_offset_and_fraction(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2000-02-29T00:00:00.123Z", 951782400123},
        {"2000-02-29t00:00:00.1z", 951782400100},
        {"2000-02-29 00:00:00.123456789Z", 951782400123},
        {"2000-02-29T01:00:00+01:00", 951782400000},
        {"2000-02-28T18:30:00-05:30", 951782400000},
        {"2016-12-31T23:59:60Z", 1483228800000},
    };
    int64_t ms;
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!cs_rfc3339_parse(cases[i].text, &ms))
            fail_msg("%s", cases[i].text);
        assert_int_equal(ms, cases[i].ms);
    }
}

static void refuses_everything_else(void **state)
{
    static const char *const texts[] = {
        "",
        "now",
        "2026-01-01",
        "2026-01-01T",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00Zz",
        "2026-01-01T00:00:00+1:00",
        "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+00:60",
        "2026-01-01T00:00:00+00:000",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-1-01T00:00:000Z",
        "2026- 1-01T00:00:00Z",
        " 026-01-01T00:00:00Z",
        "2026-01-01T 1:00:00Z",
        "2026-01-01X00:00:00Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "20260101T000000Z",
    };
    int64_t ms;
    (void)state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (cs_rfc3339_parse(texts[i], &ms))
            fail_msg("%s was taken", texts[i]);
}

static void what_is_written_reads_back(void **state)
{
    char text[CS_RFC3339_SIZE];
    int64_t back;
    (void)state;

    for (int64_t ms = 0; ms < 4102444800000; ms += 86399999 * 7LL) {
        cs_rfc3339(text, ms);
        assert_true(cs_rfc3339_parse(text, &back));
        assert_int_equal(back, ms);
    }
}

static void sleep_takes_its_time(void **state)
{
    int64_t before = cs_mono_us();
    (void)state;

    cs_sleep_ms(15);
    assert_true(cs_mono_us() - before >= 15000);
    assert_true(cs_mono_ms() * 1000 <= cs_mono_us());
}

static void wall_time_is_of_this_age(void **state)
{
    (void)state;
    assert_in_range(cs_now_ms(), 1735689600000, 253402300799999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_utc_with_milliseconds),
        cmocka_unit_test(reads_any_offset_and_fraction),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(sleep_takes_its_time),
        cmocka_unit_test(wall_time_is_of_this_age),
    };
    return test_run(tests);
}

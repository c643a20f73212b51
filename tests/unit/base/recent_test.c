/* Entries by tenant, dropped by id, and expired by age. */
#include "test.h"

#include "base/clock.h"
#include "base/recent.h"

static struct cs_recent r = CS_RECENT_INIT(60 * 1000);

static const char *get(const char *id, const char *tenant)
{
    size_t len = 0;
    const char *data = cs_recent_get(&r, &arena, id, tenant, NULL, &len);

    return data ? cs_strndup(&arena, data, len) : NULL;
}

static void test_is_for_its_tenant(void **state)
{
    const char *owner = NULL;
    size_t len;
    (void)state;

    cs_recent_put(&r, "bot", "one", "data", 4);
    assert_string_equal(get("bot", "one"), "data");
    assert_null(get("bot", "two"));
    assert_null(get("bo", "one"));
    assert_non_null(cs_recent_get(&r, &arena, "bot", NULL, &owner, &len));
    assert_string_equal(owner, "one");
    cs_recent_put(&r, "bot", "two", "new", 3);
    assert_string_equal(get("bot", "two"), "new");
    assert_null(get("bot", "one"));
}

static void test_is_dropped(void **state)
{
    (void)state;
    cs_recent_put(&r, "bot", "one", "data", 4);
    cs_recent_drop(&r, "bots", 4);
    cs_recent_drop(&r, "bot", 2);
    cs_recent_drop(&r, "a subject that is longer than any id can be", 43);
    assert_non_null(get("bot", "one"));
    cs_recent_drop(&r, "bot and more", 3);
    assert_null(get("bot", "one"));
    cs_recent_put(&r, "bot", "one", "data", 4);
    cs_recent_clear(&r);
    assert_null(get("bot", "one"));
}

static void test_grows_old(void **state)
{
    static struct cs_recent brief = CS_RECENT_INIT(30);
    size_t len;
    (void)state;

    cs_recent_put(&brief, "bot", "one", "", 0);
    assert_non_null(cs_recent_get(&brief, &arena, "bot", "one", NULL, &len));
    cs_sleep_ms(40);
    assert_null(cs_recent_get(&brief, &arena, "bot", "one", NULL, &len));
    cs_recent_clear(&brief);
}

static void test_no_id_is_not_kept(void **state)
{
    static const char longer[] = "0190a000-0000-7000-8000-00000000000aa";
    (void)state;

    cs_recent_put(&r, longer, "one", "data", 4);
    assert_null(get(longer, "one"));
    cs_recent_put(&r, "bot", longer, "data", 4);
    assert_null(get("bot", longer));
}

static int tear_down(void **state)
{
    (void)state;
    cs_recent_clear(&r);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_for_its_tenant),
        cmocka_unit_test(test_is_dropped),
        cmocka_unit_test(test_grows_old),
        cmocka_unit_test(test_no_id_is_not_kept),
    };
    return test_run_with(tests, NULL, tear_down);
}

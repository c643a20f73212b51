/* Version, order and time of new ids, and the shapes that are no ids. */
#include "test.h"

#include "base/clock.h"
#include "base/id.h"

static void new_ids_are_version_7(void **state)
{
    char id[CS_ID_SIZE];
    (void)state;

    for (int i = 0; i < 100; i++) {
        cs_id_new(id);
        assert_true(cs_id_valid(id));
        assert_int_equal(id[14], '7');
        assert_non_null(strchr("89ab", id[19]));
    }
}

static void new_ids_grow_with_time(void **state)
{
    char first[CS_ID_SIZE], second[CS_ID_SIZE];
    (void)state;

    cs_id_new(first);
    cs_sleep_ms(3);
    cs_id_new(second);
    assert_true(strcmp(first, second) < 0);
}

/* the first 48 bits */
static void time_can_be_read(void **state)
{
    int64_t before = cs_now_ms(), after;
    unsigned high, low;
    char id[CS_ID_SIZE];
    (void)state;

    cs_id_new(id);
    after = cs_now_ms();
    assert_int_equal(sscanf(id, "%8x-%4x", &high, &low), 2);
    assert_in_range((int64_t)high << 16 | low, before, after);
}

static void new_ids_differ(void **state)
{
    char ids[200][CS_ID_SIZE];
    (void)state;

    for (int i = 0; i < 200; i++) {
        cs_id_new(ids[i]);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(ids[i], ids[j]);
    }
}

static void valid_takes_36_characters(void **state)
{
    (void)state;
    assert_true(cs_id_valid("01890a5d-ac96-774b-bcce-b302099a8057"));
    assert_true(cs_id_valid("01890A5D-AC96-774B-BCCE-B302099A8057"));
    assert_false(cs_id_valid(NULL));
    assert_false(cs_id_valid(""));
    assert_false(cs_id_valid("01890a5d"));
    assert_false(cs_id_valid("01890a5d-ac96-774b-bcce-b302099a805"));
    assert_false(cs_id_valid("01890a5d-ac96-774b-bcce-b302099a80577"));
    assert_false(cs_id_valid("01890a5d-ac96-774b-bcce-b302099a805g"));
    assert_false(cs_id_valid("01890a5dxac96-774b-bcce-b302099a8057"));
    assert_false(cs_id_valid("01890a5-dac96-774b-bcce-b302099a8057"));
    assert_false(cs_id_valid("{1890a5d-ac96-774b-bcce-b302099a805}"));
}

static void an_id_says_when_it_was_made(void **state)
{
    char id[CS_ID_SIZE];
    int64_t before = cs_now_ms();
    (void)state;

    assert_int_equal(cs_id_ms("01890a5d-ac96-774b-bcce-b302099a8057"), 1688096058518);
    cs_id_new(id);
    assert_in_range(cs_id_ms(id), before, cs_now_ms());
}

static void random_bytes_fill_all(void **state)
{
    unsigned char a[64] = {0}, b[64] = {0};
    (void)state;

    cs_random(a, 63);
    cs_random(b, 63);
    assert_memory_not_equal(a, b, 63);
    assert_int_equal(a[63], 0);
    cs_random(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_ids_are_version_7),     cmocka_unit_test(new_ids_grow_with_time),
        cmocka_unit_test(time_can_be_read),          cmocka_unit_test(new_ids_differ),
        cmocka_unit_test(valid_takes_36_characters), cmocka_unit_test(an_id_says_when_it_was_made),
        cmocka_unit_test(random_bytes_fill_all),
    };
    return test_run(tests);
}

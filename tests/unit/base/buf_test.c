/* A buffer from empty to long, always terminated. */
#include "test.h"

#include "base/buf.h"

static void empty_has_no_memory(void **state)
{
    struct cs_buf b = {0};
    (void)state;

    cs_buf_clear(&b);
    cs_buf_free(&b);
    assert_null(b.data);
    assert_int_equal(b.len, 0);
}

static void grows_piece_by_piece(void **state)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    (void)state;

    for (int i = 0; i < 10000; i++)
        cs_buf_add(&b, "abc", 3);
    assert_int_equal(b.len, 30000);
    assert_true(b.cap > b.len);
    assert_int_equal(strlen(b.data), 30000);
    assert_memory_equal(b.data + 29997, "abc", 4);
}

static void always_terminated(void **state)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    (void)state;

    cs_buf_add(&b, "", 0);
    assert_string_equal(b.data, "");
    cs_buf_adds(&b, "one");
    assert_string_equal(b.data, "one");
    cs_buf_addf(&b, " %s %d", "two", 3);
    assert_string_equal(b.data, "one two 3");
    assert_int_equal(b.len, 9);
}

static void keeps_zero_bytes(void **state)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    (void)state;

    cs_buf_add(&b, "a\0b", 3);
    assert_int_equal(b.len, 3);
    assert_memory_equal(b.data, "a\0b", 4);
}

static void trim_keeps_the_bytes(void **state)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    (void)state;

    cs_buf_trim(&b);
    assert_null(b.data);
    cs_buf_adds(&b, "abc");
    cs_buf_trim(&b);
    assert_int_equal(b.cap, 4);
    cs_buf_adds(&b, "def");
    assert_string_equal(b.data, "abcdef");
}

static void clear_keeps_memory(void **state)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    char *before;
    (void)state;

    cs_buf_adds(&b, "something");
    before = b.data;
    cs_buf_clear(&b);
    assert_string_equal(b.data, "");
    cs_buf_adds(&b, "else");
    assert_ptr_equal(b.data, before);
    assert_string_equal(b.data, "else");
}

static void grown_room_is_for_the_caller(void **state)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    (void)state;

    cs_buf_adds(&b, "ab");
    memset(cs_buf_grow(&b, 1000), 'x', 1000);
    b.len += 1000;
    cs_buf_add(&b, "y", 1);
    assert_int_equal(b.len, 1003);
    assert_memory_equal(b.data, "abxx", 4);
    assert_memory_equal(b.data + 1001, "xy", 3);
}

static void long_formats_fit(void **state)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    (void)state;

    cs_buf_addf(&b, "%5000d|", 1);
    assert_int_equal(b.len, 5001);
    assert_memory_equal(b.data + 4999, "1|", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_has_no_memory),
        cmocka_unit_test(grows_piece_by_piece),
        cmocka_unit_test(always_terminated),
        cmocka_unit_test(keeps_zero_bytes),
        cmocka_unit_test(trim_keeps_the_bytes),
        cmocka_unit_test(clear_keeps_memory),
        cmocka_unit_test(grown_room_is_for_the_caller),
        cmocka_unit_test(long_formats_fit),
    };
    return test_run(tests);
}

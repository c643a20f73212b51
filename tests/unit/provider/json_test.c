/* JSON with the faults of providers, and trees that are too large. */
#include "test.h"

#include "base/buf.h"
#include "provider/json.h"

static const char *read_json(const char *text, size_t len)
{
    json_t *root = cs_provider_json(text, len, 1 << 20);
    char *dumped = root ? json_dumps(root, JSON_COMPACT) : NULL;
    const char *copy = dumped ? cs_strdup(&arena, dumped) : "nothing";

    free(dumped);
    json_decref(root);
    return copy;
}

static void reads(const char *text, const char *expected)
{
    assert_string_equal(read_json(text, strlen(text)), expected);
}

static void test_sound(void **state)
{
    (void)state;
    reads("{\"a\":[1,\"\\ud83d\\ude42\",null]}", "{\"a\":[1,\"🙂\",null]}");
    reads("[9223372036854775807]", "[9223372036854775807]");
}

static void test_mended(void **state)
{
    (void)state;
    reads("[\"a\\ud83d.\"]", "[\"a\uFFFD.\"]");
    reads("[\"a\\ud83d\\u0041\"]", "[\"a\uFFFDA\"]");
    reads("[\"\\ude42\\ud83d\\ude42\"]", "[\"\uFFFD🙂\"]");
    reads("[\"a\\u0000b\"]", "[\"a\uFFFDb\"]");
    reads("[\"a\xff\xe2\x82z\"]", "[\"a\uFFFD\uFFFD\uFFFDz\"]");
    reads("[\"a\nb\tc\"]", "[\"a b c\"]");
    reads("{\"p\":NaN,\"q\":[-Infinity,Infinity],\"s\":\"NaN\"}",
          "{\"p\":null,\"q\":[null,null],\"s\":\"NaN\"}");
    reads("{\"created\":18446744073709551615,\"s\":\"x\"}",
          "{\"created\":1.8446744073709552e19,\"s\":\"x\"}");
    assert_string_equal(read_json("[\"a\0b\"]", 7), "[\"a b\"]");
    reads("[1e999,-1e999,1e5]", "[null,null,100000]");
    reads("[+1,.5,01,2.]", "[1,0.5,1,2]");
    reads("[True,False,None,undefined,nan,inf]", "[true,false,null,null,null,null]");
    reads("{\"a\":[1,2,],\"b\":\"x,]\",}", "{\"a\":[1,2],\"b\":\"x,]\"}");
    reads("[\"C:\\Users\\x \\' \\u12x4\"]", "[\"C:\\\\Users\\\\x \\\\' \\\\u12x4\"]");
}

static void test_hopeless(void **state)
{
    (void)state;
    reads("", "nothing");
    reads("<html>", "nothing");
    reads("{\"a\":\"\\", "nothing");
    reads("[\"\\ud8", "nothing");
    reads("[\"a\" \"b\"]", "nothing");
}

/* Each beginning of a text, in memory that ends with it. */
static void test_nothing_is_read_behind_the_end(void **state)
{
    static const char text[] = "{\"a\":-1.5e9,\"b\":[\"\\ud83d\\u0041\\x\",-Infinity,None,-";
    (void)state;

    for (size_t n = 1; n < sizeof(text); n++) {
        char *copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, text, n);
        json_decref(cs_provider_json(copy, n, 1 << 20));
        free(copy);
    }
}

static void test_a_tree_has_a_ceiling(void **state)
{
    CS_BUF_AUTO struct cs_buf text = {0};
    (void)state;

    cs_buf_adds(&text, "[");
    for (int i = 0; i < 100000; i++)
        cs_buf_adds(&text, "0,");
    cs_buf_adds(&text, "0]");
    assert_string_equal(read_json(text.data, text.len), "nothing");
    text.data[1] = '\xff'; /* nor is it mended */
    assert_string_equal(read_json(text.data, text.len), "nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_mended),
        cmocka_unit_test(test_hopeless),
        cmocka_unit_test(test_nothing_is_read_behind_the_end),
        cmocka_unit_test(test_a_tree_has_a_ceiling),
    };
    return test_run(tests);
}

/* Headers of the outbox: what is written is read, and the short way reads what jansson reads. */
#include "test.h"

#include "base/buf.h"
#include "bus/outbox_headers.h"

#include <jansson.h>

static void list(void *state, const char *name, const char *value)
{
    cs_buf_addf(state, "%s=%s\n", name, value);
}

static void reads(const char *text, const char *want)
{
    CS_BUF_AUTO struct cs_buf got = {0};

    cs_buf_adds(&got, "");
    cs_outbox_headers_each(&arena, text, list, &got);
    assert_string_equal(got.data, want);
}

static void what_is_written_is_read(void **state)
{
    static const char *const values[] = {"1.0",          "",     "a \"b\" \\c", "two\nlines",
                                         "\u00e9\u6771", "/t/1", "{}",          "\x7f"};
    CS_BUF_AUTO struct cs_buf text = {0}, want = {0};

    (void)state;
    for (size_t i = 0; i < LEN(values); i++) {
        const char *name = cs_printf(&arena, "ce-%zu", i);
        cs_outbox_header_put(&text, name, values[i]);
        cs_outbox_header_put(&text, "absent", NULL);
        list(&want, name, values[i]);
        CS_BUF_AUTO struct cs_buf whole = {0};
        cs_buf_add(&whole, text.data, text.len);
        cs_outbox_headers_end(&whole);
        json_t *json = json_loads(whole.data, 0, NULL);
        assert_int_equal(json_object_size(json), i + 1);
        json_decref(json);
        reads(whole.data, want.data);
    }
}

static void no_headers(void **state)
{
    CS_BUF_AUTO struct cs_buf text = {0};

    (void)state;
    cs_outbox_headers_end(&text);
    assert_string_equal(text.data, "{}");
    reads("{}", "");
    reads("", "");
    reads("[\"a\"]", "");
}

/* Another program may write the same object in other words. */
static void other_spellings(void **state)
{
    (void)state;
    reads("{\"a\":\"1\",\"b\":\"2\"}", "a=1\nb=2\n");
    reads("{ \"a\": \"1\" , \"b\":\"2\" }", "a=1\nb=2\n");
    reads("{\"a\":\"\\u0031\",\"b\":2,\"c\":\"3\"}", "a=1\nc=3\n");
    reads("{\"a\":\"1\",}", "");
    reads("{\"a\":\"1\"", "");
    reads("{\"a\":\"1\"}x", "");
    reads("{\"a\":\"1\",\"b\"}", "");
    reads("{\"a\":\"1", "");
}

static void many_headers(void **state)
{
    CS_BUF_AUTO struct cs_buf text = {0}, want = {0};

    (void)state;
    for (int i = 0; i < 60; i++) {
        const char *name = cs_printf(&arena, "h%02d", i);
        cs_outbox_header_put(&text, name, "v");
        list(&want, name, "v");
    }
    cs_outbox_headers_end(&text);
    reads(text.data, want.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(no_headers),
        cmocka_unit_test(other_spellings),
        cmocka_unit_test(many_headers),
    };

    return test_run(tests);
}

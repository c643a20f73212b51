/* Chunked bodies, cut at every byte: decoded strictly, and never past their end. */
#include "test.h"

#include "edge/http/chunk.h"

/* Decodes text in pieces of `piece` bytes as h2o does; the data into the arena, what is left after. */
static ssize_t decode(const char *text, size_t piece, char **ret_data, size_t *ret_len)
{
    struct chunk_decoder d = {.consume_trailer = 1};
    size_t n = strlen(text), at = 0, have = 0;
    char *buf = cs_alloc(&arena, n + 1);
    ssize_t r = -2;

    while (r == -2 && at < n) {
        size_t len = n - at < piece ? n - at : piece;
        memcpy(buf + have, text + at, len);
        at += len;
        r = chunk_decode(&d, buf + have, &len);
        have += len;
    }
    *ret_data = buf;
    *ret_len = have;
    return r < 0 ? r : r + (ssize_t)(n - at);
}

static const struct {
    const char *text;
    ssize_t result; /* bytes behind the body */
    const char *data;
} cases[] = {
    {"0\r\n\r\n", 0, ""},
    {"2\r\n{}\r\n0\r\n\r\n", 0, "{}"},
    {"1\r\n{\r\n1\r\n}\r\n0\r\n\r\nGET /", 5, "{}"},
    {"A\r\n0123456789\r\n0\r\n\r\n", 0, "0123456789"},
    {"a\r\n0123456789\r\n0\r\n\r\n", 0, "0123456789"},
    {"0002;name=value\r\n{}\r\n0;last\r\n\r\n", 0, "{}"},
    {"2\r\n{}\r\n0\r\nDigest: x\r\nOther: y\r\n\r\n", 0, "{}"},
    {"2\r\n{}\r\n", -2, "{}"},
    {"2\r\n\r\n\r\n0\r\n\r\n", 0, "\r\n"},

    {"0x2\r\n{}\r\n0\r\n\r\n", -1, NULL},
    {"2\n{}\r\n0\r\n\r\n", -1, NULL},
    {"2\r\n{}\n0\r\n\r\n", -1, NULL},
    {"2\r\n{}\r\n0\n\n", -1, NULL},
    {"2\r\n{}\r\n0\r\n\n", -1, NULL},
    {"2\r\n{}}\r\n0\r\n\r\n", -1, NULL},
    {"\r\n2\r\n{}\r\n0\r\n\r\n", -1, NULL},
    {" 2\r\n{}\r\n0\r\n\r\n", -1, NULL},
    {"2 \r\n{}\r\n0\r\n\r\n", -1, NULL},
    {"+2\r\n{}\r\n0\r\n\r\n", -1, NULL},
    {"-2\r\n{}\r\n0\r\n\r\n", -1, NULL},
    {"g\r\n{}\r\n0\r\n\r\n", -1, NULL},
    {"000000002\r\n{}\r\n0\r\n\r\n", -1, NULL},
    {"ffffffffffffffff2\r\n{}\r\n0\r\n\r\n", -1, NULL},
    {"2;a\nb\r\n{}\r\n0\r\n\r\n", -1, NULL},
    {"2;a\rb\r\n{}\r\n0\r\n\r\n", -1, NULL},
    {"0\r\nA: b\n\r\n", -1, NULL},
    {"0\r\n folded\r\n\r\n", -1, NULL},
};

static void test_cases_cut_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        for (size_t piece = 1; piece <= strlen(cases[i].text); piece++) {
            size_t len;
            char *data;
            ssize_t r = decode(cases[i].text, piece, &data, &len);

            if (r != cases[i].result)
                fail_msg("%s in pieces of %zu: %zd", cases[i].text, piece, r);
            if (cases[i].data &&
                (len != strlen(cases[i].data) || memcmp(data, cases[i].data, len) != 0))
                fail_msg("%s in pieces of %zu: %.*s", cases[i].text, piece, (int)len, data);
        }
    }
}

/* what follows the body stands right behind the data, as h2o wants it */
static void test_the_rest_stands_behind_the_data(void **state)
{
    (void)state;
    struct chunk_decoder d = {.consume_trailer = 1};
    char buf[] = "2\r\n{}\r\n0\r\n\r\nGET / HTTP/1.1";
    size_t len = sizeof(buf) - 1;

    assert_int_equal(chunk_decode(&d, buf, &len), 14);
    assert_int_equal(len, 2);
    assert_memory_equal(buf, "{}GET / HTTP/1.1", 16);
}

static void test_extensions_and_trailers_have_an_end(void **state)
{
    (void)state;
    size_t len;
    char *data;
    char *extension = cs_printf(&arena, "2;%0*d\r\n{}\r\n0\r\n\r\n", 9000, 0);
    char *trailer = cs_printf(&arena, "0\r\nA: %0*d\r\n\r\n", 9000, 0);

    assert_int_equal(decode(extension, 100, &data, &len), -1);
    assert_int_equal(decode(trailer, 100, &data, &len), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_cut_anywhere),
        cmocka_unit_test(test_the_rest_stands_behind_the_data),
        cmocka_unit_test(test_extensions_and_trailers_have_an_end),
    };

    return test_run(tests);
}

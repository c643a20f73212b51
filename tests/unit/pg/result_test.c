/* Results built by libpq without a server, and cursors. */
#include "test.h"

#include "ratio.h"

#include "pg/pg.h"

#include "crypto/crypto.h"

static const char *const id = "018f0000-0000-7000-8000-000000000001";
static int set_up(void **state)
{
    (void)state;
    return cs_crypto_init();
}

/* A result of one column, as the server would send it; NULL is SQL NULL. */
static PGresult *result_of(const char *value)
{
    PGresult *r = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc column = {.name = (char[]){"c"}};
    char *copy = cs_strdup(&arena, value);

    assert_int_equal(PQsetResultAttrs(r, 1, &column), 1);
    assert_int_equal(PQsetvalue(r, 0, 0, copy, value ? (int)strlen(value) : -1), 1);
    return r;
}

static void scalars_are_read(void **state)
{
    PGresult *r = result_of("-12"), *null = result_of(NULL), *t = result_of("t");
    (void)state;

    assert_string_equal(cs_pg_text(r, 0, 0), "-12");
    assert_int_equal(cs_pg_i64(r, 0, 0), -12);
    assert_false(cs_pg_bool(r, 0, 0));
    assert_true(cs_pg_bool(t, 0, 0));
    assert_null(cs_pg_text(null, 0, 0));
    assert_int_equal(cs_pg_i64(null, 0, 0), 0);
    assert_false(cs_pg_bool(null, 0, 0));
    PQclear(r);
    PQclear(null);
    PQclear(t);
}

static void bytes_are_read(void **state)
{
    PGresult *r = result_of("\\x00ff1a"), *empty = result_of("\\x"), *null = result_of(NULL);
    size_t n;
    (void)state;

    assert_memory_equal(cs_pg_bytes(&arena, r, 0, 0, &n), "\0\xff\x1a", 3);
    assert_int_equal(n, 3);
    assert_non_null(cs_pg_bytes(&arena, empty, 0, 0, &n));
    assert_int_equal(n, 0);
    assert_null(cs_pg_bytes(&arena, null, 0, 0, &n));
    assert_int_equal(n, 0);
    PQclear(r);
    PQclear(empty);
    PQclear(null);
}

static void check_texts(const char *literal, const char *const *want, size_t n_want)
{
    PGresult *r = result_of(literal);
    size_t n;
    char **items = cs_pg_texts(&arena, r, 0, 0, &n);

    assert_int_equal(n, n_want);
    for (size_t i = 0; i < n_want; i++)
        assert_string_equal(items[i], want[i]);
    PQclear(r);
}

#define WANT(...) ((const char *const[]){__VA_ARGS__})

static void lists_are_read(void **state)
{
    (void)state;
    check_texts("{}", NULL, 0);
    check_texts(NULL, NULL, 0);
    check_texts("{a}", WANT("a"), 1);
    check_texts("{a,b c,d}", WANT("a", "b c", "d"), 3);
    check_texts("{\"\",\"a,b\",\"{}\"}", WANT("", "a,b", "{}"), 3);
    check_texts("{\"q\\\"\",\"b\\\\\",NULL,\"NULL\"}", WANT("q\"", "b\\", "", "NULL"), 4);
}

static void what_is_written_as_a_list_is_read_as_it(void **state)
{
    static const char *const words[] = {"",  ",",    "\"", "\\",   "{",
                                        "}", "NULL", " ",  "\\\"", "e\xcc\x81"};
    enum { N = sizeof(words) / sizeof(words[0]) };
    char *items[N];
    (void)state;

    for (size_t i = 0; i < N; i++)
        items[i] = cs_strdup(&arena, words[i]);
    check_texts(cs_pg_array(&arena, items, N), words, N);
    assert_string_equal(cs_pg_array(&arena, items, 0), "{}");
    items[1] = items[2] = NULL;
    assert_string_equal(cs_pg_array(&arena, items, 4), "{\"\",NULL,NULL,\"\\\\\"}");
}

static void a_cursor_comes_back(void **state)
{
    int64_t ms;
    const char *back;
    (void)state;

    assert_true(cs_pg_cursor_parse(&arena, cs_pg_cursor(&arena, 1767323045678, id), &ms, &back));
    assert_int_equal(ms, 1767323045678);
    assert_string_equal(back, id);
}

static void a_cursor_that_is_none_is_refused(void **state)
{
    static const char *const texts[] = {
        "",      "x",     ",",      "1,",     "1,x",
        "-1,%s", "1, %s", "1,%s ",  "1%s",    "1,%s'",
        ",%s",   " 1,%s", "0x1,%s", "1.5,%s", "99999999999999999999,%s"};
    int64_t ms;
    const char *back;
    (void)state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *at = strstr(texts[i], "%s");
        char *text = cs_strdup(&arena, texts[i]);
        if (at)
            text = cs_printf(&arena, "%.*s%s%s", (int)(at - texts[i]), texts[i], id, at + 2);
        assert_false(
            cs_pg_cursor_parse(&arena, cs_base64url(&arena, text, strlen(text)), &ms, &back));
    }
    assert_false(cs_pg_cursor_parse(&arena, "not base64url!", &ms, &back));
    char *longest = cs_alloc(&arena, 1 << 16);
    memset(longest, 'A', (1 << 16) - 1);
    assert_false(cs_pg_cursor_parse(&arena, longest, &ms, &back));
    /* a byte 0 must not hide what follows it */
    char *hidden = cs_printf(&arena, "1,%s_'", id);
    hidden[strlen(hidden) - 2] = '\0';
    assert_false(cs_pg_cursor_parse(&arena, cs_base64url(&arena, hidden, 2 + 36 + 2), &ms, &back));
}

static void numbers_become_arguments(void **state)
{
    (void)state;
    assert_null(CS_I(5).value);
    assert_string_equal(CS_I(INT64_MIN).number, "-9223372036854775808");
    assert_string_equal(CS_BOOL(true).value, "t");
    assert_null(CS_NULL.value);
    assert_int_equal(CS_NULL.number[0], 0);
    assert_true(CS_B("a\0b", 3).binary);
}

static void parse_texts(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    PGresult *r = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc column = {.name = (char[]){"c"}};

    assert_true(r && PQsetResultAttrs(r, 1, &column) && PQsetvalue(r, 0, 0, data, (int)len));
    cs_pg_texts(a, r, 0, 0, work);
    PQclear(r);
}

static void work_is_linear(void **state)
{
    static const struct ratio literals[] = {
        {.name = "words", .head = "{", .piece = "a,", .tail = "a}", .parse = parse_texts},
        {.name = "nothing", .head = "{", .piece = ",", .parse = parse_texts},
        {.name = "quoted", .head = "{", .piece = "\"a\",", .tail = "a}", .parse = parse_texts},
        {.name = "escapes", .head = "{\"", .piece = "\\\"", .tail = "\"}", .parse = parse_texts},
        {.name = "NULL", .head = "{", .piece = "NULL,", .tail = "NULL}", .parse = parse_texts},
        {.name = "one word", .head = "{", .piece = "a", .tail = "}", .parse = parse_texts},
        {.name = "braces", .piece = "{", .parse = parse_texts},
        {.name = "ends", .head = "{", .piece = "}", .parse = parse_texts},
    };

    (void)state;
    ratio_check_all(literals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_are_read),
        cmocka_unit_test(bytes_are_read),
        cmocka_unit_test(lists_are_read),
        cmocka_unit_test(what_is_written_as_a_list_is_read_as_it),
        cmocka_unit_test(a_cursor_comes_back),
        cmocka_unit_test(a_cursor_that_is_none_is_refused),
        cmocka_unit_test(numbers_become_arguments),
        cmocka_unit_test(work_is_linear),
    };
    return test_run_with(tests, set_up, NULL);
}

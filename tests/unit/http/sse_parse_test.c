/* sse_parse: the same events whatever the pieces the stream comes in. */
#include "test.h"

#include "ratio.h"

#include "http/sse_parse.h"

/* events as text: "event|data|id;" and "!" behind a cut one */
static void note(void *state, const struct cs_sse_event *e)
{
    struct cs_buf *out = state;
    assert_int_equal(e->data_len, strlen(e->data));
    cs_buf_addf(out, "%s|%s|%s%s;", e->event, e->data, e->id, e->cut ? "!" : "");
}

static void expect(const char *stream, const char *events)
{
    size_t len = strlen(stream);

    for (size_t piece = 1; piece <= len; piece++) {
        struct cs_buf out = {0};
        struct cs_sse p;
        cs_sse_init(&p, 1000, note, &out);
        for (size_t at = 0; at < len; at += piece)
            assert_true(cs_sse_feed(&p, stream + at, len - at < piece ? len - at : piece));
        cs_sse_end(&p);
        assert_string_equal(out.data ? out.data : "", events);
        cs_sse_free(&p);
        cs_buf_free(&out);
    }
}

static void test_lines(void **state)
{
    (void)state;
    expect("data: a\n\ndata: b\n\n", "|a|;|b|;");
    expect("data: a\r\n\r\ndata: b\r\n\r\n", "|a|;|b|;");
    expect("data: a\r\rdata: b\r\r", "|a|;|b|;");
    expect("\xef\xbb\xbf"
           "data: a\n\n",
           "|a|;");
    expect("data: a\ndata: b\ndata:\n\n", "|a\nb\n|;");
    expect("data:{\"x\":1}\n\n", "|{\"x\":1}|;");
    expect("data:  two\n\n", "| two|;");
    expect("data: h\xc3\xa9\n\n", "|h\xc3\xa9|;");
}

static void test_fields(void **state)
{
    (void)state;
    expect("event: ping\nid: 7\ndata: a\n\ndata: b\n\n", "ping|a|7;|b|7;");
    expect(": keep alive\n\ndata: a\n: more\n\n", "|a|;");
    expect("event: lost\n\ndata: a\n\n", "|a|;");
    expect("data\n\n", "||;");
    expect("retry: 5\nother: x\ndatax: y\ndata: a\n\n", "|a|;");
    expect("\n\n\n", "");
}

/* JSON in place of a stream, in whatever lines, and in the midst of one. */
static void test_json_without_a_field(void **state)
{
    (void)state;
    expect("{\"a\":1}\n{\"a\":2}\n", "|{\"a\":1}|;|{\"a\":2}|;");
    expect("{\"a\":1}{\"a\":2}", "|{\"a\":1}|;|{\"a\":2}|;");
    expect("\xef\xbb\xbf{\"a\":1}", "|{\"a\":1}|;");
    expect("  {\"a\":\"}{\\\"\"}\n", "|{\"a\":\"}{\\\"\"}|;");
    expect("{\n \"a\": [\n  {}\n ]\n}\n", "|{\n \"a\": [\n  {}\n ]\n}|;");
    expect("[{\"a\":1}\n,\r\n{\"a\":2}]\n", "|{\"a\":1}|;|{\"a\":2}|;");
    expect("[[{}]]\ndata: a\n\n", "|{}|;|a|;");
    expect("data: a\n\n{\n\"error\": 1\n}\ndata: b\n\n", "|a|;|{\n\"error\": 1\n}|;|b|;");
    expect("{\"a\":", "|{\"a\":|!;");
    expect("[DONE]\n", "|[DONE]|;");
    expect("{}\n[DONE]", "|{}|;|[DONE]|;");
    expect("data: x\ndata: {}\n\n", "|x\n{}|;");
}

static void test_end(void **state)
{
    (void)state;
    expect("data: [DONE]", "|[DONE]|!;");
    expect("data: a\n", "|a|!;");
    expect("event: x\n", "");
}

static void test_limit(void **state)
{
    struct cs_buf out = {0};
    struct cs_sse p;

    (void)state;
    cs_sse_init(&p, 10, note, &out);
    assert_true(cs_sse_feed(&p, "data: 1234\n\n", 12));
    assert_false(cs_sse_feed(&p, "data: 12345\n\n", 13));
    assert_false(cs_sse_feed(&p, "data: 1\n\n", 9));
    cs_sse_end(&p);
    assert_string_equal(out.data, "|1234|;");
    cs_sse_free(&p);
    cs_sse_init(&p, 10, note, &out);
    assert_true(cs_sse_feed(&p, "data: 1\n", 8));
    for (int i = 0; i < 5; i++)
        cs_sse_feed(&p, "data: 1\n", 8);
    assert_false(cs_sse_feed(&p, "data: 1\n", 8));
    cs_sse_free(&p);
    cs_buf_free(&out);
}

static void count_bytes(void *state, const struct cs_sse_event *e)
{
    *(size_t *)state += e->data_len;
}

/* in pieces of 16 bytes, as a trickling provider sends it */
static void parse_pieces(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    struct cs_sse p;

    (void)a;
    cs_sse_init(&p, 1 << 20, count_bytes, work);
    for (size_t at = 0; at < len; at += 16)
        cs_sse_feed(&p, data + at, len - at < 16 ? len - at : 16);
    cs_sse_end(&p);
    cs_sse_free(&p);
}

static void work_is_linear(void **state)
{
    static const struct ratio streams[] = {
        {.name = "one line", .head = "data: ", .piece = "a", .parse = parse_pieces},
        {.name = "lines of one event", .piece = "data: a\n", .parse = parse_pieces},
        {.name = "empty lines of one event", .piece = "data\n", .parse = parse_pieces},
        {.name = "events", .piece = "data: a\n\n", .parse = parse_pieces},
        {.name = "ids", .head = "data: a\n", .piece = "id: abc\n", .parse = parse_pieces},
        {.name = "fields", .piece = "abc\r", .parse = parse_pieces},
        {.name = "line ends", .piece = "\r\n", .parse = parse_pieces},
        {.name = "colons", .head = "data", .piece = ":", .parse = parse_pieces},
    };

    (void)state;
    ratio_check_all(streams);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_json_without_a_field),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(work_is_linear),
    };
    return test_run(tests);
}

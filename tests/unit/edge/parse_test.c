/* Heads as they come from a socket: what has two meanings is refused, and nothing of it is left. */
#include "test.h"

#include "ratio.h"

#include "edge/http/parse.h"

#include "base/buf.h"

int phr_parse_request(const char *buf, size_t len, const char **method, size_t *method_len,
                      const char **path, size_t *path_len, int *minor, struct head_line *lines,
                      size_t *n_lines, size_t last_len);

/* what h2o gets to see */
struct seen {
    const char *method, *path;
    size_t method_len, path_len, n_lines;
    int minor, len;
    struct head_line lines[HEAD_LINES_MAX];
    const char *refusal;
};

static void see(const char *head, size_t len, struct seen *s)
{
    *s = (struct seen){.n_lines = HEAD_LINES_MAX};
    s->len = phr_parse_request(head, len, &s->method, &s->method_len, &s->path, &s->path_len,
                               &s->minor, s->lines, &s->n_lines, 0);
    s->refusal = parse_refusal();
}

#define LINE "POST /api/v1/bots HTTP/1.1\r\n"
#define HOST "Host: a\r\n"

static const struct {
    const char *name, *head;
    bool refused;
    const char *detail;
} cases[] = {
    {"plain", LINE HOST "Content-Length: 2\r\n\r\n{}", false, NULL},
    {"chunked", LINE HOST "Transfer-Encoding: chunked\r\n\r\n", false, NULL},
    {"chunked in capitals", LINE HOST "TRANSFER-ENCODING: Chunked\r\n\r\n", false, NULL},
    {"an empty line before", "\r\n" LINE HOST "\r\n", false, NULL},
    {"HTTP/1.0 without a host", "GET / HTTP/1.0\r\n\r\n", false, NULL},
    {"two lines of a list", LINE HOST "Accept: a/b\r\nAccept: c/d\r\n\r\n", false, NULL},
    {"a host with a port", LINE "Host: [::1]:8080\r\n\r\n", false, NULL},

    {"CL and TE", LINE HOST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", true,
     "Content-Length and Transfer-Encoding"},
    {"TE and CL", LINE HOST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n", true,
     "Content-Length and Transfer-Encoding"},
    {"two CL", LINE HOST "Content-Length: 4\r\nContent-Length: 5\r\n\r\n", true,
     "Content-Length must stand once"},
    {"two equal CL", LINE HOST "Content-Length: 4\r\ncontent-length: 4\r\n\r\n", true,
     "Content-Length must stand once"},
    {"a list of CL", LINE HOST "Content-Length: 4, 4\r\n\r\n", true, "a number of bytes"},
    {"CL with a sign", LINE HOST "Content-Length: +4\r\n\r\n", true, "a number of bytes"},
    {"CL in words", LINE HOST "Content-Length: abc\r\n\r\n", true, "a number of bytes"},
    {"an empty CL", LINE HOST "Content-Length:\r\n\r\n", true, "a number of bytes"},
    {"an endless CL", LINE HOST "Content-Length: 18446744073709551620\r\n\r\n", true,
     "a number of bytes"},
    {"two TE", LINE HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", true,
     "Transfer-Encoding must stand once"},
    {"TE of something else", LINE HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", true,
     "must be chunked"},
    {"TE identity", LINE HOST "Transfer-Encoding: identity\r\n\r\n", true, "must be chunked"},
    {"TE in HTTP/1.0", "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", true,
     "HTTP/1.0 has no"},
    {"a version to come", "GET / HTTP/1.2\r\n" HOST "\r\n", true, "The version must be"},
    {"a folded line", LINE HOST "X-A: b\r\n c\r\n\r\n", true, "folded"},
    {"a folded TE", LINE HOST "Transfer-Encoding:\r\n chunked\r\n\r\n", true, "folded"},
    {"a space before the first header", LINE " " HOST "\r\n", true, NULL},
    {"a space before the colon", LINE HOST "Content-Length : 4\r\n\r\n", true, NULL},
    {"LF only", "GET / HTTP/1.1\nHost: a\n\n", true, "CR LF"},
    {"one LF only", LINE HOST "X-A: b\nX-C: d\r\n\r\n", true, "CR LF"},
    {"a bare CR", LINE HOST "X-A: b\rTransfer-Encoding: chunked\r\n\r\n", true, NULL},
    {"no host", LINE "\r\n", true, "Host header is required"},
    {"an empty host", LINE "Host:\r\n\r\n", true, "Host header is required"},
    {"two hosts", LINE HOST HOST "\r\n", true, "Host must stand once"},
    {"a list of hosts", LINE "Host: a, b\r\n\r\n", true, "a name or an address"},
    {"a host with a path", LINE "Host: a/b\r\n\r\n", true, "a name or an address"},
    {"two authorizations", LINE HOST "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
     true, "Authorization must stand once"},
    {"two content types", LINE HOST "Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n", true,
     "Content-Type must stand once"},
    {"two origins", LINE HOST "Origin: http://a\r\nOrigin: http://b\r\n\r\n", true,
     "Origin must stand once"},
    {"two request ids", LINE HOST "X-Request-Id: a\r\nX-Request-Id: b\r\n\r\n", true,
     "X-Request-Id must stand once"},
    {"two traces", LINE HOST "Traceparent: a\r\nTraceparent: b\r\n\r\n", true,
     "Traceparent must stand once"},
    {"two keys", LINE HOST "Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n", true,
     "Idempotency-Key must stand once"},
    {"no HTTP at all", "\x16\x03\x01\x02\r\n\r\n", true, "not valid HTTP"},
    {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true, NULL},
};

static void test_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        char *head = cs_strdup(&arena, cases[i].head);
        struct seen s;

        see(head, strlen(head), &s);
        if (!s.refusal != !cases[i].refused)
            fail_msg("%s: %s", cases[i].name, s.refusal ? s.refusal : "accepted");
        if (cases[i].detail && (!s.refusal || !strstr(s.refusal, cases[i].detail)))
            fail_msg("%s: %s", cases[i].name, s.refusal);
        if (!cases[i].refused)
            continue;
        assert_int_equal(s.len, strlen(head)); /* what follows is no request */
        assert_null(head_find(s.lines, s.n_lines, "content-length"));
        assert_null(head_find(s.lines, s.n_lines, "transfer-encoding"));
        assert_int_equal(*s.path, '/');
    }
}

static void test_a_refusal_is_taken_once(void **state)
{
    (void)state;
    struct seen s;
    char *head = cs_strdup(&arena, LINE "\r\n");

    see(head, strlen(head), &s);
    assert_non_null(s.refusal);
    assert_null(parse_refusal());
}

static void test_the_page_may_read_why(void **state)
{
    (void)state;
    struct seen s;
    char *head = cs_strdup(&arena, LINE "Origin: http://page\r\nContent-Length: x\r\n\r\n");

    see(head, strlen(head), &s);
    assert_non_null(s.refusal);
    assert_int_equal(s.n_lines, 1);
    assert_memory_equal(s.lines[0].value, "http://page", 11);
    assert_memory_equal(s.path, "/api/v1/bots", s.path_len);
}

/* a head of `lines` lines of `width` bytes, without its empty line */
static char *long_head(int lines, int width, size_t *ret_len)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    cs_buf_adds(&b, LINE HOST);
    for (int i = 0; i < lines; i++)
        cs_buf_addf(&b, "X-%03d: %0*d\r\n", i, width - 9, 0);
    *ret_len = b.len;
    return memcpy(cs_alloc(&arena, b.len + 3), b.data, b.len);
}

static void test_sizes(void **state)
{
    (void)state;
    struct seen s;
    size_t len;
    char *head = long_head(90, 700, &len);

    see(head, len, &s);
    assert_int_equal(s.len, -2);
    assert_null(s.refusal);
    memcpy(head + len, "\r\n", 3);
    see(head, len + 2, &s);
    assert_null(s.refusal);
    assert_int_equal(s.len, len + 2);

    head = long_head(90, 800, &len); /* and no end to be seen */
    see(head, len, &s);
    assert_non_null(s.refusal);
    assert_non_null(strstr(s.refusal, "65,536 bytes"));
    memcpy(head + len, "\r\n", 3);
    see(head, len + 2, &s);
    assert_non_null(s.refusal);

    head = long_head(150, 20, &len);
    see(head, len, &s);
    assert_non_null(s.refusal);
    assert_non_null(strstr(s.refusal, "100 header lines"));
}

static void test_a_long_content_type(void **state)
{
    (void)state;
    struct seen s;
    char *head = cs_printf(&arena, LINE HOST "Content-Type: a/b;%*s;\r\n\r\n", 1025, "x");

    see(head, strlen(head), &s);
    assert_non_null(s.refusal);
    assert_non_null(strstr(s.refusal, "1,024"));
}

static void test_line_ends_alone_are_no_refusal(void **state)
{
    (void)state;
    struct seen s;

    see("\r\n\r\n", 4, &s);
    assert_int_equal(s.len, -1);
}

static int begin(void **state)
{
    (void)state;
    assert_true(parse_begin());
    return 0;
}

static void parse_head(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    struct seen s;

    (void)a;
    see(data, len, &s);
    *work = s.n_lines;
}

/* of a connection that sends a few bytes at a time; h2o says how far it has looked */
static void parse_in_pieces(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    (void)a, (void)work;
    for (size_t at = 0, before = 0; at < len; before = at) {
        struct seen s = {.n_lines = HEAD_LINES_MAX};
        at = len - at < 8 ? len : at + 8;
        phr_parse_request(data, at, &s.method, &s.method_len, &s.path, &s.path_len, &s.minor,
                          s.lines, &s.n_lines, before);
    }
}

static void work_is_linear(void **state)
{
    static const struct ratio heads[] = {
        {.name = "a path",
         .head = "GET /",
         .piece = "a",
         .tail = " HTTP/1.1\r\nHost: a\r\n\r\n",
         .bytes = 7000,
         .parse = parse_head},
        {.name = "a value",
         .head = LINE HOST "A: ",
         .piece = "a",
         .tail = "\r\n\r\n",
         .bytes = 7000,
         .parse = parse_head},
        {.name = "a name",
         .head = LINE HOST,
         .piece = "a",
         .tail = ": a\r\n\r\n",
         .bytes = 7000,
         .parse = parse_head},
        {.name = "blanks",
         .head = LINE HOST "A:",
         .piece = " ",
         .tail = "\r\n\r\n",
         .bytes = 7000,
         .parse = parse_head},
        {.name = "lines",
         .head = LINE HOST,
         .piece = "a: b\r\n",
         .tail = "\r\n",
         .bytes = 70,
         .parse = parse_head},
        {.name = "folded lines",
         .head = LINE HOST "A: b",
         .piece = "\r\n b",
         .tail = "\r\n\r\n",
         .bytes = 70,
         .parse = parse_head},
        {.name = "a list of encodings",
         .head = LINE HOST "Transfer-Encoding: ",
         .piece = "a,",
         .tail = "chunked\r\n\r\n",
         .bytes = 7000,
         .parse = parse_head},
        {.name = "in pieces",
         .head = LINE HOST "A: ",
         .piece = "a",
         .bytes = 7000,
         .parse = parse_in_pieces},
        {.name = "lines in pieces",
         .head = LINE HOST,
         .piece = "a: b\r\n",
         .bytes = 70,
         .parse = parse_in_pieces},
    };

    (void)state;
    ratio_check_all(heads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_a_refusal_is_taken_once),
        cmocka_unit_test(test_the_page_may_read_why),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_a_long_content_type),
        cmocka_unit_test(test_line_ends_alone_are_no_refusal),
        cmocka_unit_test(work_is_linear),
    };

    return test_run_with(tests, begin, NULL);
}

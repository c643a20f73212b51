/* send: requests that belong to no call, and the headers of their answers. */
#include "test.h"

#include "../tiny_http.h"
#include "base/clock.h"
#include "http/engine.h"

#include <semaphore.h>

static const char *const tenant = "018f0000-0000-7000-8000-000000000001";

static void answer(int n, const char *request, struct cs_buf *out)
{
    (void)n;
    if (strncmp(request, "GET /moved", 10) == 0)
        tiny_http_reply(out, 302, "Location: /a\r\nX-Tag: one\r\nx-tag: two\r\n", "");
    else if (strncmp(request, "GET /huge", 9) == 0)
        tiny_http_reply(out, 200, "", "more than ten bytes");
    else
        tiny_http_reply(out, 200, "ETag: \"v1\"\r\n", "hello");
}

static struct tiny_http server = {.answer = answer};

struct sent {
    sem_t ended;
    struct cs_buf body;
    struct cs_http_reply rep;
    char *headers[CS_HTTP_WANTED];
};

static size_t on_data(void *state, const char *data, size_t len)
{
    struct sent *s = state;

    cs_buf_add(&s->body, data, len);
    return s->body.len;
}

static void on_done(void *state, const struct cs_http_reply *rep)
{
    struct sent *s = state;

    s->rep = *rep;
    for (size_t i = 0; i < CS_HTTP_WANTED; i++)
        s->headers[i] = rep->headers[i] ? strdup(rep->headers[i]) : NULL;
    sem_post(&s->ended);
}

static void sent_get(struct sent *s, int port, const char *path)
{
    static const char *const wanted[] = {"location", "etag", "x-tag", NULL};
    const struct cs_http_request req = {
        .method = "GET",
        .url = cs_printf(&arena, "http://127.0.0.1:%d%s", port, path),
        .wanted = wanted,
        .timeout_ms = 30 * 1000,
        .max_body = 10,
        .on_data = on_data,
    };

    *s = (struct sent){0};
    sem_init(&s->ended, 0, 0);
    assert_true(cs_http_send(tenant, &req, on_done, s));
    sem_wait(&s->ended);
}

static void sent_free(struct sent *s)
{
    cs_buf_free(&s->body);
    for (size_t i = 0; i < CS_HTTP_WANTED; i++)
        free(s->headers[i]);
}

static void test_an_answer_and_its_headers(void **state)
{
    struct sent s;

    (void)state;
    sent_get(&s, server.port, "/");
    assert_int_equal(s.rep.status, 200);
    assert_string_equal(s.body.data, "hello");
    assert_null(s.headers[0]);
    assert_string_equal(s.headers[1], "\"v1\"");
    sent_free(&s);
    sent_get(&s, server.port, "/moved");
    assert_int_equal(s.rep.status, 302);
    assert_string_equal(s.headers[0], "/a");
    assert_string_equal(s.headers[2], "two");
    sent_free(&s);
}

static void test_what_ends_without_an_answer(void **state)
{
    struct sent s;

    (void)state;
    sent_get(&s, server.port, "/huge");
    assert_int_equal(s.rep.status, 0);
    assert_true(s.rep.too_large);
    sent_free(&s);
    sent_get(&s, server.port + 1, "/"); /* not on the list of private addresses */
    assert_true(s.rep.refused);
    assert_int_equal(s.rep.status, 0);
    sent_free(&s);
}

static int set_up(void **state)
{
    (void)state;
    return tiny_http_start_engine(&server);
}

static int tear_down(void **state)
{
    (void)state;
    tiny_http_stop_engine(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_and_its_headers),
        cmocka_unit_test(test_what_ends_without_an_answer),
    };

    return test_run_with(tests, set_up, tear_down);
}

/* engine: bodies that come in pieces, and requests that are ended before their time. */
#include "test.h"

#include "../http_get.h"
#include "../tiny_http.h"
#include "base/clock.h"
#include "base/env.h"
#include "http/engine.h"

#include <semaphore.h>

enum { BODY = 20000 };

static sem_t given_up; /* posted when the client of a silent answer is gone */

static void answer(int n, const char *request, struct cs_buf *out)
{
    (void)n;
    if (strncmp(request, "GET /long", 9) == 0) {
        cs_buf_addf(out, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", BODY);
        for (int i = 0; i < BODY; i++)
            cs_buf_add(out, "x", 1);
    } else if (strncmp(request, "GET /cut", 8) == 0) {
        cs_buf_adds(out, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    } else if (strncmp(request, "GET /slow", 9) == 0) {
        cs_sleep_ms(500);
        tiny_http_reply(out, 200, "", "late");
    } else if (strncmp(request, "GET /silent", 11) == 0) {
        sem_wait(&given_up);
    } else {
        tiny_http_reply(out, 503, "", "not now");
    }
}

static struct tiny_http server = {.answer = answer};
/* of one request */
struct heard {
    size_t bytes, longest;
    size_t held; /* that it says to keep in memory */
    int ticks, stop_at;
};

static struct heard heard;

static size_t on_data(void *state, const char *data, size_t len)
{
    (void)state;
    (void)data;
    heard.bytes += len;
    heard.longest = len > heard.longest ? len : heard.longest;
    return heard.held;
}

static bool on_tick(void *state)
{
    (void)state;
    return ++heard.ticks != heard.stop_at;
}

static struct cs_http_reply get(const char *path, struct cs_http_request req)
{
    struct cs_call call = {.arena = &arena, .deadline_ms = cs_mono_ms() + 5000};
    struct cs_http_reply rep;

    req.method = "GET";
    req.url = cs_printf(&arena, "http://127.0.0.1:%d%s", server.port, path);
    req.timeout_ms = 3000;
    req.on_data = on_data;
    rep = http_get(&call, &req);
    return rep;
}

static void test_pieces(void **state)
{
    struct cs_http_reply r;
    (void)state;

    heard = (struct heard){0};
    r = get("/long", (struct cs_http_request){0});
    assert_int_equal(r.status, 200);
    assert_int_equal(r.body_len, 0);
    assert_int_equal(heard.bytes, BODY);
    assert_true(heard.longest < BODY);
}

static void test_what_is_no_success_is_collected(void **state)
{
    struct cs_http_reply r;
    (void)state;

    heard = (struct heard){0};
    r = get("/busy", (struct cs_http_request){0});
    assert_int_equal(r.status, 503);
    assert_string_equal(r.body, "not now");
    assert_int_equal(heard.bytes, 0);
}

static void test_a_cut_body_is_no_success(void **state)
{
    struct cs_http_reply r;
    (void)state;

    heard = (struct heard){0};
    r = get("/cut", (struct cs_http_request){0});
    assert_int_equal(r.status, 0);
    assert_non_null(r.error);
    assert_int_equal(heard.bytes, 4);
}

static void test_what_the_receiver_keeps_is_limited(void **state)
{
    struct cs_http_reply r;
    (void)state;

    heard = (struct heard){.held = 8 << 20};
    r = get("/long", (struct cs_http_request){0});
    assert_int_equal(r.status, 200);
    heard = (struct heard){.held = (8 << 20) + 1}; /* a quarter of the default */
    r = get("/long", (struct cs_http_request){0});
    assert_int_equal(r.status, 0);
    assert_true(r.limited);
    assert_true(heard.bytes < BODY);
}

static void test_too_much(void **state)
{
    struct cs_http_reply r;
    (void)state;

    heard = (struct heard){0};
    r = get("/long", (struct cs_http_request){.max_body = BODY - 1});
    assert_int_equal(r.status, 0);
    assert_string_equal(r.error, "the answer is too large");
    assert_true(heard.bytes < BODY);
}

static void test_a_tick_can_end_it(void **state)
{
    struct cs_http_reply r;
    (void)state;

    heard = (struct heard){.stop_at = 3};
    r = get("/silent", (struct cs_http_request){.on_tick = on_tick});
    sem_post(&given_up);
    assert_int_equal(r.status, 0);
    assert_int_equal(heard.ticks, 3);

    heard = (struct heard){.stop_at = 2}; /* also while the next try is waited for */
    r = get("/slow", (struct cs_http_request){.on_tick = on_tick, .delay_ms = 2000});
    assert_int_equal(r.status, 0);
    assert_int_equal(heard.ticks, 2);
}

static void test_silence(void **state)
{
    struct cs_http_reply r;
    (void)state;

    heard = (struct heard){0};
    r = get("/silent", (struct cs_http_request){.idle_ms = 100, .on_tick = on_tick});
    sem_post(&given_up);
    assert_int_equal(r.status, 0);
    assert_string_equal(r.error, "it fell silent");
    r = get("/slow", (struct cs_http_request){.idle_ms = 2500});
    assert_int_equal(r.status, 200);
}

static int setup(void **state)
{
    (void)state;
    sem_init(&given_up, 0, 0);
    return tiny_http_start_engine(&server);
}

static int teardown(void **state)
{
    (void)state;
    tiny_http_stop_engine(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_what_is_no_success_is_collected),
        cmocka_unit_test(test_a_cut_body_is_no_success),
        cmocka_unit_test(test_what_the_receiver_keeps_is_limited),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_a_tick_can_end_it),
        cmocka_unit_test(test_silence),
    };
    return test_run_with(tests, setup, teardown);
}

/* engine: against a server on loopback, which the guard lets through only when it is listed. */
#include "test.h"

#include "../http_get.h"
#include "../tiny_http.h"
#include "base/clock.h"
#include "base/env.h"
#include "bus/service.h"
#include "chatsphere/v1/names.h"
#include "http/engine.h"

static void answer(int n, const char *request, struct cs_buf *out)
{
    (void)n;
    if (strncmp(request, "GET /large", 10) == 0) {
        cs_buf_adds(out, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        for (int i = 0; i < 100000; i++)
            cs_buf_add(out, "x", 1);
    } else if (strncmp(request, "GET /slow", 9) == 0) {
        cs_sleep_ms(400);
    } else if (strncmp(request, "GET /busy", 9) == 0) {
        tiny_http_reply(out, 429, "Retry-After: 7\r\n", "later");
    } else if (strncmp(request, "GET /moved", 10) == 0) {
        tiny_http_reply(out, 302, "Location: http://127.0.0.1:1/\r\n", "");
    } else {
        const char *body = strstr(request, "\r\n\r\n") + 4;
        tiny_http_reply(out, strstr(request, "X-Test: yes") ? 200 : 400, "", body);
    }
}

static struct tiny_http server = {.answer = answer};

/* a blocking request to the server, or to another host and port */
static struct cs_http_reply get(const char *host, int port, const char *path,
                                struct cs_http_request req)
{
    struct cs_call call = {.arena = &arena, .deadline_ms = cs_mono_ms() + 5000};

    req.method = req.method ? req.method : "GET";
    req.url = cs_printf(&arena, "http://%s:%d%s", host, port, path);
    req.timeout_ms = req.timeout_ms ? req.timeout_ms : 3000;
    return http_get(&call, &req);
}

static void test_post(void **state)
{
    const char *headers[] = {"X-Test: yes", "Content-Type: text/plain", NULL};
    struct cs_http_reply r =
        get("127.0.0.1", server.port, "/echo",
            (struct cs_http_request){
                .method = "POST", .headers = headers, .body = "hello", .body_len = 5});

    (void)state;
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "hello");
    assert_int_equal(r.body_len, 5);
    assert_null(r.error);
}

static void test_failures(void **state)
{
    const char *split[] = {"X-Test: yes\r\nX-More: no", NULL};
    struct cs_http_reply r = get("127.0.0.1", server.port, "/busy", (struct cs_http_request){0});

    (void)state;
    assert_int_equal(r.status, 429);
    assert_int_equal(r.retry_after_ms, 7000);
    r = get("127.0.0.1", server.port, "/moved", (struct cs_http_request){0});
    assert_int_equal(r.status, 302);
    r = get("127.0.0.1", server.port, "/large", (struct cs_http_request){.max_body = 99999});
    assert_int_equal(r.status, 0);
    assert_string_equal(r.error, "the answer is too large");
    r = get("127.0.0.1", server.port, "/large", (struct cs_http_request){.max_body = 100000});
    assert_int_equal(r.status, 200);
    r = get("127.0.0.1", server.port, "/slow", (struct cs_http_request){.timeout_ms = 100});
    assert_int_equal(r.status, 0);
    r = get("127.0.0.1", server.port, "/", (struct cs_http_request){.headers = split});
    assert_string_equal(r.error, "malformed header");
}

static void test_refused(void **state)
{
    static const char *const hosts[] = {
        "127.0.0.1", "localhost", "2130706433",         "0x7f.1",
        "0",         "[::1]",     "[::ffff:127.0.0.1]", "169.254.169.254"};
    int before = atomic_load(&server.count);

    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
        /* the listed port is the server's; this one is not */
        struct cs_http_reply r = get(hosts[i], server.port + 1, "/", (struct cs_http_request){0});
        assert_int_equal(r.status, 0);
        if (!r.refused)
            fail_msg("%s was not refused: %s", hosts[i], r.error);
    }
    struct cs_http_request file = {.method = "GET", .url = "file:///etc/hosts", .timeout_ms = 1000};
    struct cs_call call = {.arena = &arena, .deadline_ms = cs_mono_ms() + 5000};
    struct cs_http_reply r = http_get(&call, &file);
    assert_int_equal(r.status, 0);
    assert_int_equal(atomic_load(&server.count), before);
}

/* ---- staged: two requests at once, the second after a delay ---- */

static int on_replies(struct cs_call *call, void *state, const struct cs_http_reply *reps)
{
    assert_ptr_equal(state, &server);
    assert_int_equal(reps[0].status, 429);
    assert_int_equal(reps[1].status, 429);
    ((Embeddings *)call->rep)->space = cs_strdup(call->arena, "done");
    return 0;
}

static int on_call(struct cs_call *call, const void *req, void *rep)
{
    struct cs_http_request reqs[2] = {{.method = "GET", .timeout_ms = 2000}, {0}};

    (void)req;
    (void)rep;
    reqs[0].url = cs_printf(call->arena, "http://127.0.0.1:%d/busy", server.port);
    reqs[1] = reqs[0];
    reqs[1].delay_ms = 150;
    return cs_http_all_then(call, reqs, 2, on_replies, &server);
}

static void test_staged(void **state)
{
    static const struct cs_method methods[] = {{RPC_EMBED_EMBED_TEXTS, on_call}, {0}};
    static const struct cs_service service = {.methods = methods};
    struct cs_call call = {.arena = &arena, .deadline_ms = cs_mono_ms() + 5000};
    EmbedTextsRequest req = EMBED_TEXTS_REQUEST_INIT;
    char *text = (char[]){"x"};
    uint8_t in[64];
    void *out;
    size_t len;
    int64_t began = cs_mono_ms();

    (void)state;
    req.bot_id = (char[]){"b"};
    req.texts = &text;
    req.n_texts = 1;
    size_t in_len = protobuf_c_message_pack(&req.base, in);
    assert_true(cs_service_dispatch(&service, &call, "embed_texts", in, in_len, &out, &len));
    assert_true(cs_mono_ms() - began >= 150);
}

static int setup(void **state)
{
    (void)state;
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
        cmocka_unit_test(test_post),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_staged),
    };
    return test_run_with(tests, setup, teardown);
}

/* engine: against a server on loopback, which the guard lets through only when it is listed. */
#include "test.h"

#include "../http_get.h"
#include "../tiny_http.h"
#include "base/clock.h"
#include "base/env.h"
#include "bus/service.h"
#include "chatsphere/v1/names.h"
#include "http/engine.h"

#include <semaphore.h>

enum { PER_TENANT = 2 };

static sem_t held, release; /* a request that waits has arrived; it may go on */

static void answer(int n, const char *request, struct cs_buf *out)
{
    (void)n;
    if (strncmp(request, "GET /large", 10) == 0) {
        cs_buf_adds(out, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        for (int i = 0; i < 100000; i++)
            cs_buf_add(out, "x", 1);
    } else if (strncmp(request, "GET /refusal", 12) == 0) {
        cs_buf_adds(out, "HTTP/1.1 500 X\r\nContent-Length: 1000000\r\n\r\n");
        for (int i = 0; i < 1000000; i++)
            cs_buf_add(out, "x", 1);
    } else if (strncmp(request, "GET /headers", 12) == 0) {
        cs_buf_adds(out, "HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 8; i++)
            cs_buf_addf(out, "x-%d: %08000d\r\n", i, i);
        if (strncmp(request, "GET /headers/more", 17) == 0)
            cs_buf_addf(out, "x-more: %02000d\r\n", 0);
        cs_buf_adds(out, "Content-Length: 0\r\n\r\n");
    } else if (strncmp(request, "GET /held", 9) == 0) {
        sem_post(&held);
        sem_wait(&release);
    } else if (strncmp(request, "GET /slow", 9) == 0) {
        cs_sleep_ms(400);
    } else if (strncmp(request, "GET /busy", 9) == 0) {
        tiny_http_reply(out, 429, "Retry-After: 7\r\n", "later");
    } else if (strncmp(request, "PUT /put", 8) == 0) {
        tiny_http_reply(out, 200, "", strstr(request, "\r\n\r\n") + 4);
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

static void test_put(void **state)
{
    struct cs_http_reply rep =
        get("127.0.0.1", server.port, "/put",
            (struct cs_http_request){.method = "PUT", .body = "whole", .body_len = 5});

    (void)state;
    assert_int_equal(rep.status, 200);
    assert_string_equal(rep.body, "whole");
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

static void test_what_is_no_success_is_cut(void **state)
{
    struct cs_http_reply r = get("127.0.0.1", server.port, "/refusal", (struct cs_http_request){0});

    (void)state;
    assert_int_equal(r.status, 500);
    assert_int_equal(r.body_len, CS_HTTP_ERROR_BODY);
    assert_int_equal(strlen(r.body), CS_HTTP_ERROR_BODY);
}

static void test_headers_are_limited(void **state)
{
    struct cs_http_reply r = get("127.0.0.1", server.port, "/headers", (struct cs_http_request){0});

    (void)state;
    assert_int_equal(r.status, 200);
    r = get("127.0.0.1", server.port, "/headers/more", (struct cs_http_request){0});
    assert_int_equal(r.status, 0);
    assert_string_equal(r.error, "the answer is too large");
}

/* ---- a name that does not exist, asked for twice ---- */

static void test_a_name_that_failed_fails_again_at_once(void **state)
{
    struct cs_http_reply r = get("nothing.invalid", 1, "/", (struct cs_http_request){0});

    (void)state;
    assert_int_equal(r.status, 0);
    assert_true(r.unreachable);
    assert_string_not_equal(r.error, "the name was not resolved a moment ago");
    r = get("NOTHING.invalid", 2, "/", (struct cs_http_request){0});
    assert_true(r.unreachable);
    assert_string_equal(r.error, "the name was not resolved a moment ago");
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
        assert_true(r.unreachable);
    }
    struct cs_http_request file = {.method = "GET", .url = "file:///etc/hosts", .timeout_ms = 1000};
    struct cs_call call = {.arena = &arena, .deadline_ms = cs_mono_ms() + 5000};
    struct cs_http_reply r = http_get(&call, &file);
    assert_int_equal(r.status, 0);
    assert_int_equal(atomic_load(&server.count), before);
}

/* ---- a tenant's share ---- */

static char loud[] = "loud", quiet[] = "quiet";

static struct cs_http_reply get_of(char *tenant, struct cs_arena *a, const char *path,
                                   struct cs_call *call)
{
    struct cs_http_request req = {.method = "GET", .timeout_ms = 60000};

    *call = (struct cs_call){.arena = a, .tenant = tenant, .deadline_ms = cs_mono_ms() + 60000};
    req.url = cs_printf(a, "http://127.0.0.1:%d%s", server.port, path);
    return http_get(call, &req);
}

static void *get_held(void *arg)
{
    struct cs_arena own;
    struct cs_call call;

    (void)arg;
    cs_arena_init(&own);
    get_of(loud, &own, "/held", &call);
    cs_arena_dispose(&own);
    return NULL;
}

static void test_requests_of_a_tenant_are_limited(void **state)
{
    struct cs_call call = {.arena = &arena, .tenant = loud, .deadline_ms = cs_mono_ms() + 60000};
    struct cs_http_request reqs[PER_TENANT] = {{.method = "GET", .url = "http://127.0.0.1:1/"}};
    pthread_t thread;

    (void)state;
    pthread_create(&thread, NULL, get_held, NULL);
    sem_wait(&held); /* one is under way */
    assert_true(cs_http_all_then(&call, reqs, PER_TENANT, NULL, NULL) < 0);
    assert_int_equal(call.status, CS_LIMITED);
    assert_int_equal(call.retry_after_ms, 1000);
    sem_post(&release);
    pthread_join(thread, NULL);
    assert_int_equal(get_of(loud, &arena, "/busy", &call).status, 429);
    assert_int_equal(get_of(quiet, &arena, "/busy", &call).status, 429);
    assert_int_equal(call.status, 0);
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
    char number[8];

    (void)state;
    sem_init(&held, 0, 0);
    sem_init(&release, 0, 0);
    snprintf(number, sizeof(number), "%d", PER_TENANT);
    setenv("CHATSPHERE_EGRESS_PER_TENANT", number, 1);
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
        cmocka_unit_test(test_put),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_what_is_no_success_is_cut),
        cmocka_unit_test(test_headers_are_limited),
        cmocka_unit_test(test_a_name_that_failed_fails_again_at_once),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_requests_of_a_tenant_are_limited),
        cmocka_unit_test(test_staged),
    };
    return test_run_with(tests, setup, teardown);
}

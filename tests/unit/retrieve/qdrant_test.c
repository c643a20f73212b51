/* The store Qdrant against canned answers: the requests it sends, and what it does about failures. */
#include "test.h"

#include "../tiny_http.h"
#include "base/clock.h"
#include "bus/background.h"
#include "crypto/crypto.h"
#include "retrieve/vector/remote.h"
#include "retrieve/vector/vector_store.h"

#include <jansson.h>

#define TENANT "00000000-0000-7000-8000-0000000000a0"
#define BOT "00000000-0000-7000-8000-0000000000b0"
#define DOCUMENT "00000000-0000-7000-8000-0000000000d0"

enum { DIMS = 3, SEEN = 64 };

/* What the server answers requests about points with: a status and a body, one after another; the last stays. */
static struct {
    int status;
    const char *headers, *body;
} script[4];
static size_t n_script, played;
static char seen[SEEN][512 * 1024];
static size_t n_seen;

static void answer(int n, const char *request, struct cs_buf *out)
{
    (void)n;
    if (strncmp(request, "GET ", 4) == 0) {
        tiny_http_reply(out, 200, "",
                        "{\"result\":{\"config\":{\"params\":{\"vectors\":{\"dense\":{\"size\":128,"
                        "\"distance\":\"Cosine\"}}}}},\"status\":\"ok\"}");
        return;
    }
    if (strstr(request, "/index?")) {
        tiny_http_reply(out, 200, "", "{\"result\":{\"status\":\"completed\"}}");
        return;
    }
    snprintf(seen[n_seen++ % SEEN], sizeof(seen[0]), "%s", request);
    size_t i = played < n_script - 1 ? played++ : n_script - 1;
    tiny_http_reply(out, script[i].status, script[i].headers, script[i].body);
}

static struct tiny_http server = {.answer = answer};

static const struct vector_segment segment = {
    .tenant = TENANT,
    .bot = BOT,
    .document = DOCUMENT,
    .version = 7,
    .space = "house/\"m\"/3",
    .first = 40,
    .n = 2,
    .dims = DIMS,
    .halves = (const uint16_t[]){0x3c00, 0, 0xb800, 0, 0x3800, 0x2e66}};

static const char DONE[] = "{\"result\":{\"status\":\"completed\"},\"status\":\"ok\"}";

static void plays(int status, const char *headers, const char *body)
{
    n_script = played = n_seen = 0;
    script[n_script].status = status;
    script[n_script].headers = headers;
    script[n_script++].body = body;
}

static void then(int status, const char *headers, const char *body)
{
    script[n_script].status = status;
    script[n_script].headers = headers;
    script[n_script++].body = body;
}

static struct cs_call call;
static struct cs_call_state state;

static void call_begin(int64_t within_ms)
{
    call = (struct cs_call){.arena = &arena,
                            .tenant = TENANT,
                            .deadline_ms = cs_mono_ms() + within_ms,
                            .state = &state};
    state = (struct cs_call_state){.call = &call, .background = true};
}

static int done(struct cs_call *c, void *count)
{
    (void)c;
    ++*(int *)count;
    return 0;
}

static json_t *body_of(size_t i)
{
    json_t *body = json_loads(strstr(seen[i], "\r\n\r\n") + 4, 0, NULL);

    assert_non_null(body);
    return body;
}

static void points_hold_ids_and_vectors_alone(void **s)
{
    int times = 0;

    (void)s;
    plays(200, "", DONE);
    call_begin(20000);
    assert_int_equal(cs_background_wait(&state, vector_qdrant.put(&call, &segment, done, &times)),
                     0);
    assert_int_equal(times, 1);
    assert_int_equal(n_seen, 1);
    assert_non_null(strstr(seen[0], "PUT /collections/chatsphere-128/points?wait=true "));
    assert_non_null(strstr(seen[0], "api-key: vk-1"));
    json_t *body = body_of(0), *point = json_array_get(json_object_get(body, "points"), 1);
    json_t *payload = json_object_get(point, "payload");
    json_t *dense = json_object_get(json_object_get(point, "vector"), "dense");
    assert_int_equal(json_array_size(json_object_get(body, "points")), 2);
    assert_int_equal(json_object_size(payload), 6);
    assert_string_equal(json_string_value(json_object_get(payload, "tenant_id")), TENANT);
    assert_string_equal(json_string_value(json_object_get(payload, "space")), segment.space);
    assert_int_equal(json_integer_value(json_object_get(payload, "chunk")), 41);
    assert_int_equal(json_array_size(dense), 128);
    assert_true(json_number_value(json_array_get(dense, 1)) == 0.5);
    assert_true(json_number_value(json_array_get(dense, 127)) == 0);
    json_decref(body);
}

static void what_passes_is_tried_again(void **s)
{
    static const char *const wait[] = {"Retry-After: 1\r\n", "", ""};
    static const int status[] = {429, 503, 408};

    (void)s;
    for (size_t i = 0; i < LEN(status); i++) {
        int times = 0;
        plays(status[i], wait[i], "{\"status\":{\"error\":\"busy\"}}");
        then(status[i], "", "");
        then(200, "", DONE);
        call_begin(20000);
        int64_t began = cs_mono_ms();
        assert_int_equal(
            cs_background_wait(&state, vector_qdrant.put(&call, &segment, done, &times)), 0);
        assert_int_equal(n_seen, 3);
        assert_int_equal(times, 1);
        if (*wait[i])
            assert_true(cs_mono_ms() - began >= 1000);
    }
}

static void what_does_not_pass_is_a_problem_without_the_servers_words(void **s)
{
    static const int status[] = {400, 401, 403, 422};

    (void)s;
    for (size_t i = 0; i < LEN(status); i++) {
        int times = 0;
        plays(status[i], "", "{\"status\":{\"error\":\"key sk-live-0123456789\"}}");
        call_begin(20000);
        assert_true(cs_background_wait(&state, vector_qdrant.put(&call, &segment, done, &times)) <
                    0);
        assert_int_equal(n_seen, 1);
        assert_int_equal(times, 0);
        assert_int_equal(call.status, CS_UPSTREAM);
        assert_null(strstr(call.detail, "sk-live"));
    }
}

static void only_completed_is_stored(void **s)
{
    int times = 0;

    (void)s;
    plays(200, "", "{\"result\":{\"status\":\"acknowledged\"},\"status\":\"ok\"}");
    call_begin(20000);
    assert_true(cs_background_wait(&state, vector_qdrant.put(&call, &segment, done, &times)) < 0);
    assert_int_equal(times, 0);
}

/* The condition of the tenant stands in every filter. */
static bool names_tenant(const json_t *filter)
{
    json_t *must = json_object_get(filter, "must"), *condition = json_array_get(must, 0);

    return strcmp(json_string_value(json_object_get(condition, "key")), "tenant_id") == 0 &&
           strcmp(json_string_value(json_object_get(json_object_get(condition, "match"), "value")),
                  TENANT) == 0;
}

static void a_drop_names_tenant_version_and_chunks(void **s)
{
    int times = 0;

    (void)s;
    plays(200, "", DONE);
    call_begin(20000);
    assert_int_equal(cs_background_wait(&state, vector_qdrant.drop(&call, &segment, done, &times)),
                     0);
    json_t *body = body_of(0), *filter = json_object_get(body, "filter");
    assert_true(names_tenant(filter));
    assert_int_equal(json_array_size(json_object_get(filter, "must")), 6);
    assert_non_null(strstr(seen[0], "{\"gte\":40,\"lt\":42}"));
    json_decref(body);
    plays(404, "", "{\"status\":{\"error\":\"no collection\"}}");
    call_begin(20000);
    assert_int_equal(cs_background_wait(&state, vector_qdrant.drop(&call, &segment, done, &times)),
                     0);
    assert_int_equal(times, 2);
}

struct found {
    int times;
    bool failed;
    struct vector_candidate at[8];
    size_t n;
};

static int on_found(struct cs_call *c, void *ret, const struct vector_candidate *at, size_t n)
{
    struct found *f = ret;

    (void)c;
    f->times++;
    f->failed = !at;
    for (f->n = 0; at && f->n < n && f->n < LEN(f->at); f->n++)
        f->at[f->n] = at[f->n];
    return at ? 0 : -call.status;
}

static const struct vector_question question = {.tenant = TENANT,
                                                .bot = BOT,
                                                .space = "house/\"m\"/3",
                                                .vector = (const float[]){0.5F, -0.25F, 0},
                                                .dims = DIMS,
                                                .most = 5};

static void candidates_that_are_none_are_left_out(void **s)
{
    struct found f = {0};

    (void)s;
    plays(200, "",
          "{\"result\":{\"points\":["
          "{\"id\":1,\"score\":0.9,\"payload\":{\"document_id\":\"" DOCUMENT
          "\",\"version\":7,\"chunk\":41}},"
          "{\"id\":2,\"score\":0.8,\"payload\":{\"document_id\":\"../"
          "etc\",\"version\":7,\"chunk\":1}},"
          "{\"id\":3,\"score\":0.8,\"payload\":{\"document_id\":\"" DOCUMENT
          "\",\"version\":7,\"chunk\":-1}},"
          "{\"id\":4,\"score\":0.8,\"payload\":null},7,"
          "{\"id\":5,\"score\":1,\"payload\":{\"document_id\":\"" DOCUMENT
          "\",\"version\":8,\"chunk\":0}}]},\"status\":\"ok\"}");
    call_begin(20000);
    assert_int_equal(
        cs_background_wait(&state, vector_qdrant.nearest(&call, &question, on_found, &f)), 0);
    assert_int_equal(f.n, 2);
    assert_int_equal(f.at[0].ord, 41);
    assert_int_equal(f.at[0].version, 7);
    assert_int_equal(f.at[1].version, 8);
    json_t *body = body_of(0);
    assert_true(names_tenant(json_object_get(body, "filter")));
    assert_int_equal(json_array_size(json_object_get(body, "query")), 128);
    assert_int_equal(json_integer_value(json_object_get(body, "limit")), 5);
    assert_string_equal(json_string_value(json_object_get(body, "using")), "dense");
    json_decref(body);
}

/* A search ends at its deadline, and after some that failed, none waits for the server. */
static void a_server_that_is_down_is_left_alone(void **s)
{
    struct found f = {0};

    (void)s;
    plays(503, "", "");
    for (int i = 0; i < 5; i++) {
        assert_false(remote_is_down());
        call_begin(300);
        assert_true(
            cs_background_wait(&state, vector_qdrant.nearest(&call, &question, on_found, &f)) < 0);
        assert_true(f.failed);
    }
    assert_true(remote_is_down());
    plays(200, "", "{\"result\":{\"points\":[]},\"status\":\"ok\"}");
    call_begin(20000);
    assert_int_equal(
        cs_background_wait(&state, vector_qdrant.nearest(&call, &question, on_found, &f)), 0);
    assert_false(remote_is_down());
}

static int set_up(void **s)
{
    static const struct cs_env env[] = {CS_HTTP_ENV, VECTOR_STORE_ENV, {0}};
    char text[64], *argv[] = {(char[]){"test"}, NULL};

    (void)s;
    tiny_http_start(&server);
    snprintf(text, sizeof(text), "127.0.0.1:%d", server.port);
    setenv("CHATSPHERE_EGRESS_ALLOW", text, 1);
    snprintf(text, sizeof(text), "http://127.0.0.1:%d//", server.port);
    setenv("CHATSPHERE_VECTOR_URL", text, 1);
    setenv("CHATSPHERE_VECTOR_STORE", "qdrant", 1);
    setenv("CHATSPHERE_VECTOR_KEY", "vk-1", 1);
    return cs_env_load(env, "test", 1, argv) && cs_crypto_init() == 0 ? vector_store_start() : -1;
}

static int tear_down(void **s)
{
    (void)s;
    vector_store_stop();
    tiny_http_stop(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_hold_ids_and_vectors_alone),
        cmocka_unit_test(what_passes_is_tried_again),
        cmocka_unit_test(what_does_not_pass_is_a_problem_without_the_servers_words),
        cmocka_unit_test(only_completed_is_stored),
        cmocka_unit_test(a_drop_names_tenant_version_and_chunks),
        cmocka_unit_test(candidates_that_are_none_are_left_out),
        cmocka_unit_test(a_server_that_is_down_is_left_alone),
    };

    return test_run_with(tests, set_up, tear_down);
}

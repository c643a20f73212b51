/* The store Pinecone against canned answers: namespaces, requests within their limits, and an index that shows changes late. */
#include "test.h"

#include "../tiny_http.h"
#include "base/clock.h"
#include "base/grow.h"
#include "bus/background.h"
#include "crypto/crypto.h"
#include "retrieve/vector/vector_store.h"

#include <jansson.h>

#define TENANT "00000000-0000-7000-8000-0000000000a0"
#define BOT "00000000-0000-7000-8000-0000000000b0"
#define DOCUMENT "00000000-0000-7000-8000-0000000000d0"

enum { MANY = 200, DIMS = 1536, LATE = 2, REQUEST_MOST = 2 * 1000 * 1000 };

/* What the index has seen. */
static struct {
    int upserts, queries, deletes;
    size_t vectors, ids, largest;
    bool versioned, in_namespace;
} seen;

static void answer_points(const char *request, const json_t *body, struct cs_buf *out)
{
    const char *space = json_string_value(json_object_get(body, "namespace"));
    size_t n = json_array_size(json_object_get(body, "vectors"));
    char text[64];

    seen.in_namespace &= space && strcmp(space, TENANT) == 0;
    if (strstr(request, "/vectors/upsert")) {
        seen.upserts++;
        seen.vectors += n;
        snprintf(text, sizeof(text), "{\"upsertedCount\":%zu}", n);
        tiny_http_reply(out, 200, "", text);
    } else if (strstr(request, "/vectors/delete")) {
        seen.deletes++;
        seen.ids += json_array_size(json_object_get(body, "ids"));
        tiny_http_reply(out, 200, "", "{}");
    } else {
        tiny_http_reply(
            out, 200, "",
            seen.queries++ < LATE
                ? "{\"matches\":[{\"id\":\"a\",\"score\":0}]}"
                : "{\"matches\":[{\"id\":\"a\",\"score\":0},{\"id\":\"b\",\"score\":0}]}");
    }
}

static struct tiny_http server; /* defined below, behind its answer */

static void answer(int n, const char *request, struct cs_buf *out)
{
    const char *text = strstr(request, "\r\n\r\n") + 4;
    char index[256];

    (void)n;
    seen.versioned &= strstr(request, "X-Pinecone-Api-Version: 2025-10") != NULL &&
                      strstr(request, "Api-Key: pc-1") != NULL;
    if (strncmp(request, "GET /indexes/chatsphere-", 24) == 0) {
        snprintf(index, sizeof(index),
                 "{\"dimension\":%s,\"metric\":\"cosine\",\"host\":\"127.0.0.1:%d\",\"status\":{"
                 "\"ready\":true}}",
                 strstr(request, "chatsphere-128 ") ? "128" : "1536", server.port);
        tiny_http_reply(out, 200, "", index);
        return;
    }
    seen.largest = strlen(text) > seen.largest ? strlen(text) : seen.largest;
    json_t *body = json_loads(text, 0, NULL);
    answer_points(request, body, out);
    json_decref(body);
}

static struct tiny_http server = {.answer = answer};

static struct cs_call call;
static struct cs_call_state state;

static void call_begin(void)
{
    memset(&seen, 0, sizeof(seen));
    seen.versioned = seen.in_namespace = true;
    call = (struct cs_call){
        .arena = &arena, .tenant = TENANT, .deadline_ms = cs_mono_ms() + 60000, .state = &state};
    state = (struct cs_call_state){.call = &call, .background = true};
}

static int done(struct cs_call *c, void *count)
{
    (void)c;
    ++*(int *)count;
    return 0;
}

static struct vector_segment segment_of(uint32_t n, uint32_t dims, const uint16_t *halves)
{
    return (struct vector_segment){.tenant = TENANT,
                                   .bot = BOT,
                                   .document = DOCUMENT,
                                   .version = 7,
                                   .space = "house/m",
                                   .n = n,
                                   .dims = dims,
                                   .halves = halves};
}

static void requests_stay_below_their_limit(void **s)
{
    uint16_t *halves = zeroed((size_t)MANY * DIMS, sizeof(*halves));
    struct vector_segment segment = segment_of(MANY, DIMS, halves);
    int times = 0;

    (void)s;
    for (size_t i = 0; i < (size_t)MANY * DIMS; i++)
        halves[i] = (uint16_t)(0xa400 + i % 1000); /* numbers with many digits */
    call_begin();
    assert_int_equal(cs_background_wait(&state, vector_pinecone.put(&call, &segment, done, &times)),
                     0);
    assert_int_equal(times, 1);
    assert_int_equal(seen.vectors, MANY);
    assert_true(seen.upserts > 1);
    assert_true(seen.largest <= REQUEST_MOST);
    assert_true(seen.versioned && seen.in_namespace);
    free(halves);
}

static void a_commit_waits_until_all_is_found(void **s)
{
    struct vector_segment segment = segment_of(2, 3, NULL);
    int times = 0;

    (void)s;
    call_begin();
    assert_int_equal(
        cs_background_wait(&state, vector_pinecone.commit(&call, &segment, done, &times)), 0);
    assert_int_equal(times, 1);
    assert_int_equal(seen.queries, LATE + 1);
    assert_true(seen.versioned && seen.in_namespace);
}

static void a_drop_names_each_point(void **s)
{
    struct vector_segment segment = segment_of(1500, 3, NULL);
    int times = 0;

    (void)s;
    call_begin();
    assert_int_equal(
        cs_background_wait(&state, vector_pinecone.drop(&call, &segment, done, &times)), 0);
    assert_int_equal(times, 1);
    assert_int_equal(seen.deletes, 2);
    assert_int_equal(seen.ids, 1500);
    assert_true(seen.versioned && seen.in_namespace);
}

static int set_up(void **s)
{
    static const struct cs_env env[] = {CS_HTTP_ENV, VECTOR_STORE_ENV, {0}};
    char text[64], *argv[] = {(char[]){"test"}, NULL};

    (void)s;
    tiny_http_start(&server);
    snprintf(text, sizeof(text), "127.0.0.1:%d", server.port);
    setenv("CHATSPHERE_EGRESS_ALLOW", text, 1);
    snprintf(text, sizeof(text), "http://127.0.0.1:%d", server.port);
    setenv("CHATSPHERE_VECTOR_URL", text, 1);
    setenv("CHATSPHERE_VECTOR_STORE", "pinecone", 1);
    setenv("CHATSPHERE_VECTOR_KEY", "pc-1", 1);
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
        cmocka_unit_test(requests_stay_below_their_limit),
        cmocka_unit_test(a_commit_waits_until_all_is_found),
        cmocka_unit_test(a_drop_names_each_point),
    };

    return test_run_with(tests, set_up, tear_down);
}

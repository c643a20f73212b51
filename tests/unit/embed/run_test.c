/* run: batches, retries and failures against a provider on loopback. */
#include "test.h"

#include "../tiny_http.h"
#include "base/clock.h"
#include "base/env.h"
#include "chatsphere/v1/names.h"
#include "embed/run.h"
#include "http/engine.h"

enum { TEXTS = 200 };

/* items of the array of strings without commas that begins at s */
static int items(const char *s)
{
    int n = 1;

    for (; *s != ']'; s++)
        n += *s == ',';
    return n;
}

static int busy; /* so many requests are answered 429 first */
static bool query, spent, denied, mixed;
static uint32_t dice;

/* 30 % are refused with 429, 5 % with 500, 2 % are cut: the same sequence each time. */
static bool answer_mixed(struct cs_buf *out)
{
    dice = dice * 1664525U + 1013904223U;
    unsigned of_100 = (dice >> 16) % 100;

    if (of_100 < 30)
        tiny_http_reply(out, 429, "retry-after-ms: 1\r\n", "");
    else if (of_100 < 35)
        tiny_http_reply(out, 500, "retry-after-ms: 1\r\n", "<html>");
    else if (of_100 < 37)
        cs_buf_adds(out, "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"data\":[");
    return of_100 < 37;
}

/* the vector of the text "<n>" is (n + 1, 1): its place can be told from it */
static void answer(int n, const char *request, struct cs_buf *out)
{
    struct cs_buf body = {0};

    if (strstr(request, "Authorization: Bearer good") == NULL) {
        tiny_http_reply(out, 401, "", "{\"error\":{\"code\":\"invalid_api_key\"}}");
        return;
    }
    if (spent) {
        tiny_http_reply(out, 429, "", "{\"error\":{\"code\":\"insufficient_quota\"}}");
        return;
    }
    if (denied) {
        tiny_http_reply(out, 200, "",
                        "{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"no\"}}");
        return;
    }
    if (mixed && answer_mixed(out))
        return;
    if (n < busy) {
        tiny_http_reply(out, 429, "retry-after-ms: 50\r\n", "");
        return;
    }
    const char *input = strstr(request, "\"input\":[");
    int n_input = items(input);
    cs_buf_adds(&body, "{\"data\":[");
    for (int i = 0; i < n_input; i++) {
        input = strchr(input, i ? ',' : '[') + 1;
        cs_buf_addf(&body, "%s{\"index\":%d,\"embedding\":[%ld,1]}", i ? "," : "", i,
                    strtol(input + 1, NULL, 10) + 1);
    }
    cs_buf_adds(&body, "],\"usage\":{\"prompt_tokens\":10}}");
    tiny_http_reply(out, 200, "", body.data);
    cs_buf_free(&body);
}

static struct tiny_http server = {.answer = answer};
static struct embedder embedder;
static char *texts[TEXTS];
static size_t n_texts;

static int on_vectors(struct cs_call *call, void *state, const struct cs_vectors *v)
{
    Embeddings *rep = (Embeddings *)call->rep;

    (void)state;
    rep->space = run_space(call->arena, &embedder, v);
    Embeddings_set_tokens(rep, v->tokens);
    Embeddings_set_vectors(rep, v->halves, v->n * v->dimensions * 2);
    return 0;
}

static int on_call(struct cs_call *call, const void *req, void *rep)
{
    (void)req;
    (void)rep;
    return run_embed(call, &embedder, query, texts, n_texts, on_vectors, NULL);
}

/* status of the call; the reply when that is 0 */
static int run(size_t n, struct cs_call *call, const Embeddings **ret)
{
    static const struct cs_method methods[] = {{RPC_EMBED_EMBED_TEXTS, on_call}, {0}};
    static const struct cs_service service = {.methods = methods};
    EmbedTextsRequest req = EMBED_TEXTS_REQUEST_INIT;
    uint8_t in[64];
    void *out;
    size_t len;

    *call = (struct cs_call){.arena = &arena, .deadline_ms = cs_mono_ms() + 10000};
    atomic_store(&server.count, 0);
    n_texts = n;
    req.bot_id = (char[]){"b"};
    req.texts = texts;
    req.n_texts = 1;
    cs_service_dispatch(&service, call, "embed_texts", in, protobuf_c_message_pack(&req.base, in),
                        &out, &len);
    *ret = (const Embeddings *)call->rep;
    return call->status;
}

static void reset(void)
{
    busy = 0;
    query = spent = mixed = false;
    embedder = (struct embedder){
        .provider = "openai",
        .model = "m",
        .space = "openai/m",
        .wire = &cs_openai_embed,
        .access = {cs_printf(&arena, "http://127.0.0.1:%d/v1", server.port), "good"},
    };
}

static void test_order(void **state)
{
    struct cs_call call;
    const Embeddings *rep;

    (void)state;
    reset();
    assert_int_equal(run(TEXTS, &call, &rep), 0);
    assert_string_equal(rep->space, "openai/m/2");
    assert_int_equal(atomic_load(&server.count), 4); /* 64 at once */
    assert_int_equal(rep->tokens, 40);
    assert_int_equal(rep->vectors.len, TEXTS * 4);
    for (size_t i = 1; i < TEXTS; i++) { /* the second component gets ever smaller */
        const uint8_t *a = rep->vectors.data + (i - 1) * 4 + 2, *b = a + 4;
        assert_true((a[0] | a[1] << 8) > (b[0] | b[1] << 8));
    }
}

static void test_retries(void **state)
{
    struct cs_call call;
    const Embeddings *rep;

    (void)state;
    reset();
    query = true; /* somebody waits for it */
    busy = 2;
    assert_int_equal(run(3, &call, &rep), 0);
    assert_int_equal(atomic_load(&server.count), 3);
    busy = 3;
    assert_int_equal(run(3, &call, &rep), CS_LIMITED);
    assert_int_equal(atomic_load(&server.count), 3);
    assert_int_equal(call.retry_after_ms, 50);
    assert_string_equal(call.detail, "The provider openai reported too many requests (429).");
}

/* A wave fails with its last try only; what came before is not asked for again. */
static void test_a_mix_of_faults(void **state)
{
    struct cs_call call;
    const Embeddings *rep;

    (void)state;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        reset();
        embedder.space = cs_printf(&arena, "openai/%u", seed); /* a pace of its own */
        mixed = true;
        dice = seed * 77777;
        assert_int_equal(run(TEXTS, &call, &rep), 0);
        assert_int_equal(rep->vectors.len, TEXTS * 4);
    }
}

static void test_an_exhausted_quota_is_final(void **state)
{
    struct cs_call call;
    const Embeddings *rep;

    (void)state;
    reset();
    embedder.space = "openai/spent";
    spent = true;
    assert_int_equal(run(1, &call, &rep), CS_UNPROCESSABLE);
    assert_string_equal(
        call.detail,
        "The provider openai reported an exhausted quota of the key (429, insufficient_quota).");
    assert_int_equal(atomic_load(&server.count), 1);
    assert_int_equal(run(1, &call, &rep), CS_UNPROCESSABLE); /* for a minute nobody asks */
    assert_string_equal(call.detail,
                        "The provider openai reported an exhausted quota of the key a moment ago.");
    assert_int_equal(atomic_load(&server.count), 0);
    embedder.access.api_key = "good too"; /* another key */
    spent = false;
    assert_int_equal(run(1, &call, &rep), 0);
}

/* An error that comes with 200 is what it says, and asked for once. */
static void test_an_error_with_200(void **state)
{
    struct cs_call call;
    const Embeddings *rep;

    (void)state;
    reset();
    embedder.space = "openai/denied";
    denied = true;
    assert_int_equal(run(1, &call, &rep), CS_UNPROCESSABLE);
    assert_string_equal(call.detail, "The provider openai reported an exhausted quota of the key "
                                     "(insufficient_quota). It said: no");
    assert_int_equal(atomic_load(&server.count), 1);
    denied = false;
}

static void test_failures(void **state)
{
    struct cs_call call;
    const Embeddings *rep;

    (void)state;
    reset();
    embedder.access.api_key = "bad";
    assert_int_equal(run(1, &call, &rep), CS_UNPROCESSABLE);
    assert_string_equal(call.detail, "The provider openai refused the key (401, invalid_api_key).");
    assert_int_equal(atomic_load(&server.count), 1);
    reset();
    embedder.dimensions = 3;
    assert_int_equal(run(1, &call, &rep), CS_UPSTREAM);
    assert_string_equal(call.detail, "The provider openai sent 2 dimensions instead of 3.");
    reset();
    embedder.access.base_url = "http://127.0.0.1:1";
    assert_int_equal(run(1, &call, &rep), CS_UPSTREAM);
    assert_string_equal(call.detail, "The provider openai cannot be reached at its base_url.");
}

static void test_hash(void **state)
{
    struct cs_call call;
    const Embeddings *rep;

    (void)state;
    embedder = (struct embedder){.provider = "hash",
                                 .model = "ngrams",
                                 .space = "hash/ngrams",
                                 .dimensions = 64,
                                 .hash = true};
    assert_int_equal(run(2, &call, &rep), 0);
    assert_string_equal(rep->space, "hash/ngrams/64");
    assert_int_equal(rep->vectors.len, 2 * 64 * 2);
    assert_memory_not_equal(rep->vectors.data, rep->vectors.data + 128, 128);
    ProtobufCBinaryData first = rep->vectors;
    assert_int_equal(run(2, &call, &rep), 0);
    assert_memory_equal(rep->vectors.data, first.data, first.len);
}

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < TEXTS; i++)
        texts[i] = cs_printf(&arena, "%d", i);
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
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_retries),
        cmocka_unit_test(test_a_mix_of_faults),
        cmocka_unit_test(test_an_exhausted_quota_is_final),
        cmocka_unit_test(test_an_error_with_200),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_hash),
    };
    return test_run_with(tests, setup, teardown);
}

/* local: calls through the threads: the same vectors alone and in a batch, and a question first. */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "bus/service.h"
#include "chatsphere/v1/names.h"
#include "embed/embedder.h"
#include "embed/local/local.h"
#include "obs/metrics.h"
#include "tiny_model.h"

enum { D = TINY_HIDDEN, MANY = 6000 };

static char root[] = "/tmp/models-XXXXXX", folder[64];
static const struct model *model;
static char *many[MANY];

struct asked {
    bool query;
    char *const *texts;
    size_t n;
    struct cs_arena arena;
    struct cs_call call;
    unsigned char *halves;
    int64_t tokens;
    atomic_bool begun, done;
};

static _Thread_local struct asked *now; /* what the call of this thread is for */

static int on_vectors(struct cs_call *call, void *state, const struct cs_vectors *v)
{
    struct asked *asked = state;

    (void)call;
    assert_int_equal(v->dimensions, D);
    asked->halves = cs_memdup(&asked->arena, v->halves, v->n * D * 2);
    asked->tokens = v->tokens;
    return 0;
}

static int on_call(struct cs_call *call, const void *req, void *rep)
{
    (void)req;
    (void)rep;
    int r = local_embed(call, model, now->query, now->texts, now->n, on_vectors, now);
    atomic_store(&now->begun, true);
    return r;
}

static void *ask(void *arg)
{
    static const struct cs_method methods[] = {{RPC_EMBED_EMBED_TEXTS, on_call}, {0}};
    static const struct cs_service service = {.methods = methods};
    EmbedTextsRequest req = EMBED_TEXTS_REQUEST_INIT;
    char bot[] = "b", *text = bot;
    struct asked *asked = arg;
    struct cs_arena own;
    uint8_t in[64];
    void *out;
    size_t len;

    now = asked;
    cs_arena_init(&own);
    cs_arena_init(&asked->arena);
    asked->call = (struct cs_call){.arena = &own, .deadline_ms = cs_mono_ms() + 100 * 1000};
    req.bot_id = bot;
    req.texts = &text;
    req.n_texts = 1;
    cs_service_dispatch(&service, &asked->call, "embed_texts", in,
                        protobuf_c_message_pack(&req.base, in), &out, &len);
    atomic_store(&asked->done, true);
    cs_arena_dispose(&own);
    return NULL;
}

static void test_alone_and_in_a_batch(void **state)
{
    enum { N = 100 };
    struct asked all = {.texts = many, .n = N};

    (void)state;
    ask(&all);
    assert_int_equal(all.call.status, 0);
    for (size_t i = 0; i < N; i += 17) {
        struct asked one = {.texts = &many[i], .n = 1, .query = true};
        ask(&one);
        assert_memory_equal(one.halves, all.halves + i * D * 2, D * 2);
        cs_arena_dispose(&one.arena);
    }
    for (int64_t i = 0; i < N; i++) /* two pieces around those of each text */
        all.tokens -= 2 + i % 30;
    assert_int_equal(all.tokens, 0);
    cs_arena_dispose(&all.arena);
}

/* Micro-batches of documents that are done. */
static long documents_done(void)
{
    static const char name[] = "cs_embed_local_seconds_count{kind=\"document\"} ";
    struct cs_buf b = {0};

    cs_metrics_write(&b);
    const char *at = strstr(b.data, name);
    long n = at ? strtol(at + sizeof(name) - 1, NULL, 10) : 0;
    cs_buf_free(&b);
    return n;
}

/* One that is asked while thousands of passages are on their way waits for a micro-batch at most. */
static void test_a_question_overtakes(void **state)
{
    struct asked documents = {.texts = many, .n = MANY},
                 question = {.texts = many, .n = 1, .query = true};
    pthread_t thread;

    (void)state;
    pthread_create(&thread, NULL, ask, &documents);
    for (int i = 0; i < 100000 && !atomic_load(&documents.begun); i++)
        usleep(100);
    ask(&question);
    long before = documents_done();
    assert_int_equal(question.call.status, 0);
    pthread_join(thread, NULL);
    assert_int_equal(documents.call.status, 0);
    assert_true(before + 2 < documents_done()); /* a thread each may be at a last one */
    cs_arena_dispose(&question.arena);
    cs_arena_dispose(&documents.arena);
}

static void test_names(void **state)
{
    struct cs_call call = {.arena = &arena};
    const struct model *m;

    (void)state;
    assert_true(models_get(&call, "../tiny", &m) < 0);
    assert_string_equal(call.detail, "The name of a local model is not valid.");
    assert_true(models_get(&call, "other", &m) < 0);
    assert_string_equal(call.detail, "There is no local model other.");
    models_start(NULL);
    assert_true(models_get(&call, "tiny", &m) < 0);
    assert_string_equal(call.detail, "This installation has no local models.");
}

static int setup(void **state)
{
    struct cs_call call = {.arena = &arena};

    (void)state;
    if (!mkdtemp(root))
        return -1;
    snprintf(folder, sizeof(folder), "%s/tiny", root);
    cs_folder_make(folder, 0700);
    tiny_model(folder);
    for (size_t i = 0; i < MANY; i++) {
        many[i] = cs_strdup(&arena, "");
        for (size_t k = 0; k < i % 100 % 30; k++)
            many[i] = cs_printf(&arena, "%s p%zu", many[i], 4 + (i + k) % 60);
    }
    models_start(root);
    local_start(2);
    return models_get(&call, "tiny", &model);
}

static int teardown(void **state)
{
    static const char *const files[] = {"config.json",
                                        "modules.json",
                                        "tokenizer.json",
                                        "model.safetensors",
                                        "1_Pooling/config.json",
                                        "1_Pooling",
                                        ""};

    (void)state;
    local_stop();
    models_stop();
    for (size_t i = 0; i < LEN(files); i++)
        (void)remove(cs_printf(&arena, "%s/%s", folder, files[i]));
    rmdir(root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone_and_in_a_batch),
        cmocka_unit_test(test_a_question_overtakes),
        cmocka_unit_test(test_names),
    };
    return test_run_with(tests, setup, teardown);
}

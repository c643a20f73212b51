/*
 * model: vectors against an implementation of its own (tests/data/model/golden.py), what they depend on, and
 * folders that are refused with a reason.
 */
#include "test.h"

#include <math.h>
#include <unistd.h>

#include "embed/local/kernel.h"
#include "embed/local/model.h"
#include "tiny_model.h"

enum { D = TINY_HIDDEN, LONGEST = 32 };

static char folder[] = "/tmp/model-XXXXXX";

static struct model *opened(const struct local_kernel *kernel)
{
    const char *why = NULL;
    struct model *m = model_open(folder, kernel, &arena, &why);

    if (!m)
        fail_msg("%s", why);
    return m;
}

static void is_refused(const char *file, const char *text, const char *want)
{
    const char *why = "taken";

    tiny_model(folder);
    if (text) {
        tiny_text(folder, file, text);
    } else {
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", folder, file);
        unlink(path);
    }
    struct model *m = model_open(folder, local_kernel_best(), &arena, &why);
    model_close(m);
    assert_string_equal(why, want);
    tiny_model(folder);
}

/* The vectors of texts, of length 1, each of D numbers. */
static float *vectors(const struct model *m, char *const *texts, size_t n)
{
    struct model_scratch *s = model_scratch_new(m, n * LONGEST);
    size_t *at = CS_NEW(&arena, size_t, n + 1), len;
    int32_t *ids = CS_NEW(&arena, int32_t, n * LONGEST);
    float *out = CS_NEW(&arena, float, n *D);
    bool cut;

    for (size_t i = 0; i < n; i++) {
        int32_t *own = model_pieces(m, &arena, texts[i], false, &len, &cut);
        memcpy(ids + at[i], own, len * sizeof(*ids));
        at[i + 1] = at[i] + len;
    }
    model_run(m, s, ids, at, n, out);
    model_scratch_free(s);
    for (size_t i = 0; i < n; i++) {
        double squares = 0;
        for (size_t k = 0; k < D; k++)
            squares += (double)out[i * D + k] * (double)out[i * D + k];
        for (size_t k = 0; k < D; k++)
            out[i * D + k] = (float)((double)out[i * D + k] / sqrt(squares));
    }
    return out;
}

/* [CLS] p10 p11 p12 [SEP]; [CLS] [SEP]; 30 pieces between them: as golden.py has them */
static char **golden_texts(void)
{
    char **texts = CS_NEW(&arena, char *, 3), *longest = cs_strdup(&arena, "");

    texts[0] = cs_strdup(&arena, "p10 p11 p12");
    texts[1] = cs_strdup(&arena, "");
    for (int i = 0; i < 30; i++)
        longest = cs_printf(&arena, "%s p%d", longest, 5 + i * 7 % 59);
    texts[2] = longest;
    return texts;
}

static void test_golden(void **state)
{
    const char *golden = cs_file_read(&arena, "tests/data/model/golden.txt", 1 << 16, NULL);

    (void)state;
    for (size_t k = 0; local_kernel_at(k); k++) {
        char *at = cs_strdup(&arena, golden);
        for (int pooling = 0; pooling < 2; pooling++) {
            tiny_text(folder, "1_Pooling/config.json", pooling ? TINY_CLS : TINY_MEAN);
            struct model *m = opened(local_kernel_at(k));
            float *v = vectors(m, golden_texts(), 3);
            for (int i = 0; i < 3 * D; i++) {
                if (i % D == 0)
                    at = strchr(at, ' ');
                double want = strtod(at, &at);
                if (fabs((double)v[i] - want) > 1e-5)
                    fail_msg("%s, number %d: %.7f instead of %.7f", local_kernel_at(k)->name, i,
                             (double)v[i], want);
            }
            model_close(m);
        }
    }
    tiny_model(folder);
}

/* A text has the same vector alone, and anywhere in a batch, bit for bit. */
static void test_batches(void **state)
{
    enum { N = 14 };
    char *texts[N], *turned[N];

    (void)state;
    for (int i = 0; i < N; i++) {
        texts[i] = cs_strdup(&arena, "");
        for (int k = 0; k < i * 3 % 29; k++)
            texts[i] = cs_printf(&arena, "%s p%d", texts[i], 4 + (i + k * 5) % 60);
        turned[N - 1 - i] = texts[i];
    }
    for (size_t k = 0; local_kernel_at(k); k++) {
        struct model *m = opened(local_kernel_at(k));
        float *all = vectors(m, texts, N), *back = vectors(m, turned, N);
        for (int i = 0; i < N; i++) {
            assert_memory_equal(vectors(m, &texts[i], 1), all + i * D, D * sizeof(float));
            assert_memory_equal(back + (N - 1 - i) * D, all + i * D, D * sizeof(float));
        }
        model_close(m);
    }
}

static const char *pieces(const struct model *m, const char *text, bool query, bool *ret_cut)
{
    size_t n;
    int32_t *ids = model_pieces(m, &arena, text, query, &n, ret_cut);
    const char *out = "";

    for (size_t i = 0; i < n; i++)
        out = cs_printf(&arena, "%s %d", out, ids[i]);
    return out;
}

static void test_pieces(void **state)
{
    struct model *m = opened(local_kernel_best()), *with;
    bool cut;

    (void)state;
    assert_string_equal(pieces(m, "p4 P5 [SEP]", true, &cut), " 2 4 5 1 1 1 3");
    assert_false(cut);
    tiny_text(folder, "sentence_bert_config.json", "{\"max_seq_length\":4}");
    tiny_text(folder, "config_sentence_transformers.json",
              "{\"prompts\":{\"query\":\"p9 \",\"passage\":\"p8 \"}}");
    with = opened(local_kernel_best());
    assert_int_equal(model_pieces_max(with), 4);
    assert_string_equal(pieces(with, "p4", true, &cut), " 2 9 4 3");
    assert_false(cut);
    assert_string_equal(pieces(with, "p4 p5", false, &cut), " 2 8 4 3");
    assert_true(cut);
    assert_string_not_equal(model_tag(with), model_tag(m)); /* another space */
    model_close(with);
    tiny_text(folder, "chatsphere.json", "{\"query_prefix\":\"p7 \"}");
    with = opened(local_kernel_best());
    assert_string_equal(pieces(with, "p4", true, &cut), " 2 7 4 3");
    model_close(with);
    model_close(m);
    tiny_text(folder, "sentence_bert_config.json", "{}");
    tiny_text(folder, "config_sentence_transformers.json", "{}");
    tiny_text(folder, "chatsphere.json", "{}");
}

static void test_refused(void **state)
{
    static const char hidden[] = "{\"model_type\":\"bert\",\"hidden_size\":";

    (void)state;
    is_refused("config.json", NULL, "config.json: It is missing.");
    is_refused("config.json", "{", "config.json: It is no JSON.");
    is_refused("config.json", "{\"model_type\":\"roberta\"}",
               "model.safetensors: The model_type of config.json is roberta; only bert is "
               "supported.");
    is_refused("config.json", hidden, "config.json: It is no JSON.");
    is_refused("config.json", "{\"model_type\":\"bert\",\"hidden_size\":100000}",
               "model.safetensors: config.json has no hidden_size from 1 to 4096.");
    is_refused("modules.json", NULL,
               "modules.json: It is missing, cannot be read, or is longer than 32 MiB.");
    is_refused("modules.json", "[{\"type\":\"a.Pooling\",\"path\":\"../x\"}]",
               "modules.json: There is no module Pooling with a path.");
    is_refused("modules.json", "[{\"type\":\"a.Dense\",\"path\":\"2_Dense\"}]",
               "modules.json: The module Dense is not supported.");
    is_refused("1_Pooling/config.json", "{}",
               "1_Pooling/config.json: The pooling is neither mean tokens nor CLS token alone.");
    is_refused("1_Pooling/config.json",
               "{\"pooling_mode_mean_tokens\":true,\"pooling_mode_max_tokens\":true}",
               "1_Pooling/config.json: The pooling is neither mean tokens nor CLS token alone.");
    is_refused("tokenizer.json", "{}",
               "tokenizer.json: Only BertNormalizer, BertPreTokenizer and WordPiece are "
               "supported.");
    is_refused("model.safetensors", "", "model.safetensors: It is no file of 8 bytes to 2 GiB.");
}

/* A layer that is missing, or of another shape than the configuration says. */
static void test_shapes(void **state)
{
    (void)state;
    is_refused("config.json",
               "{\"model_type\":\"bert\",\"hidden_size\":32,\"num_attention_heads\":4,"
               "\"intermediate_size\":64,\"num_hidden_layers\":3,\"max_position_embeddings\":32,"
               "\"vocab_size\":64,\"type_vocab_size\":2}",
               "model.safetensors: The tensor encoder.layer.2.attention.self.query.weight is "
               "missing.");
    is_refused("config.json",
               "{\"model_type\":\"bert\",\"hidden_size\":32,\"num_attention_heads\":4,"
               "\"intermediate_size\":48,\"num_hidden_layers\":2,\"max_position_embeddings\":32,"
               "\"vocab_size\":64,\"type_vocab_size\":2}",
               "model.safetensors: The tensor encoder.layer.0.intermediate.dense.weight has "
               "another shape than config.json says.");
}

/* A static model: each row is a unit vector, so a mean can be read off. */
static void test_static(void **state)
{
    float rows[TINY_PIECES][D] = {{0}};
    char *texts[] = {(char[]){"p5 p6 unknown p6"}, (char[]){"unknown"}};
    bool cut;

    (void)state;
    for (int i = 0; i < TINY_PIECES; i++)
        rows[i][i % D] = 1;
    tiny_text(folder, "config.json", "{\"model_type\":\"model2vec\",\"normalize\":true}");
    tiny_safetensors(folder,
                     "{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[64,32],\"data_offsets\":[0,"
                     "8192]}}",
                     rows, sizeof(rows));
    struct model *m = opened(local_kernel_best());
    assert_int_equal(model_dimensions(m), D);
    assert_string_equal(pieces(m, texts[0], false, &cut), " 5 6 6");
    float *v = vectors(m, texts, 2);
    assert_true(fabsf(v[5] - 1 / sqrtf(5)) < 1e-6F && fabsf(v[6] - 2 / sqrtf(5)) < 1e-6F);
    assert_true(v[D] > 0.99F); /* no piece: still a direction */
    model_close(m);
    tiny_model(folder);
}

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    tiny_model(folder);
    return 0;
}

static int teardown(void **state)
{
    static const char *const files[] = {"config.json",
                                        "modules.json",
                                        "tokenizer.json",
                                        "model.safetensors",
                                        "sentence_bert_config.json",
                                        "config_sentence_transformers.json",
                                        "chatsphere.json",
                                        "1_Pooling/config.json",
                                        "1_Pooling",
                                        ""};

    (void)state;
    for (size_t i = 0; i < LEN(files); i++)
        (void)remove(cs_printf(&arena, "%s/%s", folder, files[i]));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden), cmocka_unit_test(test_batches),
        cmocka_unit_test(test_pieces), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_shapes), cmocka_unit_test(test_static),
    };
    return test_run_with(tests, setup, teardown);
}

/* The formats of vectors: where each is asked, what is sent, and what an answer means. */
#include "test.h"

#include "provider/provider.h"

static char *texts[] = {(char[]){"a \"b\""}, (char[]){"c"}};

static const char *body(const struct cs_embed_wire *w, const char *model, int dimensions,
                        bool query)
{
    const struct cs_embed_request q = {
        .model = model, .dimensions = dimensions, .query = query, .texts = texts, .n = LEN(texts)};
    size_t len;
    const char *text = cs_embed_body(&arena, w, &q, &len);

    assert_int_equal(len, strlen(text));
    return text;
}

static void is_taken(const struct cs_embed_wire *w, const char *answer, int64_t tokens,
                     bool counted)
{
    static const unsigned char want[] = {0xcd, 0x38, 0x66, 0x3a, 0x00, 0x00, 0x00, 0x3c};
    struct cs_vectors v;

    assert_null(cs_embed_reply(&arena, w, answer, strlen(answer), LEN(texts), &v));
    assert_int_equal(v.dimensions, 2);
    assert_memory_equal(v.halves, want, sizeof(want));
    assert_int_equal(v.tokens, tokens);
    assert_int_equal(v.counted, counted);
    assert_string_equal(cs_embed_reply(&arena, w, "{}", 2, LEN(texts), &v),
                        "sent an answer without vectors");
}

static void test_openai(void **state)
{
    const struct cs_embed_wire *w = &cs_openai_embed;

    (void)state;
    assert_string_equal(cs_embed_url(&arena, w, "https://a/v1", "m"), "https://a/v1/embeddings");
    assert_string_equal(
        body(w, "m", 0, true),
        "{\"model\":\"m\",\"encoding_format\":\"base64\",\"input\":[\"a \\\"b\\\"\",\"c\"]}");
    assert_non_null(strstr(body(w, "m", 8, false), "\"dimensions\":8"));
    is_taken(w,
             "{\"data\":[{\"index\":1,\"embedding\":[0,2]},{\"index\":0,\"embedding\":[3,4]}],"
             "\"usage\":{\"prompt_tokens\":5}}",
             5, true);
}

static void test_gemini(void **state)
{
    const struct cs_embed_wire *w = &cs_gemini_embed;

    (void)state;
    assert_string_equal(cs_embed_url(&arena, w, "https://g/v1beta/openai", "m"),
                        "https://g/v1beta/models/m:batchEmbedContents");
    assert_string_equal(cs_embed_url(&arena, w, "https://g/v1beta", "models/m"),
                        "https://g/v1beta/models/m:batchEmbedContents");
    assert_string_equal(cs_embed_url(&arena, w, "https://g/v1beta", "a/b?c"),
                        "https://g/v1beta/models/a%2Fb%3Fc:batchEmbedContents");
    assert_string_equal(body(w, "m", 768, false),
                        "{\"requests\":[{\"model\":\"models/m\",\"content\":{\"parts\":[{\"text\":"
                        "\"a \\\"b\\\"\"}]},\"taskType\":\"RETRIEVAL_DOCUMENT\","
                        "\"outputDimensionality\":768},{\"model\":\"models/m\",\"content\":"
                        "{\"parts\":[{\"text\":\"c\"}]},\"taskType\":\"RETRIEVAL_DOCUMENT\","
                        "\"outputDimensionality\":768}]}");
    assert_non_null(strstr(body(w, "m", 0, true), "\"taskType\":\"RETRIEVAL_QUERY\""));
    assert_null(strstr(body(w, "gemini-embedding-2", 0, true), "taskType"));
    assert_non_null(strstr(body(w, "gemini-embedding-2", 0, true),
                           "{\"text\":\"task: search result | query: c\"}"));
    assert_non_null(strstr(body(w, "models/gemini-embedding-2", 0, false),
                           "{\"text\":\"title: none | text: c\"}"));
    is_taken(w, "{\"embeddings\":[{\"values\":[3,4]},{\"values\":[0,2]}]}", 0, false);
}

static void test_ollama(void **state)
{
    const struct cs_embed_wire *w = &cs_ollama_embed;

    (void)state;
    assert_string_equal(cs_embed_url(&arena, w, "http://o:11434/v1", "m"),
                        "http://o:11434/api/embed");
    assert_string_equal(cs_embed_url(&arena, w, "http://o:11434", "m"), "http://o:11434/api/embed");
    assert_string_equal(body(w, "m", 0, false),
                        "{\"model\":\"m\",\"truncate\":false,\"input\":[\"a \\\"b\\\"\",\"c\"]}");
    is_taken(w, "{\"embeddings\":[[3,4],[0,2]],\"prompt_eval_count\":8}", 8, true);
}

static void test_cohere(void **state)
{
    const struct cs_embed_wire *w = &cs_cohere_embed;

    (void)state;
    assert_string_equal(cs_embed_url(&arena, w, "https://c/v2", "m"), "https://c/v2/embed");
    assert_string_equal(body(w, "m", 256, false),
                        "{\"model\":\"m\",\"input_type\":\"search_document\",\"embedding_types\":"
                        "[\"float\"],\"truncate\":\"NONE\",\"texts\":[\"a \\\"b\\\"\",\"c\"],"
                        "\"output_dimension\":256}");
    assert_non_null(strstr(body(w, "m", 0, true), "\"search_query\""));
    is_taken(w,
             "{\"id\":\"x\",\"embeddings\":{\"float\":[[3,4],[0,2]]},"
             "\"meta\":{\"billed_units\":{\"input_tokens\":7}}}",
             7, true);
}

/* What comes is read by what it is: servers answer in the shapes of others. */
static void test_shapes_of_others(void **state)
{
    static const char *const shapes[] = {
        "{\"data\":[{\"embedding\":[3,4]},{\"embedding\":[0,2]}]}",
        "{\"data\":[{\"index\":1,\"embedding\":[[0,2]]},{\"index\":0,\"embedding\":[[3,4]]}]}",
        "{\"embeddings\":[[3,4],[0,2]]}",
        "{\"embeddings\":[{\"values\":[3,4]},{\"values\":[0,2]}]}",
        "{\"embeddings\":{\"float\":[[3,4],[0,2]]}}",
        "{\"output\":{\"embeddings\":[{\"embedding\":[3,4]},{\"embedding\":[0,2]}]}}",
        "[{\"index\":0,\"embedding\":[3,4]},{\"index\":1,\"embedding\":[0,2]}]",
        "[[3,4],[0,2]]",
        ("{\"data\":[{\"embedding\":[3,4],\"x\":NaN},{\"embedding\":[0,2],}],"
         "\"id\":18446744073709551616}"),
    };
    struct cs_vectors v;
    (void)state;

    for (size_t i = 0; i < LEN(shapes); i++) {
        const char *wrong =
            cs_embed_reply(&arena, &cs_cohere_embed, shapes[i], strlen(shapes[i]), LEN(texts), &v);
        if (wrong || v.dimensions != 2)
            fail_msg("%s: %s", shapes[i], wrong ? wrong : "dimensions");
    }
}

static void test_table(void **state)
{
    (void)state;
    assert_ptr_equal(cs_provider_embed("gemini"), &cs_gemini_embed);
    assert_ptr_equal(cs_provider_embed("a name of the bot's own"), &cs_openai_embed);
    assert_null(cs_provider_embed("anthropic"));
    assert_string_equal(
        cs_provider_names(&arena, CS_PROVIDER_EMBED),
        "openai, gemini, ollama, azure, mistral, lmstudio, llamacpp, vllm, cohere, local");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openai),           cmocka_unit_test(test_gemini),
        cmocka_unit_test(test_ollama),           cmocka_unit_test(test_cohere),
        cmocka_unit_test(test_shapes_of_others), cmocka_unit_test(test_table),
    };
    return test_run(tests);
}

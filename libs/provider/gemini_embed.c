/*
 * batchEmbedContents of Gemini. Models up to gemini-embedding-001 are told by taskType whether a text is a
 * question; later ones by words before the text.
 */
#include "provider/embed_wire.h"
#include "provider/gemini.h"

#include <string.h>

static const char *gemini_path(struct cs_arena *a, const char *model)
{
    return cs_gemini_path(a, model, "batchEmbedContents");
}

static json_t *gemini_request(struct cs_arena *a, const struct cs_embed_request *q)
{
    static const char family[] = "gemini-embedding-2"; /* takes the task as the text's prefix */
    const char *model = cs_printf(a, "models/%s", cs_gemini_model(q->model));
    bool prefix = strncmp(cs_gemini_model(q->model), family, sizeof(family) - 1) == 0;
    json_t *requests = json_array();

    for (size_t i = 0; i < q->n; i++) {
        const char *text = !prefix    ? q->texts[i]
                           : q->query ? cs_printf(a, "task: search result | query: %s", q->texts[i])
                                      : cs_printf(a, "title: none | text: %s", q->texts[i]);
        json_t *o =
            json_pack("{s:s, s:{s:[{s:s}]}}", "model", model, "content", "parts", "text", text);
        if (!prefix)
            json_object_set_new(o, "taskType",
                                json_string(q->query ? "RETRIEVAL_QUERY" : "RETRIEVAL_DOCUMENT"));
        if (q->dimensions)
            json_object_set_new(o, "outputDimensionality", json_integer(q->dimensions));
        json_array_append_new(requests, o);
    }
    return json_pack("{s:o}", "requests", requests);
}

static const json_t *gemini_list(const json_t *root, struct cs_vectors *ret)
{
    ret->counted = false;
    return json_object_get(root, "embeddings");
}

static const json_t *gemini_vector(const json_t *item, size_t *ret_i)
{
    (void)ret_i;
    return json_object_get(item, "values");
}

const struct cs_embed_wire cs_gemini_embed = {
    .name = "gemini",
    .tail = "/openai",
    .key = "x-goog-api-key: ",
    .max_texts = 100,
    .max_bytes = 256 * 1024,
    .path = gemini_path,
    .request = gemini_request,
    .list = gemini_list,
    .vector = gemini_vector,
};

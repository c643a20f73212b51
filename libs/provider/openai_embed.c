/* The embeddings request that OpenAI defined and others understand. */
#include "provider/embed_wire.h"

#include "provider/tokens.h"

static const char *openai_path(struct cs_arena *a, const char *model)
{
    (void)a;
    (void)model;
    return "/embeddings";
}

static json_t *openai_request(struct cs_arena *a, const struct cs_embed_request *q)
{
    json_t *input = json_array();
    json_t *o = json_pack("{s:s, s:s, s:o}", "model", q->model, "encoding_format", "base64",
                          "input", input);

    (void)a;
    for (size_t i = 0; i < q->n; i++)
        json_array_append_new(input, json_string(q->texts[i]));
    if (q->dimensions)
        json_object_set_new(o, "dimensions", json_integer(q->dimensions));
    return o;
}

static const json_t *openai_list(const json_t *root, struct cs_vectors *ret)
{
    ret->counted = cs_tokens_read(json_object_get(root, "usage"), "prompt_tokens", &ret->tokens);
    return json_object_get(root, "data");
}

static const json_t *openai_vector(const json_t *item, size_t *ret_i)
{
    const json_t *index = json_object_get(item, "index");

    if (json_is_integer(index))
        *ret_i = (size_t)json_integer_value(index);
    return json_object_get(item, "embedding");
}

/* OpenAI takes 2,048 texts; servers of its format often take fewer. */
const struct cs_embed_wire cs_openai_embed = {
    .name = "openai",
    .key = "Authorization: Bearer ",
    .max_texts = 64,
    .max_bytes = 256 * 1024,
    .path = openai_path,
    .request = openai_request,
    .list = openai_list,
    .vector = openai_vector,
};

/* /embed of Cohere, version 2 of its API. */
#include "provider/embed_wire.h"

#include "provider/tokens.h"

static const char *cohere_path(struct cs_arena *a, const char *model)
{
    (void)a;
    (void)model;
    return "/embed";
}

static json_t *cohere_request(struct cs_arena *a, const struct cs_embed_request *q)
{
    json_t *texts = json_array();
    json_t *o = json_pack("{s:s, s:s, s:[s], s:s, s:o}", "model", q->model, "input_type",
                          q->query ? "search_query" : "search_document", "embedding_types", "float",
                          "truncate", "NONE", "texts", texts);

    (void)a;
    for (size_t i = 0; i < q->n; i++)
        json_array_append_new(texts, json_string(q->texts[i]));
    if (q->dimensions)
        json_object_set_new(o, "output_dimension", json_integer(q->dimensions));
    return o;
}

static const json_t *cohere_list(const json_t *root, struct cs_vectors *ret)
{
    const json_t *units = json_object_get(json_object_get(root, "meta"), "billed_units");

    ret->counted = cs_tokens_read(units, "input_tokens", &ret->tokens);
    return json_object_get(json_object_get(root, "embeddings"), "float");
}

static const json_t *cohere_vector(const json_t *item, size_t *ret_i)
{
    (void)ret_i;
    return item;
}

const struct cs_embed_wire cs_cohere_embed = {
    .name = "cohere",
    .key = "Authorization: Bearer ",
    .max_texts = 96,
    .max_bytes = 256 * 1024,
    .path = cohere_path,
    .request = cohere_request,
    .list = cohere_list,
    .vector = cohere_vector,
};

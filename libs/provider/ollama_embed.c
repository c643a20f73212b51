/* /api/embed of Ollama. A text that is too long is refused there, not cut silently. */
#include "provider/embed_wire.h"

#include "provider/tokens.h"

static const char *ollama_path(struct cs_arena *a, const char *model)
{
    (void)a;
    (void)model;
    return "/api/embed";
}

static json_t *ollama_request(struct cs_arena *a, const struct cs_embed_request *q)
{
    json_t *input = json_array();
    json_t *o = json_pack("{s:s, s:b, s:o}", "model", q->model, "truncate", 0, "input", input);

    (void)a;
    for (size_t i = 0; i < q->n; i++)
        json_array_append_new(input, json_string(q->texts[i]));
    if (q->dimensions)
        json_object_set_new(o, "dimensions", json_integer(q->dimensions));
    return o;
}

static const json_t *ollama_list(const json_t *root, struct cs_vectors *ret)
{
    ret->counted = cs_tokens_read(root, "prompt_eval_count", &ret->tokens);
    return json_object_get(root, "embeddings");
}

static const json_t *ollama_vector(const json_t *item, size_t *ret_i)
{
    (void)ret_i;
    return item;
}

/* One machine computes the vectors: small requests, so that none takes minutes. */
const struct cs_embed_wire cs_ollama_embed = {
    .name = "ollama",
    .tail = "/v1",
    .key = "Authorization: Bearer ",
    .max_texts = 32,
    .max_bytes = 64 * 1024,
    .path = ollama_path,
    .request = ollama_request,
    .list = ollama_list,
    .vector = ollama_vector,
};

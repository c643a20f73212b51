/* Where the texts of a request are, and what stands around the vectors of an answer. */
#include "embed_wire.h"

static json_t *openai_texts(json_t *body)
{
    return json_incref(json_object_get(body, "input"));
}

static json_t *openai_answer(const char *model, json_t *vectors, int tokens)
{
    json_t *data = json_array(), *v;
    size_t i;

    json_array_foreach(vectors, i, v) {
        json_array_append_new(data, json_pack("{s:s,s:i,s:O}", "object", "embedding", "index",
                                              (int)i, "embedding", v));
    }
    return json_pack("{s:s,s:s,s:o,s:{s:i,s:i}}", "object", "list", "model", model, "data", data,
                     "usage", "prompt_tokens", tokens, "total_tokens", tokens);
}

static json_t *gemini_texts(json_t *body)
{
    json_t *texts = json_array(), *request;
    size_t i;

    json_array_foreach(json_object_get(body, "requests"), i, request) {
        json_t *parts = json_object_get(json_object_get(request, "content"), "parts");
        json_array_append(texts, json_object_get(json_array_get(parts, 0), "text"));
    }
    return texts;
}

static json_t *gemini_answer(const char *model, json_t *vectors, int tokens)
{
    json_t *embeddings = json_array(), *v;
    size_t i;

    (void)model;
    (void)tokens;
    json_array_foreach(vectors, i, v) {
        json_array_append_new(embeddings, json_pack("{s:O}", "values", v));
    }
    return json_pack("{s:o}", "embeddings", embeddings);
}

static json_t *ollama_answer(const char *model, json_t *vectors, int tokens)
{
    return json_pack("{s:s,s:O,s:i}", "model", model, "embeddings", vectors, "prompt_eval_count",
                     tokens);
}

static json_t *cohere_texts(json_t *body)
{
    return json_incref(json_object_get(body, "texts"));
}

static json_t *cohere_answer(const char *model, json_t *vectors, int tokens)
{
    (void)model;
    return json_pack("{s:s,s:{s:O},s:{s:{s:i}}}", "id", "test", "embeddings", "float", vectors,
                     "meta", "billed_units", "input_tokens", tokens);
}

const struct embed_wire embed_openai = {"dimensions", openai_texts, openai_answer};
const struct embed_wire embed_gemini = {"outputDimensionality", gemini_texts, gemini_answer};
const struct embed_wire embed_ollama = {"dimensions", openai_texts, ollama_answer};
const struct embed_wire embed_cohere = {"output_dimension", cohere_texts, cohere_answer};

#pragma once
/*
 * Embed wire: one format in which providers are asked for vectors: where, with which header, what the
 * request is and where in the answer the vectors are. A format is a pure file <wire>_embed.c and one of
 * the rows below; the table of providers (provider/provider.h) names the wire of each. Any thread.
 */
#include "provider/vectors.h"

struct cs_embed_request {
    const char *model;
    int dimensions; /* 0: the model's own */
    bool query;     /* texts are questions; otherwise passages */
    char *const *texts;
    size_t n;
};

struct cs_embed_wire {
    const char *name;
    const char
        *tail; /* end of an address in the OpenAI format that this format's has not; or NULL */
    const char *key;             /* the header of the key, up to the key */
    size_t max_texts, max_bytes; /* of one request */
    /* The path and query behind the address. */
    const char *(*path)(struct cs_arena *a, const char *model);
    /* A JSON object, which the caller releases. */
    json_t *(*request)(struct cs_arena *a, const struct cs_embed_request *q);
    /* The list of vectors, or NULL; the tokens that were counted, if they were. */
    const json_t *(*list)(const json_t *root, struct cs_vectors *ret);
    cs_vector_fn *vector;
};

extern const struct cs_embed_wire cs_openai_embed, cs_gemini_embed, cs_ollama_embed,
    cs_cohere_embed;

/* The address of the request: base_url is without / at the end. */
const char *cs_embed_url(struct cs_arena *a, const struct cs_embed_wire *w, const char *base_url,
                         const char *model);
/* The request as JSON. */
const char *cs_embed_body(struct cs_arena *a, const struct cs_embed_wire *w,
                          const struct cs_embed_request *q, size_t *ret_len);
/* Bytes that an answer with n vectors has at most, also if its numbers are written out. */
size_t cs_embed_reply_max(int dimensions, size_t n);
/* NULL when it holds n vectors of one length, in this format or the shape of another; otherwise what is wrong. */
const char *cs_embed_reply(struct cs_arena *a, const struct cs_embed_wire *w, const char *body,
                           size_t len, size_t n, struct cs_vectors *ret);

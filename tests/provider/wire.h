#pragma once
/*
 * wire: how a request of one format reaches the test provider: its path, the header with its key, where it
 * names the model and how it is refused. The table is in main.c. Another format is a row there and a file with its
 * chat (chat_wire.h) and errors, or its functions for vectors (embed_wire.c).
 */
#include <h2o.h>
#include <jansson.h>
#include <stdbool.h>

struct refusal {
    int status;
    const char *type, *message;
    const char *param; /* the parameter that is refused, or NULL */
};

struct wire {
    const char *path, *suffix; /* with a suffix, the model's name stands between the two */
    const char *key;           /* header with the key; in authorization it stands behind Bearer */
    const char *(*model)(json_t *body); /* NULL: it stands in the path alone */
    json_t *(*error)(const struct refusal *refusal);
    const struct chat_wire *chat; /* one of the two */
    const struct embed_wire *embed;
};

/* Every key is right but sk-wrong. It is looked for in its own header only. */
bool wire_authorised(const struct wire *wire, h2o_req_t *req);
void wire_serve(const struct wire *wire, h2o_req_t *req);
void wire_refuse(const struct wire *wire, h2o_req_t *req, struct refusal refusal);
json_t *openai_error(const struct refusal *refusal);
json_t *anthropic_error(const struct refusal *refusal);
json_t *gemini_error(const struct refusal *refusal);
json_t *ollama_error(const struct refusal *refusal);

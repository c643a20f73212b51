#pragma once
/*
 * openai_text: the objects of the OpenAI-compatible API, read and written. Pure; memory of the arena.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "pbjson/pbjson.h"

#include "chatsphere/v1/names.h"

/* Under these paths every answer has OpenAI's shape, errors included. */
bool openai_path(const char *path);
/* {"error": {message, type, param, code}} */
const char *openai_error(struct cs_arena *a, const Problem *p);
/* Whether a client may try again by itself: not where a second turn would cost as much as the first. */
bool openai_may_retry(const Problem *p);

/* POST /v1/chat/completions */
struct openai_chat {
    CompleteRequest *request;
    const char *model;
    bool stream, include_usage;
};
/* False: errors has the wrong parameters. Steals body. */
bool openai_read_chat(struct cs_arena *a, json_t *body, struct openai_chat *ret,
                      struct pbjson_errors *errors);

/* POST /v1/embeddings */
enum { OPENAI_INPUTS = 256 };
struct openai_embed {
    const char *model;
    char **inputs;
    size_t n;
    bool base64;
    int dimensions; /* 0: not given */
};
bool openai_read_embed(struct cs_arena *a, json_t *body, struct openai_embed *ret,
                       struct pbjson_errors *errors);

/* What each object of an answer has in common. */
struct openai_head {
    const char *id, *model;
    int64_t created; /* unix seconds */
    bool include_usage;
};
const char *openai_completion(struct cs_arena *a, const struct openai_head *h, const Turn *turn,
                              size_t *ret_len);
/* A chunk as a server-sent event. delta: JSON of the delta; finish and extra (more members) may be NULL. */
void openai_chunk(struct cs_buf *out, const struct openai_head *h, const char *delta,
                  const char *finish, const char *extra);
void openai_usage_chunk(struct cs_buf *out, const struct openai_head *h, const Usage *u);
/* "chatsphere":{"sources":[...]} */
const char *openai_sources(struct cs_arena *a, Source *const *items, size_t n);
const char *openai_finish(const char *reason);

json_t *openai_model(const Bot *bot); /* new */
/* One item of a list of embeddings, of vectors in half precision. */
void openai_embedding(struct cs_buf *out, size_t index, const unsigned char *halves, int dimensions,
                      bool base64);

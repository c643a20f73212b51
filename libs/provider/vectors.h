#pragma once
/*
 * openai: the embeddings request that OpenAI defined and the others understand, as bytes. Pure:
 * memory of the arena; any thread.
 */
#include "base/arena.h"
#include "embed/embedder.h"

#include <stddef.h>
#include <stdint.h>

/* JSON for n texts. */
char *openai_request(struct cs_arena *a, const struct embedder *e, char *const *texts, size_t n,
                     size_t *ret_len);

/* Bytes that an answer with n vectors has at most, also if its numbers are written out. */
size_t openai_reply_max(const struct embedder *e, size_t n);

struct vectors {
    size_t n, dimensions;
    unsigned char *halves; /* n x dimensions, little endian, each vector of length 1 */
    int64_t tokens;        /* as the provider counted, 0 to CS_TOKENS_MAX */
};

/* NULL when it holds n vectors of one length, else what is wrong with it. `a` is needed as long as
 * *ret, and holds some bytes more for each number. */
const char *openai_reply(struct cs_arena *a, const char *body, size_t len, size_t n,
                         struct vectors *ret);

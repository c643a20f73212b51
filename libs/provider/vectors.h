#pragma once
/*
 * Vectors: the numbers of an answer of an embedding provider, as packed halves of length 1.
 *
 * An answer is nearly all vectors, so they are decoded without a JSON value for each number. A wire
 * (provider/embed_wire.h) says where in the tree the vectors are. Pure; memory of the arena.
 */
#include "base/arena.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CS_DIMENSIONS_MAX = 4096 };

struct cs_vectors {
    size_t n, dimensions;
    unsigned char *halves; /* n x dimensions, little endian, each vector of length 1 */
    int64_t tokens;        /* as the provider counted, 0 to CS_TOKENS_MAX */
    bool counted;          /* false: the provider did not count */
};

/* The vector that an item of the list holds, and its place in *ret_i when the item names one. */
typedef const json_t *cs_vector_fn(const json_t *item, size_t *ret_i);

/* An answer as a tree in which each long list of numbers or long string is left out. */
struct cs_vectors_reply;

/* NULL when the body is no JSON. cs_vectors_reply_close() frees it. */
struct cs_vectors_reply *cs_vectors_reply_open(struct cs_arena *a, const char *body, size_t len);
const json_t *cs_vectors_reply_root(const struct cs_vectors_reply *r);
void cs_vectors_reply_close(struct cs_vectors_reply *r); /* NULL is fine */

/* NULL when the list holds ret->n vectors of one length; otherwise what is wrong, as the end of a
 * sentence about the provider. `a` is needed as long as *ret; its ceiling, if it has one, holds: the
 * items of a list may name one text many times. */
const char *cs_vectors_take(struct cs_arena *a, const struct cs_vectors_reply *r,
                            const json_t *list, cs_vector_fn *vector, struct cs_vectors *ret);

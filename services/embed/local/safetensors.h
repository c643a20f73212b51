#pragma once
/*
 * safetensors: the weights of a model, mapped from a file and never copied unless they are of another
 * type than float.
 *
 * A file is eight bytes with the length of a header, the header, which is JSON, and the data. Nothing
 * of it is trusted: sizes, shapes and offsets are checked before a tensor is given out. Immutable after
 * it was opened; any thread.
 */
#include "base/arena.h"

#include <stdint.h>

enum { TENSOR_RANK_MAX = 4 };

struct tensor {
    const char *name, *type; /* F32, F16, BF16, I8, ... */
    size_t rank, shape[TENSOR_RANK_MAX];
    const unsigned char *data;
    size_t bytes;
};

struct safetensors;

/* NULL with a sentence in *ret_why, in the arena, where the file also lives until it is closed. */
struct safetensors *safetensors_open(struct cs_arena *a, const char *path, const char **ret_why);
void safetensors_close(struct safetensors *s); /* NULL is fine */
/* NULL when there is none of that name. */
const struct tensor *safetensors_find(const struct safetensors *s, const char *name);
/* The file's bytes, for a digest. */
const void *safetensors_bytes(const struct safetensors *s, size_t *ret_len);
/* Its numbers as floats: those of the file, or a copy in the arena. NULL: of a type without that. */
const float *tensor_floats(struct cs_arena *a, const struct tensor *t);

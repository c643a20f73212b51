#pragma once
/*
 * encoder: the forward pass of a BERT: pieces to one vector a text.
 *
 * Texts lie behind each other without padding; attention is within a text. The weights are shared by
 * all threads; each has a scratch of its own.
 */
#include "embed/local/kernel.h"
#include "embed/local/safetensors.h"

#include <jansson.h>

enum { ENCODER_POSITIONS_MAX = 8192, ENCODER_LAYERS_MAX = 48, ENCODER_WIDTH_MAX = 4096 };

enum pooling { POOLING_MEAN, POOLING_CLS };

struct encoder;
struct encoder_scratch;

/* From config.json and the weights; NULL with a sentence in *ret_why. Lives in the arena, and refers
 * to s. */
struct encoder *encoder_open(struct cs_arena *a, const json_t *config, const struct safetensors *s,
                             const struct local_kernel *kernel, const char **ret_why);
size_t encoder_dimensions(const struct encoder *e);
size_t encoder_positions(const struct encoder *e); /* pieces that a text has at most */
size_t encoder_vocabulary(const struct encoder *e);

/* For that many pieces at a time. */
struct encoder_scratch *encoder_scratch_new(const struct encoder *e, size_t pieces);
void encoder_scratch_free(struct encoder_scratch *s); /* NULL is fine */

/*
 * Text i has the pieces ids[at[i]] to ids[at[i + 1]], at least one and at most its positions; all together
 * no more than the scratch is for. out: n vectors, not scaled.
 */
void encoder_run(const struct encoder *e, struct encoder_scratch *s, const int32_t *ids,
                 const size_t *at, size_t n, enum pooling pooling, float *out);

#pragma once
/*
 * table: a static model: a vector for each piece, and their mean for a text. Immutable; any thread.
 */
#include "embed/local/safetensors.h"

struct table;

/* From the weights; NULL with a sentence in *ret_why. Lives in the arena, and refers to s. */
struct table *table_open(struct cs_arena *a, const struct safetensors *s, const char **ret_why);
size_t table_dimensions(const struct table *t);
size_t table_vocabulary(const struct table *t);
/* The sum over the pieces; that of none is the first unit vector, so that it has a direction. */
void table_run(const struct table *t, const int32_t *ids, size_t n, float *out);

#pragma once
/*
 * model: a folder with a model, in the layout of sentence-transformers or of model2vec.
 *
 * Pooling, prefixes and limits are read from the folder and never guessed: a wrong one gives vectors of
 * the right shape and of another meaning. What is missing or not understood is said, and the model is
 * refused. Immutable after it was opened; any thread.
 *
 *   config.json                        sizes, or model2vec
 *   tokenizer.json                     wordpiece.h
 *   model.safetensors                  safetensors.h
 *   modules.json                       BERT: Transformer, Pooling, perhaps Normalize; nothing else
 *   <Pooling>/config.json              BERT: mean or CLS
 *   sentence_bert_config.json          max_seq_length
 *   config_sentence_transformers.json  prompts: query, and passage or document
 *   chatsphere.json                    query_prefix and passage_prefix, where the model's card names some and no
 *                                      other file does
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct local_kernel;
struct model;
struct model_scratch;

/* NULL with a sentence in *ret_why, which is in the arena. */
struct model *model_open(const char *folder, const struct local_kernel *kernel, struct cs_arena *a,
                         const char **ret_why);
void model_close(struct model *m); /* NULL is fine */

size_t model_dimensions(const struct model *m);
size_t model_pieces_max(const struct model *m); /* of one text */
/* Twelve digits of a digest of everything its vectors depend on. */
const char *model_tag(const struct model *m);

/* The pieces of a question or passage, in the arena; *ret_cut when it has more than the model takes. */
int32_t *model_pieces(const struct model *m, struct cs_arena *a, const char *text, bool query,
                      size_t *ret_n, bool *ret_cut);

struct model_scratch *model_scratch_new(const struct model *m, size_t pieces);
void model_scratch_free(struct model_scratch *s); /* NULL is fine */
/* out: n vectors, not scaled. Text i has the pieces ids[at[i]] to ids[at[i + 1]]. */
void model_run(const struct model *m, struct model_scratch *s, const int32_t *ids, const size_t *at,
               size_t n, float *out);

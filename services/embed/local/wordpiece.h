#pragma once
/*
 * wordpiece: text to the numbers of its pieces, as the tokenizer.json of a BERT says.
 *
 * Only BertNormalizer, BertPreTokenizer and WordPiece are understood; others are refused. A text can
 * name no special piece: "[SEP]" in it is a bracket and letters. Immutable after it was opened; any thread.
 */
#include "base/arena.h"

#include <jansson.h>
#include <stdint.h>

enum { WORDPIECE_VOCABULARY_MAX = 1000000 };

struct wordpiece;

/* NULL with a sentence in *ret_why; lives in the arena. */
struct wordpiece *wordpiece_open(struct cs_arena *a, const json_t *tokenizer, const char **ret_why);

/* One more than the largest number of a piece. */
int32_t wordpiece_limit(const struct wordpiece *w);
/* The pieces around a text; false when the tokenizer has none. */
bool wordpiece_ends(const struct wordpiece *w, int32_t *ret_first, int32_t *ret_last);
int32_t wordpiece_unknown(const struct wordpiece *w);

/* At most max pieces of the text into ids; *ret_cut when it has more. Their number. Malformed UTF-8
 * counts as nothing. */
size_t wordpiece_encode(const struct wordpiece *w, const char *text, size_t len, int32_t *ids,
                        size_t max, bool *ret_cut);

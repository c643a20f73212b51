#pragma once
/*
 * Tokens: the numbers of tokens that a provider reports, as far as they are plausible.
 *
 * They end in events and in sums of PostgreSQL, so no number of a provider gets there unchecked: a
 * count is between 0 and CS_TOKENS_MAX, and a text has at most one token a byte, with some for the
 * template around it. Pure; any thread.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CS_TOKENS_MAX = 10 * 1000 * 1000 };

/* The number `name` of a usage object, within 0 and CS_TOKENS_MAX; false when it is no number, and no
 * text of digits. */
bool cs_tokens_read(const json_t *usage, const char *name, int64_t *ret);

/* n, or what `texts` texts of so many bytes can have at most, if that is less. */
int64_t cs_tokens_plausible(int64_t n, size_t texts, size_t bytes);

/* What a text has on average: a token is four letters of ASCII, or one of another script. */
int64_t cs_tokens_of_text(const char *text);
/* The same for a text of so many bytes. */
int64_t cs_tokens_estimate(size_t bytes);

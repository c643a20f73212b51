#pragma once
/*
 * hash: the embedding model of tests: hashed words, pairs of words and parts of words. The same
 * text gives the same vector everywhere; it knows nothing of meaning. Pure; any thread.
 */
#include <stddef.h>

enum { HASH_DIMENSIONS = 256 };

void hash_embed(const char *text, float *v, size_t dimensions);

#pragma once
/*
 * Terms: the words of a question, and which of them a text has.
 *
 * Words are compared by their stems, or loosely without accents. How a word is stemmed depends on the language of the
 * passage, so the terms are made for one passage; those of a passage in the same language stay. Memory is the
 * arena's but for the stemmers, which terms_free() frees. One thread at a time.
 */
#include "base/arena.h"

#include <stdint.h>

enum { TERMS_MAX = 64 }; /* of a question; one bit each */

struct terms;

/* The question must outlive the terms. */
struct terms *terms_new(struct cs_arena *a, const char *question);
void terms_free(struct terms *t);

/* For texts of this passage. Returns how many terms there are, at most TERMS_MAX. */
size_t terms_prepare(struct terms *t, const char *passage);

/* A bit for each term: what the text has as it is asked for, and without accents alone. */
struct terms_found {
    uint64_t exact, loose;
};
struct terms_found terms_find(struct terms *t, const char *text, size_t len);

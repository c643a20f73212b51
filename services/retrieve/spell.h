#pragma once
/*
 * spell: the word of a vocabulary that was probably meant.
 *
 * The vocabulary is every word a collection says, with how often. A word is near when at most one
 * edit away (two when longer than 7 letters): a letter put in, left out or changed, or two
 * neighbours swapped; accents of Latin letters do not count. The nearest wins, then the most frequent, then the first seen. Candidates are
 * sieved by length and by the set of letters, which no near word fails, so none is missed.
 *
 * Filled by one thread; constant after spell_seal().
 */
#include "text/lexicon.h"

#include <stdbool.h>

enum { SPELL_MIN_LETTERS = 4, SPELL_MAX_LETTERS = 40 };

/*
 * What the corrections of one question may cost, so that a vocabulary of millions of words does not make it
 * slow: a word sieved costs 1, a candidate compared 64. 4 million are about 10 ms.
 */
enum { SPELL_BUDGET = 4 * 1000 * 1000, SPELL_COMPARED = 64 };

struct spell {
    struct cs_lexicon words;
    uint32_t *said; /* how often, by number */
    uint32_t cap;
    struct spell_sieve *sieve; /* made by spell_seal(); one a word */
};

uint32_t spell_add(struct spell *s, const char *word, size_t len); /* its number */
void spell_seal(struct spell *s);
/*
 * Number of the word meant, or CS_LEXICON_NONE, also when the rest of the budget does not do for the vocabulary.
 * Words said less than least_said times do not count. *budget is less afterwards.
 */
uint32_t spell_correct(const struct spell *s, const char *word, size_t len, uint32_t least_said,
                       uint32_t *budget);
/*
 * The same by stems, for what a typing error and another ending make of a word together: a word is near when its
 * stem is, to the word or to the word's stem.
 */
typedef const char *spell_stem(void *state, const char *word, size_t len, size_t *ret_len);
uint32_t spell_correct_stem(const struct spell *s, const char *word, size_t len,
                            uint32_t least_said, spell_stem *stem, void *state, uint32_t *budget);
size_t spell_bytes(const struct spell *s); /* what it takes when it is sealed */
void spell_free(struct spell *s);

/* Optimal string alignment distance of code points; limit + 1 when it is more than limit. */
int spell_distance(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b, int limit);

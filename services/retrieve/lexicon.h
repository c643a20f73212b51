#pragma once
/*
 * lexicon: words and their numbers. The first word added is 0, the next new one 1 and so on.
 *
 * `struct lexicon l = {0}` is an empty one; lexicon_free() makes it empty again. Words come from
 * tenants, so the hash has a random key: nobody can make them collide on purpose. Adding needs one
 * thread; a lexicon that no longer changes may be read by any.
 */
#include "base/buf.h"

#include <stdint.h>

#define LEXICON_NONE UINT32_MAX

struct lexicon_word {
    uint32_t offset, len; /* in text */
    uint32_t hash;
};

struct lexicon {
    struct cs_buf text; /* all words, one after another */
    struct lexicon_word *words;
    uint32_t n, cap;
    uint32_t *slots; /* open addressing: number + 1, or 0 */
    uint32_t n_slots;
};

uint32_t lexicon_add(struct lexicon *l, const char *word, size_t len);
uint32_t lexicon_find(const struct lexicon *l, const char *word, size_t len); /* or LEXICON_NONE */
const char *lexicon_text(const struct lexicon *l, uint32_t number,
                         size_t *ret_len); /* not terminated */
/* No word is added any more: memory that was kept for further ones is released. */
void lexicon_seal(struct lexicon *l);
/* What it takes when it is sealed. */
size_t lexicon_bytes(const struct lexicon *l);
void lexicon_free(struct lexicon *l);

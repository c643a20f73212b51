#pragma once
/*
 * lexicon: words and their numbers. The first word added is 0, the next new one 1 and so on.
 *
 * `struct cs_lexicon l = {0}` is an empty one; cs_lexicon_free() makes it empty again. Words come from
 * tenants, so the hash has a random key: nobody can make them collide on purpose. Adding needs one
 * thread; a lexicon that no longer changes may be read by any.
 */
#include "base/buf.h"

#include <stdint.h>

#define CS_LEXICON_NONE UINT32_MAX

struct cs_lexicon_word {
    uint32_t offset, len; /* in text */
    uint32_t hash;
};

struct cs_lexicon {
    struct cs_buf text; /* all words, one after another */
    struct cs_lexicon_word *words;
    uint32_t n, cap;
    uint32_t *slots; /* open addressing: number + 1, or 0 */
    uint32_t n_slots;
};

uint32_t cs_lexicon_add(struct cs_lexicon *l, const char *word, size_t len);
uint32_t cs_lexicon_find(const struct cs_lexicon *l, const char *word,
                         size_t len); /* or CS_LEXICON_NONE */
const char *cs_lexicon_text(const struct cs_lexicon *l, uint32_t number,
                            size_t *ret_len); /* not terminated */
/* No word is added any more: memory that was kept for further ones is released. */
void cs_lexicon_seal(struct cs_lexicon *l);
/* What it takes when it is sealed. */
size_t cs_lexicon_bytes(const struct cs_lexicon *l);
void cs_lexicon_free(struct cs_lexicon *l);

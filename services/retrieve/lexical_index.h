#pragma once
/* The parts of a lexical index, which lexical.c fills and lexical_query.c asks. */
#include "retrieve/lexical.h"
#include "retrieve/spell.h"
#include "text/word.h"

#include <stdbool.h>
#include <string.h>

#define LEXICAL_STOP_MARK '\x01' /* before a stop word as a term */

/* The term of the word before: most words of a text are repeated, and stemming is the expensive part. */
struct known_word {
    uint32_t term;
    int language; /* -1: none yet */
    bool stops;
};

/* A word with accents, under the term that it would be without; sorted by plain. */
struct lexical_accent {
    uint32_t plain, term;
};

/* Of one thread; lexical_stem() answers out of it, until the next call. */
struct lexical_stems {
    struct cs_stemmer stemmer;
    char stop[CS_WORD_WHOLE_MAX + 1];
};

struct lexical {
    struct bm25 *index;
    struct spell spell;
    struct lexical_accent *accents;
    uint32_t n_accents, cap_accents;
    uint32_t n_rows, languages;
    /* while filling */
    enum cs_language language;
    uint32_t times;
    uint64_t hash;
    struct lexical_stems stems;
    struct known_word *known;
    uint32_t n_known, cap_known;
};

/*
 * The term of a word in a language: its stem, and for a stop word of that language the word behind a byte that no
 * word has. So the German article is not found by the English verb.
 */
const char *lexical_stem(struct lexical_stems *s, enum cs_language language, const char *word,
                         size_t len, size_t *ret_len);
bool lexical_is_stop(enum cs_language language, const char *word, size_t len);

/* The word with ae, oe, ue for ä, ö, ü. Returns its length, 0 if it has none; as long as the word. */
size_t lexical_umlauts(const char *word, size_t len, char *out);

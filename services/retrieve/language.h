#pragma once
/*
 * language: stop words and stems of the languages we know, and which of them a text is in.
 *
 * Stemming is Snowball's (libstemmer). A text's language is the one with most stop words in its
 * first few thousand characters; what has hardly any counts as English, whose stemmer does least
 * harm to names. language_start() once per process.
 *
 * A struct stemmer belongs to one thread: `struct stemmer s = {0}`, stemmer_free() in the end.
 */
#include <stddef.h>
#include <stdint.h>

enum language {
    LANGUAGE_EN,
    LANGUAGE_DE,
    LANGUAGE_FR,
    LANGUAGE_ES,
    LANGUAGE_IT,
    LANGUAGE_PT,
    LANGUAGE_NL,
    LANGUAGE_RU,
    LANGUAGES,
};

extern const char *const language_stop_words[LANGUAGES]; /* with spaces between */

void language_start(void);
void language_stop(void);

/* A bit (1 << language) for each language in which the lower-case word says nothing. */
uint32_t language_stops(const char *word, size_t len);
enum language language_of(const char *text, size_t len);
const char *language_code(enum language l);       /* en */
enum language language_by_code(const char *code); /* English if unknown */

struct sb_stemmer;
struct stemmer {
    struct sb_stemmer *of[LANGUAGES]; /* made when first needed */
};
/* The stem; alive until the next call. */
const char *stemmer_stem(struct stemmer *s, enum language l, const char *word, size_t len,
                         size_t *ret_len);
void stemmer_free(struct stemmer *s);

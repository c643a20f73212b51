#pragma once
/*
 * Language: stop words and stems of the languages we know, and which of them a text is in.
 *
 * Stemming is Snowball's (libstemmer), of words as cs_words() gives them. A text's language is the one with
 * most stop words in its first few thousand characters; a text with hardly any is in the language that its
 * script stands for, and in English otherwise, whose stemmer does least harm to names. Any thread; the table of
 * stop words is made when it is first needed.
 *
 * A struct cs_stemmer belongs to one thread: `struct cs_stemmer s = {0}`, cs_stemmer_free() in the end.
 */
#include <stddef.h>
#include <stdint.h>

enum cs_language {
    CS_LANGUAGE_EN,
    CS_LANGUAGE_DE,
    CS_LANGUAGE_FR,
    CS_LANGUAGE_ES,
    CS_LANGUAGE_IT,
    CS_LANGUAGE_PT,
    CS_LANGUAGE_NL,
    CS_LANGUAGE_RU,
    CS_LANGUAGE_DA,
    CS_LANGUAGE_SV,
    CS_LANGUAGE_NO,
    CS_LANGUAGE_FI,
    CS_LANGUAGE_HU,
    CS_LANGUAGE_TR,
    CS_LANGUAGE_RO,
    CS_LANGUAGE_EL,
    CS_LANGUAGE_AR,
    CS_LANGUAGE_HI,
    CS_LANGUAGES,
};

extern const char *const cs_language_stop_words[CS_LANGUAGES]; /* with spaces between */

/* A bit (1 << language) for each language in which the word of cs_words() says nothing. */
uint32_t cs_language_stops(const char *word, size_t len);

enum cs_language cs_language_of(const char *text, size_t len);

/*
 * The language of a question, of those in `known` (bits) unless it is clearly in another one; a question
 * that has no stop words is in the first of them.
 */
enum cs_language cs_language_of_question(const char *text, size_t len, uint32_t known);

const char *cs_language_code(enum cs_language l);       /* en */
enum cs_language cs_language_by_code(const char *code); /* English if unknown */

struct sb_stemmer;
struct cs_stemmer {
    struct sb_stemmer *of[CS_LANGUAGES]; /* made when first needed */
};
/* The stem; alive until the next call. */
const char *cs_stemmer_stem(struct cs_stemmer *s, enum cs_language l, const char *word, size_t len,
                            size_t *ret_len);
void cs_stemmer_free(struct cs_stemmer *s);

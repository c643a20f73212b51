#pragma once
/*
 * lexical: what the words of a question find, over the rows of one collection.
 *
 * Binds the pieces together: words (text/word.h), stemmed in the row's language (text/language.h), in an
 * inverted index (bm25.h), beside the vocabulary for spelling (spell.h). A word of a question stands for
 * itself, stemmed in every language of the rows, and for the same word with or without its accents; a row
 * matches with any of them. A word that finds nothing and stands alone is taken for the nearest one of the
 * vocabulary.
 *
 * Stop words are indexed, and passed over in questions: those of the question's language, unless the question
 * has no other words or they are written in capitals (IT).
 *
 * A sealed index also says where a text has words of a question, for those who show it.
 *
 * Filled by one thread; after lexical_seal() constant, any thread may ask.
 */
#include "base/arena.h"
#include "retrieve/bm25.h"
#include "text/language.h"

enum {
    LEXICAL_MAX_TERMS = 256,
    LEXICAL_MAX_CORRECTIONS = 8,
    LEXICAL_MAX_TRIED = 32,  /* words looked for in the whole vocabulary */
    LEXICAL_MAX_SINGLES = 4, /* single characters looked for in all pairs */
    LEXICAL_MAX_EARLIER = 4, /* questions asked before */
};

struct lexical;

struct lexical *lexical_new(void);
void lexical_free(struct lexical *l); /* NULL is fine */
void lexical_next_row(struct lexical *l, enum cs_language language);
/* Adds words to the last row. Returns a hash of them, 0 if there are none: equal texts have equal ones. */
uint64_t lexical_add(struct lexical *l, const char *text, uint32_t times);
void lexical_seal(struct lexical *l);
size_t lexical_bytes(const struct lexical *l); /* what it takes when it is sealed */

struct lexical_query {
    struct bm25_query_term terms[LEXICAL_MAX_TERMS];
    size_t n_terms;
    char *corrected; /* the question as understood; NULL: as it was */
    uint32_t asked,
        known; /* words of the question, stop words aside; those that the rows have, or nearly */
};
/*
 * `earlier` are the questions asked before in a conversation, the latest first. Their rare words count too,
 * less with each question, and are not corrected. A question whose own words find nothing is answered by them only if
 * it consists of stop words mostly (and how much is that?).
 */
void lexical_parse(const struct lexical *l, struct cs_arena *a, const char *query,
                   char *const *earlier, size_t n_earlier, struct lexical_query *ret);
/* Offers each row that has words of the question to `top`. */
void lexical_top(const struct lexical *l, const struct lexical_query *q, struct topk *top);
/* What one term of the question adds to the score of each of n rows, which ascend. */
void lexical_parts(const struct lexical *l, const struct bm25_query_term *term,
                   const uint32_t *rows, size_t n, float *ret);

/* A place in a text, in bytes. */
struct lexical_match {
    size_t start, end;
};
/*
 * The first `max` places in a row's text that have a word of the question, in their order and without overlaps.
 * `language` is that of the row. Returns how many.
 */
size_t lexical_matches(const struct lexical *l, const struct lexical_query *q,
                       enum cs_language language, const char *text, struct lexical_match *ret,
                       size_t max);
/* The term as people read it, in the arena. */
char *lexical_term_text(const struct lexical *l, struct cs_arena *a, uint32_t term);

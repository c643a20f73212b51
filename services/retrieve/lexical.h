#pragma once
/*
 * lexical: what the words of a question find, over the rows of one collection.
 *
 * Binds the pieces together: tokens (tokenize.h) without stop words, stemmed in the row's language
 * (language.h), in an inverted index (bm25.h), beside the vocabulary for spelling (spell.h). Words of
 * a question are stemmed in every language the rows are in; a row matches with any of them. A word
 * that finds nothing, is no stop word and stands alone is taken for the nearest one of the vocabulary.
 *
 * Filled by one thread; after lexical_seal() constant, any thread may ask.
 */
#include "base/arena.h"
#include "retrieve/language.h"
#include "retrieve/topk.h"

enum {
    LEXICAL_MAX_TERMS = 256,
    LEXICAL_MAX_CORRECTIONS = 8,
    LEXICAL_MAX_TRIED = 32, /* words looked for in the whole vocabulary */
};

struct lexical;

struct lexical *lexical_new(void);
void lexical_free(struct lexical *l); /* NULL is fine */
void lexical_next_row(struct lexical *l, enum language language);
void lexical_add(struct lexical *l, const char *text, uint32_t times); /* to the last row */
void lexical_seal(struct lexical *l);
size_t lexical_bytes(const struct lexical *l); /* what it takes when it is sealed */

struct lexical_query {
    uint32_t terms[LEXICAL_MAX_TERMS];
    size_t n_terms;
    char *corrected; /* the question as understood; NULL: as it was */
};
void lexical_parse(const struct lexical *l, struct cs_arena *a, const char *query,
                   struct lexical_query *ret);
/* Best first; ret has room for k. Returns how many there are. */
size_t lexical_top(const struct lexical *l, const struct lexical_query *q, size_t k,
                   struct hit *ret);

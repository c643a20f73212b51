#pragma once
/*
 * Wordlist: the words of a text as conversations are looked up by them: each word of text/word.h and its stem in the
 * language of the text, once. Pure; memory of the arena; any thread.
 */
#include "base/arena.h"

enum { WORDLIST_MAX = 4000, WORDLIST_QUERY_MAX = 48 /* one bit each */ };

/* At most WORDLIST_MAX. */
char **wordlist_of(struct cs_arena *a, const char *text, size_t *ret_n);

/*
 * A question's words as texts of PostgreSQL's type tsquery, the word or its stem each. Words that say nothing in its
 * language are left out unless there is no other one. At most WORDLIST_QUERY_MAX.
 */
char **wordlist_queries(struct cs_arena *a, const char *question, size_t *ret_n);
/* The first of the same words, at most max, as patterns for LIKE that find them anywhere in a text without a list. */
char **wordlist_patterns(struct cs_arena *a, const char *question, size_t max, size_t *ret_n);

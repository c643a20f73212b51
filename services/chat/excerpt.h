#pragma once
/*
 * Excerpt: the sentences of a passage that have most to do with a question.
 *
 * Sentences, list items, table rows and code blocks are weighed by the words of the question in them, and a
 * few of the best are kept in their order. An excerpter holds what is known of one question for all its
 * passages; memory is the arena's but for what excerpter_free() frees. One thread at a time.
 */
#include "base/arena.h"

struct excerpter;

/* The question must outlive the excerpter. */
struct excerpter *excerpter_new(struct cs_arena *a, const char *question);
void excerpter_free(struct excerpter *e);

/*
 * Lines of Markdown, never empty unless the passage is. *ret_matches: words of the question found
 * in them; with 0 they are merely how the passage begins.
 */
char *excerpt(struct excerpter *e, const char *passage, int *ret_matches);

#pragma once
/*
 * Excerpt: the sentences of a passage that have most to do with a question.
 *
 * Sentences, list items, table rows and code blocks are weighed by how many words of the question
 * they have, a few of the best are kept in their order. Pure; any thread.
 */
#include "base/arena.h"

/*
 * Lines of Markdown, never empty unless the passage is. *ret_matches: words of the question found
 * in them; with 0 they are merely how the passage begins.
 */
char *excerpt(struct cs_arena *a, const char *question, const char *passage, int *ret_matches);

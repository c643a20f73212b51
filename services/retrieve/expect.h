#pragma once
/*
 * expect: whether a passage is the one that a question of an evaluation expects. Pure; any thread.
 *
 * Texts are compared by their words (text/word.h), headings by whole headings, so marks of Markdown, case and white
 * space do not count.
 */
#include "chatsphere/v1/names.h"

#include <stdbool.h>

/* Something is expected at all. */
bool expect_some(const ExpectedPassage *e);
bool expect_fits(const ExpectedPassage *e, const Hit *hit);
/* Place of the expected passage among the items, from 1; 0: it is not there. */
int expect_rank(const ExpectedPassage *e, Hit *const *items, size_t n);

#pragma once
/*
 * explain: how a search came to its result, for people who want to improve it: the terms with their share in each
 * item, the place of each item in the rankings, and the copies that an item stands for. It costs a pass over the
 * postings of each term and one over all rows, so it is made only when it is asked for. Pure; any thread that holds
 * the snapshot.
 */
#include "chatsphere/v1/names.h"
#include "retrieve/rank.h"

enum { EXPLAIN_TERMS = 20, EXPLAIN_DROPPED = 50 };

/*
 * Explains rep->items, which are those of `ranked` in the same order. words: NULL when words did not count; allowed: by row
 * what may be found, NULL: all.
 */
void explain(struct cs_arena *a, const struct snapshot *s, const struct ranked *ranked,
             const struct lexical_query *words, const bool *allowed, SearchReply *rep);

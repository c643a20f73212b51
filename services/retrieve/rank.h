#pragma once
/*
 * rank: the rows of a snapshot that answer a question best.
 *
 * Words give BM25 scores, a vector gives cosines, both together reciprocal ranks (fuse.h). Scores are
 * comparable within one answer only. Copies of a text count once. Pure: any thread that holds the snapshot.
 */
#include "base/arena.h"
#include "retrieve/snapshot.h"
#include "retrieve/topk.h"

struct rank_question {
    const char *query;    /* NULL: words do not count */
    char *const *earlier; /* questions asked before, as lexical_parse() takes them */
    size_t n_earlier;
    const struct snapshot_matrix *matrix; /* NULL: vectors do not count */
    const float *vector;                  /* matrix->dims of them */
    size_t k;
    double min_score; /* of the final score; 0: none */
};

/* Best first; ret has room for k. *ret_corrected (arena) is NULL when no word was misspelt. */
size_t rank(const struct snapshot *s, struct cs_arena *a, const struct rank_question *q,
            struct hit *ret, char **ret_corrected);

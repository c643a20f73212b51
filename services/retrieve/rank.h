#pragma once
/*
 * rank: the rows of a snapshot that answer a question best.
 *
 * Words give BM25 scores, a vector gives cosines, both together reciprocal ranks (fuse.h). Scores are
 * comparable within one answer only. Copies of a text count once. Pure: any thread that holds the snapshot.
 */
#include "base/arena.h"
#include "retrieve/lexical.h"
#include "retrieve/nearest.h"
#include "retrieve/snapshot.h"
#include "retrieve/topk.h"

struct rank_question {
    const char *query;    /* NULL: words do not count */
    char *const *earlier; /* questions asked before, as lexical_parse() takes them */
    size_t n_earlier;
    const struct snapshot_matrix *matrix; /* NULL: vectors do not count */
    const float *vector;                  /* matrix->dims of them */
    const struct nearest *nearest; /* in place of matrix: rows from a vector store; or NULL */
    const bool *allowed;           /* by row: what may be found; NULL: all */
    size_t k;
    double min_score; /* of the final score; 0: none */
};

/* A row, and where each ranking has it. */
struct ranked {
    uint32_t row;
    float score; /* that it is ranked by */
    struct ranked_by {
        float score;
        uint32_t rank; /* from 1; 0: the ranking was not made or has the row no longer */
    } words, vector;
};

/*
 * Best first; ret has room for k. *ret_words (arena) is the question as the ranking by words took it; NULL when words
 * do not count.
 */
size_t rank(const struct snapshot *s, struct cs_arena *a, const struct rank_question *q,
            struct ranked *ret, const struct lexical_query **ret_words);

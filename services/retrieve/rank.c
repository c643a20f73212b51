/* The ranking by words and the one by vector, and both fused when a question has both. */
#include "retrieve/rank.h"

#include "retrieve/fuse.h"
#include "retrieve/lexical.h"
#include "retrieve/scan.h"

#include <assert.h>

static size_t by_words(const struct snapshot *s, struct cs_arena *a, const char *query, size_t k,
                       struct hit *ret, char **ret_corrected)
{
    struct lexical_query *parsed = CS_NEW(a, struct lexical_query, 1);

    lexical_parse(s->lexical, a, query, parsed);
    *ret_corrected = parsed->corrected;
    return lexical_top(s->lexical, parsed, k, ret);
}

static size_t by_vector(const struct snapshot_matrix *m, const float *vector, size_t k,
                        struct hit *ret)
{
    size_t n = scan_top(m->halves, m->n, m->dims, vector, k, ret);

    for (size_t i = 0; i < n; i++)
        ret[i].row = m->rows[ret[i].row];
    return n;
}

size_t rank(const struct snapshot *s, struct cs_arena *a, const struct rank_question *q,
            struct hit *ret, char **ret_corrected)
{
    struct hit words[FUSE_DEPTH], vectors[FUSE_DEPTH];
    size_t n, n_words = 0;

    assert(q->k <= FUSE_DEPTH);
    *ret_corrected = NULL;
    if (q->query && q->matrix) {
        n_words = by_words(s, a, q->query, FUSE_DEPTH, words, ret_corrected);
        n = by_vector(q->matrix, q->vector, FUSE_DEPTH, vectors);
        n = fuse(words, n_words, vectors, n, q->k, ret);
    } else if (q->matrix) {
        n = by_vector(q->matrix, q->vector, q->k, ret);
    } else {
        n = by_words(s, a, q->query, q->k, ret, ret_corrected);
    }
    while (n > 0 && q->min_score > 0 && (double)ret[n - 1].score < q->min_score)
        n--;
    return n;
}

/* The ranking by words and the one by vector, and both fused when a question has both. */
#include "retrieve/rank.h"

#include "retrieve/fuse.h"
#include "retrieve/lexical.h"
#include "retrieve/scan.h"

#include <assert.h>

static size_t by_words(const struct snapshot *s, struct cs_arena *a, const struct rank_question *q,
                       size_t k, struct hit *ret, char **ret_corrected)
{
    struct lexical_query *parsed = CS_NEW(a, struct lexical_query, 1);
    struct topk top = {.at = ret, .k = k, .same = s->same};

    lexical_parse(s->lexical, a, q->query, q->earlier, q->n_earlier, parsed);
    *ret_corrected = parsed->corrected;
    lexical_top(s->lexical, parsed, &top);
    return topk_finish(&top);
}

static size_t by_vector(const struct snapshot *s, const struct rank_question *q, size_t k,
                        struct hit *ret)
{
    const struct snapshot_matrix *m = q->matrix;
    struct topk top = {.at = ret, .k = k, .same = s->same};

    scan_top(m->halves, m->n, m->dims, q->vector, m->rows, &top);
    return topk_finish(&top);
}

size_t rank(const struct snapshot *s, struct cs_arena *a, const struct rank_question *q,
            struct hit *ret, char **ret_corrected)
{
    struct hit words[FUSE_DEPTH], vectors[FUSE_DEPTH];
    size_t n, n_words = 0;

    assert(q->k <= FUSE_DEPTH);
    *ret_corrected = NULL;
    if (q->query && q->matrix) {
        n_words = by_words(s, a, q, FUSE_DEPTH, words, ret_corrected);
        n = by_vector(s, q, FUSE_DEPTH, vectors);
        n = fuse(words, n_words, vectors, n, s->same, q->k, ret);
    } else if (q->matrix) {
        n = by_vector(s, q, q->k, ret);
    } else {
        n = by_words(s, a, q, q->k, ret, ret_corrected);
    }
    while (n > 0 && q->min_score > 0 && (double)ret[n - 1].score < q->min_score)
        n--;
    return n;
}

/* The ranking by words and the one by vector, and both fused when a question has both. */
#include "retrieve/rank.h"

#include "retrieve/fuse.h"
#include "retrieve/scan.h"

#include <assert.h>

static size_t by_words(const struct snapshot *s, const struct rank_question *q,
                       const struct lexical_query *words, size_t k, struct hit *ret)
{
    struct topk top = {.at = ret, .k = k, .same = snapshot_copies(s), .allowed = q->allowed};

    lexical_top(s->lexical, words, &top);
    return topk_finish(&top);
}

static size_t by_vector(const struct snapshot *s, const struct rank_question *q, size_t k,
                        struct hit *ret)
{
    const struct snapshot_matrix *m = q->matrix;
    struct topk top = {.at = ret, .k = k, .same = snapshot_copies(s), .allowed = q->allowed};

    for (size_t i = 0; q->nearest && i < q->nearest->n_rows; i++)
        topk_offer(&top, q->nearest->rows[i].row, q->nearest->rows[i].score);
    if (m && m->bytes)
        scan_bytes_top(m->bytes, m->halves, m->dims, q->vector, m->rows, &top);
    else if (m)
        scan_top(m->halves, m->n, m->dims, q->vector, m->rows, &top);
    return topk_finish(&top);
}

/* Where a ranking has the row or a copy of it. */
static struct ranked_by place_in(const struct snapshot *s, const struct hit *ranking, size_t n,
                                 uint32_t row)
{
    for (size_t i = 0; i < n; i++)
        if (s->same[ranking[i].row] == s->same[row])
            return (struct ranked_by){.score = ranking[i].score, .rank = (uint32_t)i + 1};
    return (struct ranked_by){.rank = 0};
}

size_t rank(const struct snapshot *s, struct cs_arena *a, const struct rank_question *q,
            struct ranked *ret, const struct lexical_query **ret_words)
{
    struct hit words[FUSE_DEPTH], vectors[FUSE_DEPTH], best[FUSE_DEPTH];
    bool has_vectors = q->matrix || q->nearest;
    size_t depth = q->query && has_vectors ? FUSE_DEPTH : q->k, n, n_words = 0, n_vectors = 0;

    assert(q->k <= FUSE_DEPTH);
    *ret_words = NULL;
    if (q->query) {
        struct lexical_query *parsed = CS_NEW(a, struct lexical_query, 1);
        lexical_parse(s->lexical, a, q->query, q->earlier, q->n_earlier, parsed);
        n_words = by_words(s, q, parsed, depth, words);
        *ret_words = parsed;
    }
    if (has_vectors)
        n_vectors = by_vector(s, q, depth, vectors);
    if (q->query && has_vectors)
        n = fuse(words, n_words, vectors, n_vectors, snapshot_copies(s), q->k, best);
    else
        n = n_words + n_vectors;
    const struct hit *order = !has_vectors ? words : !q->query ? vectors : best;
    while (n > 0 && q->min_score > 0 && (double)order[n - 1].score < q->min_score)
        n--;
    for (size_t i = 0; i < n; i++)
        ret[i] = (struct ranked){.row = order[i].row,
                                 .score = order[i].score,
                                 .words = place_in(s, words, n_words, order[i].row),
                                 .vector = place_in(s, vectors, n_vectors, order[i].row)};
    return n;
}

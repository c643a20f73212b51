/* Terms, places and copies of the items of a reply. */
#include "retrieve/explain.h"

#include "retrieve/fuse.h"

#include <stdlib.h>

/* A row of an item, by which items are found. */
struct explained {
    uint32_t row, same;
    size_t item;
};

static int explained_by_row(const void *a, const void *b)
{
    const struct explained *x = a, *y = b;

    return x->row < y->row ? -1 : x->row > y->row;
}

static int explained_by_same(const void *a, const void *b)
{
    const struct explained *x = a, *y = b;

    return x->same < y->same ? -1 : x->same > y->same;
}

static struct explained *explained_rows(struct cs_arena *a, const struct snapshot *s,
                                        const struct ranked *ranked, size_t n)
{
    struct explained *rows = CS_NEW(a, struct explained, n);

    for (size_t i = 0; i < n; i++)
        rows[i] =
            (struct explained){.row = ranked[i].row, .same = s->same[ranked[i].row], .item = i};
    return rows;
}

/* ---- terms ---- */

static void explain_query(struct cs_arena *a, const struct snapshot *s,
                          const struct lexical_query *words, SearchExplanation *ret)
{
    ret->terms = CS_NEW(a, QueryTerm *, words->n_terms);
    for (size_t i = 0; i < words->n_terms; i++) {
        QueryTerm *t = ret->terms[ret->n_terms++] = QueryTerm_new(a);

        t->term = lexical_term_text(s->lexical, a, words->terms[i].term);
        QueryTerm_set_weight(t, (double)words->terms[i].weight);
        QueryTerm_set_passages(t, words->terms[i].df);
    }
}

/* Keeps the terms of an item in order, the best of them. */
static void explain_term(struct cs_arena *a, HitExplanation *e, const QueryTerm *term, float score)
{
    size_t at = e->n_terms;

    while (at > 0 && e->terms[at - 1]->score < (double)score)
        at--;
    if (at == EXPLAIN_TERMS)
        return;
    if (e->n_terms < EXPLAIN_TERMS)
        e->n_terms++;
    for (size_t i = e->n_terms - 1; i > at; i--)
        e->terms[i] = e->terms[i - 1];
    e->terms[at] = TermScore_new(a);
    e->terms[at]->term = term->term;
    TermScore_set_score(e->terms[at], (double)score);
}

static void explain_terms(struct cs_arena *a, const struct snapshot *s, const struct ranked *ranked,
                          const struct lexical_query *words, SearchReply *rep)
{
    size_t n = rep->n_items;
    struct explained *order = explained_rows(a, s, ranked, n);
    uint32_t *rows = CS_NEW(a, uint32_t, n);
    float *parts = CS_NEW(a, float, n);

    qsort(order, n, sizeof(*order), explained_by_row);
    for (size_t i = 0; i < n; i++) {
        rows[i] = order[i].row;
        rep->items[i]->explanation->terms = CS_NEW(a, TermScore *, EXPLAIN_TERMS);
    }
    for (size_t t = 0; t < words->n_terms; t++) {
        lexical_parts(s->lexical, &words->terms[t], rows, n, parts);
        for (size_t i = 0; i < n; i++)
            if (parts[i] > 0)
                explain_term(a, rep->items[order[i].item]->explanation, rep->explanation->terms[t],
                             parts[i]);
    }
}

/* ---- places ---- */

static void explain_places(const struct ranked *r, bool fused, HitExplanation *ret)
{
    if (r->words.rank)
        HitExplanation_set_lexical_rank(ret, (int32_t)r->words.rank);
    if (r->vector.rank)
        HitExplanation_set_vector_rank(ret, (int32_t)r->vector.rank);
    if (fused && r->words.rank)
        HitExplanation_set_lexical_part(ret, (double)fuse_part(r->words.rank));
    if (fused && r->vector.rank)
        HitExplanation_set_vector_part(ret, (double)fuse_part(r->vector.rank));
}

/* ---- copies ---- */

/* All rows are looked at: copies of an item never came into a ranking. */
static void explain_copies(struct cs_arena *a, const struct snapshot *s,
                           const struct ranked *ranked, size_t n, const bool *allowed,
                           SearchExplanation *ret)
{
    struct explained *items = explained_rows(a, s, ranked, n);
    int64_t total = 0;

    qsort(items, n, sizeof(*items), explained_by_same);
    ret->dropped = CS_NEW(a, DroppedPassage *, EXPLAIN_DROPPED);
    for (uint32_t row = 0; row < s->n_rows && n > 0; row++) {
        struct explained key = {.same = s->same[row]};
        const struct explained *item = bsearch(&key, items, n, sizeof(*items), explained_by_same);

        if (!item || item->row == row || (allowed && !allowed[row]) || ++total > EXPLAIN_DROPPED)
            continue;
        DroppedPassage *d = ret->dropped[ret->n_dropped++] = DroppedPassage_new(a);
        d->document_id = cs_strdup(a, s->documents[s->rows[row].document].id);
        DroppedPassage_set_chunk(d, (int32_t)s->rows[row].ord);
        DroppedPassage_set_reason(d, DROP_REASON_EQUAL);
        DroppedPassage_set_item(d, (int32_t)item->item);
    }
    SearchExplanation_set_dropped_total(ret, total);
}

void explain(struct cs_arena *a, const struct snapshot *s, const struct ranked *ranked,
             const struct lexical_query *words, const bool *allowed, SearchReply *rep)
{
    SearchExplanation *e = rep->explanation = SearchExplanation_new(a);

    for (size_t i = 0; i < rep->n_items; i++) {
        rep->items[i]->explanation = HitExplanation_new(a);
        explain_places(&ranked[i], rep->mode == SEARCH_MODE_HYBRID, rep->items[i]->explanation);
    }
    if (words) {
        explain_query(a, s, words, e);
        explain_terms(a, s, ranked, words, rep);
    }
    explain_copies(a, s, ranked, rep->n_items, allowed, e);
}

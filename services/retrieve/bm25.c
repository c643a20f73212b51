/* Postings are gathered in lists, then laid out one after the other with their weights. */
#include "retrieve/bm25.h"

#include "base/grow.h"
#include "retrieve/lexicon.h"

#include <math.h>

static const float K1 = 1.2F, B = 0.75F;

struct posting {
    uint32_t row;
    float weight; /* all of the score but the idf */
};

struct term {
    uint32_t df;
    uint32_t last; /* while filling: its count in the row it was last seen in */
};

/* while filling */
struct count {
    uint32_t term, row, times;
};

struct bm25 {
    struct lexicon lexicon;
    struct term *terms;
    uint32_t cap_terms;
    uint32_t *lengths; /* while filling: terms of each row */
    uint32_t n_rows, cap_rows;
    struct count *counts; /* while filling */
    uint32_t n_counts, cap_counts;
    uint32_t *first; /* sealed: postings of a term are first[term] .. first[term + 1] */
    struct posting *postings;
};

struct bm25 *bm25_new(void)
{
    return zeroed(1, sizeof(struct bm25));
}

void bm25_free(struct bm25 *b)
{
    if (!b)
        return;
    lexicon_free(&b->lexicon);
    free(b->terms);
    free(b->lengths);
    free(b->counts);
    free(b->first);
    free(b->postings);
    free(b);
}

uint32_t bm25_term(struct bm25 *b, const char *term, size_t len)
{
    uint32_t known = b->lexicon.n;
    uint32_t number = lexicon_add(&b->lexicon, term, len);

    if (number == known) {
        b->terms = grow(b->terms, &b->cap_terms, (size_t)known + 1, sizeof(*b->terms));
        b->terms[number] = (struct term){0};
    }
    return number;
}

void bm25_next_row(struct bm25 *b)
{
    b->lengths = grow(b->lengths, &b->cap_rows, (size_t)b->n_rows + 1, sizeof(*b->lengths));
    b->lengths[b->n_rows++] = 0;
}

void bm25_add(struct bm25 *b, uint32_t term, uint32_t times)
{
    struct term *t = &b->terms[term];
    uint32_t row = b->n_rows - 1;

    b->lengths[row] += times;
    if (t->df > 0 && b->counts[t->last].row == row) {
        b->counts[t->last].times += times;
        return;
    }
    b->counts = grow(b->counts, &b->cap_counts, (size_t)b->n_counts + 1, sizeof(*b->counts));
    b->counts[b->n_counts] = (struct count){.term = term, .row = row, .times = times};
    t->last = b->n_counts++;
    t->df++;
}

void bm25_seal(struct bm25 *b)
{
    uint32_t n_terms = b->lexicon.n;
    uint32_t *next = zeroed(n_terms, sizeof(*next));
    double sum = 0;

    for (uint32_t row = 0; row < b->n_rows; row++)
        sum += b->lengths[row];
    float average = sum > 0 ? (float)(sum / b->n_rows) : 1;
    b->first = zeroed((size_t)n_terms + 1, sizeof(*b->first));
    b->postings = zeroed(b->n_counts, sizeof(*b->postings));
    for (uint32_t t = 0; t < n_terms; t++) {
        next[t] = b->first[t];
        b->first[t + 1] = b->first[t] + b->terms[t].df;
    }
    for (uint32_t i = 0; i < b->n_counts; i++) {
        const struct count *c = &b->counts[i];
        float tf = (float)c->times;
        float norm = K1 * (1 - B + B * (float)b->lengths[c->row] / average);

        b->postings[next[c->term]++] =
            (struct posting){.row = c->row, .weight = tf * (K1 + 1) / (tf + norm)};
    }
    free(next);
    free(b->lengths);
    free(b->counts);
    b->lengths = NULL;
    b->counts = NULL;
    b->terms = trimmed(b->terms, &b->cap_terms, n_terms, sizeof(*b->terms));
    lexicon_seal(&b->lexicon);
}

uint32_t bm25_find(const struct bm25 *b, const char *term, size_t len)
{
    return lexicon_find(&b->lexicon, term, len);
}

uint32_t bm25_df(const struct bm25 *b, uint32_t term)
{
    return b->terms[term].df;
}

size_t bm25_top(const struct bm25 *b, const uint32_t *terms, size_t n_terms, size_t k,
                struct hit *ret)
{
    struct topk top = {.at = ret, .k = k};

    if (n_terms == 0)
        return 0;
    float *scores = zeroed(b->n_rows, sizeof(*scores));
    for (size_t i = 0; i < n_terms; i++) {
        float df = (float)b->terms[terms[i]].df;
        float idf = logf(1 + ((float)b->n_rows - df + 0.5F) / (df + 0.5F));

        for (uint32_t p = b->first[terms[i]]; p < b->first[terms[i] + 1]; p++)
            scores[b->postings[p].row] += idf * b->postings[p].weight;
    }
    for (uint32_t row = 0; row < b->n_rows; row++) {
        if (scores[row] > 0)
            topk_offer(&top, row, scores[row]);
    }
    free(scores);
    return topk_finish(&top);
}

size_t bm25_bytes(const struct bm25 *b)
{
    size_t n_terms = b->lexicon.n;

    return sizeof(*b) + lexicon_bytes(&b->lexicon) + n_terms * sizeof(*b->terms) +
           (n_terms + 1) * sizeof(*b->first) + b->n_counts * sizeof(*b->postings);
}

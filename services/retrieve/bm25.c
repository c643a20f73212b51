/* Postings are gathered as they come, then packed term by term. */
#include "retrieve/bm25.h"

#include "base/grow.h"
#include "text/lexicon.h"

#include <math.h>
#include <stdbool.h>

/* For passages, which are of one size nearly: tests/relevance, at 400 and 1,000 characters. */
static const float K1 = 0.9F, B = 0.4F;

struct term {
    uint32_t df;
    uint32_t at; /* while filling: its count in the row it was last seen in; sealed: its postings */
};

/* while filling */
struct count {
    uint32_t term, row, times;
};

struct bm25 {
    struct cs_lexicon lexicon;
    struct term *terms;
    uint32_t cap_terms;
    uint32_t *lengths; /* while filling: terms of each row */
    uint32_t n_rows, cap_rows;
    struct count *counts; /* while filling */
    uint32_t n_counts, cap_counts;
    unsigned char
        *postings;  /* sealed: of each term, rows ascending, as posting_put() writes them */
    size_t n_bytes; /* kept up to date while filling */
    float *norms;   /* sealed: what the length of a row adds below the line */
};

struct bm25 *bm25_new(void)
{
    return zeroed(1, sizeof(struct bm25));
}

void bm25_free(struct bm25 *b)
{
    if (!b)
        return;
    cs_lexicon_free(&b->lexicon);
    free(b->terms);
    free(b->lengths);
    free(b->counts);
    free(b->postings);
    free(b->norms);
    free(b);
}

uint32_t bm25_term(struct bm25 *b, const char *term, size_t len)
{
    uint32_t known = b->lexicon.n;
    uint32_t number = cs_lexicon_add(&b->lexicon, term, len);

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

/* Seven bits a byte, the lowest first; the last byte is below 128. Only counts when out is NULL. */
static size_t varint_put(unsigned char *out, uint32_t v)
{
    size_t n = 0;

    for (; v >= 0x80; v >>= 7, n++)
        if (out)
            out[n] = (unsigned char)(v | 0x80);
    if (out)
        out[n] = (unsigned char)v;
    return n + 1;
}

static size_t times_size(uint32_t times)
{
    return times > 1 ? varint_put(NULL, times) : 0;
}

void bm25_add(struct bm25 *b, uint32_t term, uint32_t times, uint32_t length)
{
    struct term *t = &b->terms[term];
    uint32_t row = b->n_rows - 1;

    b->lengths[row] += length;
    struct count *last = t->df > 0 ? &b->counts[t->at] : NULL;
    if (last && last->row == row) {
        b->n_bytes += times_size(last->times + times) - times_size(last->times);
        last->times += times;
        return;
    }
    b->n_bytes += varint_put(NULL, (row - (last ? last->row : 0)) << 1) + times_size(times);
    b->counts = grow(b->counts, &b->cap_counts, (size_t)b->n_counts + 1, sizeof(*b->counts));
    b->counts[b->n_counts] = (struct count){.term = term, .row = row, .times = times};
    t->at = b->n_counts++;
    t->df++;
}

/* ---- packing ---- */

static inline const unsigned char *varint_get(const unsigned char *p, uint32_t *ret)
{
    uint32_t v = *p & 0x7f;

    for (int shift = 7; *p++ & 0x80; shift += 7)
        v |= (uint32_t)(*p & 0x7f) << shift;
    *ret = v;
    return p;
}

/*
 * One pass over all counts, which are in the order of their rows: bytes of each term, or the bytes. A posting is the
 * rows passed since the one before and, in the lowest bit, whether its times follow: once is the rule.
 */
static void postings_pass(struct bm25 *b, uint32_t *next, uint32_t *last)
{
    for (uint32_t t = 0; t < b->lexicon.n; t++)
        last[t] = 0;
    for (uint32_t i = 0; i < b->n_counts; i++) {
        const struct count *c = &b->counts[i];
        unsigned char *out = b->postings ? b->postings + next[c->term] : NULL;
        size_t n = varint_put(out, (c->row - last[c->term]) << 1 | (c->times > 1));

        if (c->times > 1)
            n += varint_put(out ? out + n : NULL, c->times);
        next[c->term] += (uint32_t)n;
        last[c->term] = c->row;
    }
}

static void bm25_pack(struct bm25 *b)
{
    uint32_t n_terms = b->lexicon.n;
    uint32_t *next = zeroed(n_terms, sizeof(*next)), *last = zeroed(n_terms, sizeof(*last));

    size_t at = 0;

    if (b->n_bytes > UINT32_MAX)
        abort();
    postings_pass(b, next, last);
    for (uint32_t t = 0; t < n_terms; t++) {
        uint32_t bytes = next[t];
        b->terms[t].at = next[t] = (uint32_t)at;
        at += bytes;
    }
    b->postings = zeroed(b->n_bytes, 1);
    postings_pass(b, next, last);
    free(next);
    free(last);
}

void bm25_seal(struct bm25 *b)
{
    double sum = 0;

    for (uint32_t row = 0; row < b->n_rows; row++)
        sum += b->lengths[row];
    float average = sum > 0 ? (float)(sum / b->n_rows) : 1;
    b->norms = zeroed(b->n_rows, sizeof(*b->norms));
    for (uint32_t row = 0; row < b->n_rows; row++)
        b->norms[row] = K1 * (1 - B + B * (float)b->lengths[row] / average);
    bm25_pack(b);
    free(b->lengths);
    free(b->counts);
    b->lengths = NULL;
    b->counts = NULL;
    b->terms = trimmed(b->terms, &b->cap_terms, b->lexicon.n, sizeof(*b->terms));
    cs_lexicon_seal(&b->lexicon);
}

/* ---- asking ---- */

uint32_t bm25_find(const struct bm25 *b, const char *term, size_t len)
{
    return cs_lexicon_find(&b->lexicon, term, len);
}

uint32_t bm25_df(const struct bm25 *b, uint32_t term)
{
    return b->terms[term].df;
}

uint32_t bm25_terms(const struct bm25 *b)
{
    return b->lexicon.n;
}

const char *bm25_text(const struct bm25 *b, uint32_t term, size_t *ret_len)
{
    return cs_lexicon_text(&b->lexicon, term, ret_len);
}

struct posting {
    const unsigned char *at; /* of the next one */
    uint32_t left, row, times;
};

static struct posting posting_first(const struct bm25 *b, uint32_t term)
{
    return (struct posting){.at = b->postings + b->terms[term].at, .left = b->terms[term].df};
}

static inline bool posting_next(struct posting *p)
{
    uint32_t step;

    if (p->left == 0)
        return false;
    p->left--;
    p->at = varint_get(p->at, &step);
    p->row += step >> 1;
    p->times = 1;
    if (step & 1)
        p->at = varint_get(p->at, &p->times);
    return true;
}

/* What the term adds to a row that consists of it, nearly. */
static float term_most(const struct bm25 *b, const struct bm25_query_term *q)
{
    float df = (float)(q->df < b->n_rows ? q->df : b->n_rows);

    return logf(1 + ((float)b->n_rows - df + 0.5F) / (df + 0.5F)) * q->weight * (K1 + 1);
}

static inline float term_part(const struct bm25 *b, const struct posting *p, float most)
{
    return most * (float)p->times / ((float)p->times + b->norms[p->row]);
}

static void term_add(const struct bm25 *b, const struct bm25_query_term *q, float *scores)
{
    struct posting p = posting_first(b, q->term);
    float most = term_most(b, q);

    while (posting_next(&p))
        scores[p.row] += term_part(b, &p, most);
}

void bm25_parts(const struct bm25 *b, const struct bm25_query_term *term, const uint32_t *rows,
                size_t n, float *ret)
{
    struct posting p = posting_first(b, term->term);
    float most = term_most(b, term);
    bool more = posting_next(&p);

    for (size_t i = 0; i < n; i++) {
        while (more && p.row < rows[i])
            more = posting_next(&p);
        ret[i] = more && p.row == rows[i] ? term_part(b, &p, most) : 0;
    }
}

void bm25_top(const struct bm25 *b, const struct bm25_query_term *terms, size_t n_terms,
              struct topk *top)
{
    if (n_terms == 0)
        return;
    float *scores = zeroed(b->n_rows, sizeof(*scores));
    for (size_t i = 0; i < n_terms; i++)
        term_add(b, &terms[i], scores);
    for (uint32_t row = 0; row < b->n_rows; row++) {
        if (scores[row] > 0)
            topk_offer(top, row, scores[row]);
    }
    free(scores);
}

size_t bm25_bytes(const struct bm25 *b)
{
    return sizeof(*b) + cs_lexicon_bytes(&b->lexicon) + b->lexicon.n * sizeof(*b->terms) +
           b->n_bytes + b->n_rows * sizeof(*b->norms);
}

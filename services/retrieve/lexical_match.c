/* Words of a question in a text, found by the same terms as in the index. */
#include "retrieve/lexical_index.h"

struct matching {
    const struct lexical *l;
    const struct lexical_query *query;
    enum cs_language language;
    struct lexical_stems stems;
    struct lexical_match *at;
    size_t n, max;
};

/* The term under which the index has a word of a row. */
static uint32_t matching_term(struct matching *m, const struct cs_word *w)
{
    const char *text = w->text;
    size_t len = w->len;

    if (w->kind == CS_WORD_LONE)
        return CS_LEXICON_NONE;
    if (w->kind == CS_WORD || w->kind == CS_WORD_PART || w->kind == CS_WORD_WHOLE)
        text = lexical_stem(&m->stems, m->language, w->text, w->len, &len);
    return bm25_find(m->l->index, text, len);
}

static bool matching_asks(const struct lexical_query *q, uint32_t term)
{
    size_t i = 0;

    while (i < q->n_terms && q->terms[i].term != term)
        i++;
    return i < q->n_terms;
}

/* Words come by their beginnings, but the parts of an identifier lie within it. */
static void match_word(void *state, const struct cs_word *w)
{
    struct matching *m = state;
    struct lexical_match *last = m->n > 0 ? &m->at[m->n - 1] : NULL;

    bool within = last && w->start < last->end;

    if ((m->n == m->max && !within) || !matching_asks(m->query, matching_term(m, w)))
        return;
    if (within)
        last->end = w->end > last->end ? w->end : last->end;
    else /* there is room: NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        m->at[m->n++] = (struct lexical_match){.start = w->start, .end = w->end};
}

size_t lexical_matches(const struct lexical *l, const struct lexical_query *q,
                       enum cs_language language, const char *text, struct lexical_match *ret,
                       size_t max)
{
    struct matching m = {.l = l, .query = q, .language = language, .at = ret, .max = max};

    if (q->n_terms > 0 && max > 0)
        cs_words(text, strlen(text), match_word, &m);
    cs_stemmer_free(&m.stems.stemmer);
    return m.n;
}

char *lexical_term_text(const struct lexical *l, struct cs_arena *a, uint32_t term)
{
    size_t len;
    const char *text = bm25_text(l->index, term, &len);
    size_t mark = len > 0 && *text == LEXICAL_STOP_MARK;

    return cs_strndup(a, text + mark, len - mark);
}

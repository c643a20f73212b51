/* Words of a question become groups of terms: stems, spellings with and without accents, guesses. */
#include "retrieve/lexical_index.h"

#include "base/utf8.h"

#include <math.h>
#include <string.h>

enum {
    SMALL_COLLECTION = 1000, /* rows; in larger ones a word said once is often misspelt itself */
    GROUP_MAX = 64,          /* terms that stand for one word */
    FEW_WORDS = 2,           /* besides stop words */
    JOINED_MAX = CS_WORD_WHOLE_MAX,
};

/* How much a guess counts beside the word itself. */
static const float WITHOUT_ACCENTS = 0.8F, OTHER_ACCENTS = 0.4F, JOINED = 0.5F, EARLIER = 0.4F,
                   EARLIER_MEANT = 0.7F;

/* Terms that stand for one word, and so share its document frequency. */
struct group {
    struct bm25_query_term at[GROUP_MAX];
    size_t n;
};

struct parse {
    const struct lexical *l;
    const char *query;
    struct lexical_query *ret;
    enum cs_language language; /* of the question */
    bool apart;        /* it has no stop words, so stems of several languages are a guess each */
    bool all_capitals; /* so capitals say nothing */
    bool with_stops;   /* the second look */
    int stops, others; /* words seen */
    float weight;      /* of the question; below 1 for an earlier one */
    struct lexical_stems stems;
    /* the word before, to which the next one may belong: wi fi */
    char before[CS_WORD_WHOLE_MAX];
    size_t n_before, before_end;
    bool before_stops;
    struct cs_buf corrected;
    size_t copied; /* bytes of query that corrected stands for */
    int corrections, tried, singles;
    uint32_t budget; /* of spelling */
};

/* ---- groups ---- */

static void group_add(const struct lexical *l, struct group *g, uint32_t term, float weight)
{
    uint32_t df = term == CS_LEXICON_NONE ? 0 : bm25_df(l->index, term);

    if (df == 0 || weight <= 0)
        return;
    for (size_t i = 0; i < g->n; i++)
        if (g->at[i].term == term) {
            g->at[i].weight = fmaxf(g->at[i].weight, weight);
            return;
        }
    if (g->n < GROUP_MAX)
        g->at[g->n++] = (struct bm25_query_term){.term = term, .df = df, .weight = weight};
}

static bool group_take(struct parse *p, const struct group *g, float weight)
{
    struct lexical_query *q = p->ret;
    uint64_t df = 0;

    for (size_t i = 0; i < g->n; i++)
        df += g->at[i].df;
    for (size_t i = 0; i < g->n; i++) {
        size_t at = 0;
        while (at < q->n_terms && q->terms[at].term != g->at[i].term)
            at++;
        if (at == LEXICAL_MAX_TERMS)
            break;
        float w = g->at[i].weight * weight;
        if (at == q->n_terms)
            q->terms[q->n_terms++] = (struct bm25_query_term){
                .term = g->at[i].term,
                .df = p->apart ? g->at[i].df : (uint32_t)(df < UINT32_MAX ? df : UINT32_MAX),
                .weight = w};
        else if (w > q->terms[at].weight)
            q->terms[at].weight = w;
    }
    return g->n > 0;
}

/* ---- accents ---- */

size_t lexical_umlauts(const char *word, size_t len, char *out)
{
    static const char *const umlauts[] = {"ä", "ö", "ü"};
    size_t n = 0;
    bool changed = false;

    for (size_t i = 0; i < len; i++) {
        size_t u = 0;
        while (u < 3 && (i + 1 >= len || memcmp(word + i, umlauts[u], 2) != 0))
            u++;
        if (u == 3) {
            out[n++] = word[i];
            continue;
        }
        out[n++] = "aou"[u];
        out[n++] = 'e';
        changed = true;
        i++;
    }
    return changed ? n : 0;
}

/* Letters that only Vietnamese has, to whose readers another mark is another word. */
static bool is_vietnamese(const char *word, size_t len)
{
    uint32_t c;

    for (size_t i = 0, n; i < len && (n = cs_utf8_next(word + i, len - i, &c)) > 0; i += n)
        if ((c >= 0x1ea0 && c < 0x1efa) || c == 0x1a1 || c == 0x1b0)
            return true;
    return false;
}

/* The words that have the plain form `key`, as far as they may be meant by `word`. */
static void group_add_accents(struct parse *p, struct group *g, const char *word, size_t len,
                              bool word_has_accents, uint32_t key)
{
    const struct lexical *l = p->l;
    uint32_t low = 0, high = l->n_accents;

    group_add(l, g, key, WITHOUT_ACCENTS);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (l->accents[middle].plain < key)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < l->n_accents && l->accents[low].plain == key; low++) {
        size_t other_len;
        const char *other = bm25_text(l->index, l->accents[low].term, &other_len);
        bool strict =
            word_has_accents && (is_vietnamese(word, len) || is_vietnamese(other, other_len));
        group_add(l, g, l->accents[low].term,
                  strict             ? 0
                  : word_has_accents ? OTHER_ACCENTS
                                     : WITHOUT_ACCENTS);
    }
}

/* ---- words ---- */

/* The term of the word's stem, or CS_LEXICON_NONE. */
static uint32_t parse_stem_term(struct parse *p, enum cs_language language, const char *word,
                                size_t len)
{
    size_t stem_len;
    const char *stem = lexical_stem(&p->stems, language, word, len, &stem_len);

    return bm25_find(p->l->index, stem, stem_len);
}

/*
 * True if the collection knows the word. The stems of all languages are one guess, which is as frequent as they are
 * together; but each its own for a question that shows no language: the stem of a French word may be a frequent one in
 * English, which says nothing about it in French.
 */
static bool parse_add_word(struct parse *p, const char *word, size_t len, float weight)
{
    char plain[2 * CS_WORD_WHOLE_MAX], umlauts[CS_WORD_WHOLE_MAX];
    size_t n_plain = cs_word_plain(word, len, plain),
           n_umlauts = lexical_umlauts(word, len, umlauts);
    struct group g = {.n = 0};

    for (enum cs_language l = 0; l < CS_LANGUAGES; l++) {
        if (!(p->l->languages >> l & 1) || lexical_is_stop(l, word, len))
            continue;
        uint32_t term = parse_stem_term(p, l, word, len);
        uint32_t key = n_plain ? parse_stem_term(p, l, plain, n_plain) : term;
        group_add(p->l, &g, term, 1);
        if (key != CS_LEXICON_NONE)
            group_add_accents(p, &g, word, len, n_plain > 0, key);
        if (n_umlauts)
            group_add(p->l, &g, parse_stem_term(p, l, umlauts, n_umlauts), WITHOUT_ACCENTS);
    }
    bool stops = p->with_stops || g.n == 0;
    for (enum cs_language l = 0; stops && l < CS_LANGUAGES; l++)
        if (p->l->languages >> l & 1 && lexical_is_stop(l, word, len))
            group_add(p->l, &g, parse_stem_term(p, l, word, len), 1);
    return group_take(p, &g, weight);
}

/* A single character of a dense script, of which the index has the pairs. */
static bool parse_add_single(struct parse *p, const struct cs_word *w)
{
    const struct bm25 *index = p->l->index;
    uint32_t n = bm25_terms(index);
    struct group g = {.n = 0};

    group_add(p->l, &g, bm25_find(index, w->text, w->len), 1);
    if (p->singles++ < LEXICAL_MAX_SINGLES && n <= p->budget) {
        p->budget -= n;
        for (uint32_t term = 0; term < n && g.n < GROUP_MAX; term++) {
            size_t len;
            const char *text = bm25_text(index, term, &len);
            if (len > w->len && (memcmp(text, w->text, w->len) == 0 ||
                                 memcmp(text + len - w->len, w->text, w->len) == 0))
                group_add(p->l, &g, term, 1);
        }
    }
    return group_take(p, &g, p->weight);
}

/* ---- spelling ---- */

struct stem_state {
    struct lexical_stems *stems;
    enum cs_language language;
};

static const char *stem_of(void *state, const char *word, size_t len, size_t *ret_len)
{
    struct stem_state *s = state;

    return cs_stemmer_stem(&s->stems->stemmer, s->language, word, len, ret_len);
}

/* Number of the word that was meant, or CS_LEXICON_NONE: as it is written, by its stem, or a rare one. */
static uint32_t parse_correction(struct parse *p, const char *word, size_t len)
{
    const struct spell *spell = &p->l->spell;
    uint32_t least = p->l->n_rows < SMALL_COLLECTION ? 1 : 2;
    uint32_t number = spell_correct(spell, word, len, least, &p->budget);

    for (enum cs_language l = 0; l < CS_LANGUAGES && number == CS_LEXICON_NONE; l++) {
        struct stem_state state = {.stems = &p->stems, .language = l};
        if (p->l->languages >> l & 1)
            number = spell_correct_stem(spell, word, len, least, stem_of, &state, &p->budget);
    }
    if (number == CS_LEXICON_NONE && least > 1)
        number = spell_correct(spell, word, len, 1, &p->budget);
    return number;
}

static bool parse_correct(struct parse *p, const struct cs_word *w)
{
    size_t len;

    if (p->corrections == LEXICAL_MAX_CORRECTIONS || is_vietnamese(w->text, w->len) ||
        p->tried++ >= LEXICAL_MAX_TRIED)
        return false;
    uint32_t number = parse_correction(p, w->text, w->len);
    if (number == CS_LEXICON_NONE)
        return false;
    const char *word = cs_lexicon_text(&p->l->spell.words, number, &len);
    if (len == w->len && memcmp(word, w->text, len) == 0)
        return false;
    p->corrections++;
    cs_buf_add(&p->corrected, p->query + p->copied, w->start - p->copied);
    cs_buf_add(&p->corrected, word, len);
    p->copied = w->end;
    return parse_add_word(p, word, len, p->weight);
}

/* ---- the question ---- */

/* Two words of the question may be one of the documents: wi fi, log in. */
static void parse_join(struct parse *p, const struct cs_word *w, bool stops)
{
    char joined[JOINED_MAX];
    size_t n = p->n_before;

    bool adjacent =
        n > 1 && w->len > 1 && w->start == p->before_end + 1 && !(stops && p->before_stops);
    if (adjacent && n + w->len <= JOINED_MAX) {
        memcpy(joined, p->before, n);
        memcpy(joined + n, w->text, w->len);
        parse_add_word(p, joined, n + w->len, JOINED * p->weight);
    }
    p->n_before = w->len;
    p->before_end = w->end;
    p->before_stops = stops;
    memcpy(p->before, w->text, w->len);
}

/* A word of the question itself, which is not a stop word. */
static void parse_count(struct parse *p, bool known)
{
    p->others++;
    if (p->weight >= 1) {
        p->ret->asked++;
        p->ret->known += known;
    }
}

static bool parse_dense(struct parse *p, const struct cs_word *w)
{
    struct group g = {.n = 0};

    if (w->kind != CS_WORD_PAIR)
        return parse_add_single(p, w);
    group_add(p->l, &g, bm25_find(p->l->index, w->text, w->len), 1);
    return group_take(p, &g, p->weight);
}

static void parse_word(void *state, const struct cs_word *w)
{
    struct parse *p = state;

    if (w->kind == CS_WORD_SINGLE || w->kind == CS_WORD_LONE || w->kind == CS_WORD_PAIR) {
        parse_count(p, parse_dense(p, w));
        return;
    }
    bool stops = lexical_is_stop(p->language, w->text, w->len);
    if (stops && w->capitals && !p->all_capitals)
        stops = false;
    p->stops += stops;
    if (w->kind == CS_WORD && p->weight >= 1)
        parse_join(p, w, stops);
    if (stops && !p->with_stops)
        return;
    bool known = parse_add_word(p, w->text, w->len, p->weight);
    if (!known && w->kind == CS_WORD && !stops && p->weight >= 1)
        known = parse_correct(p, w);
    if (!stops)
        parse_count(p, known);
}

static void parse_look(void *state, const struct cs_word *w)
{
    struct parse *p = state;

    p->all_capitals &= w->capitals || w->kind == CS_WORD_PART;
    p->apart &= !lexical_is_stop(p->language, w->text, w->len);
}

static void parse_text(struct parse *p, const char *text)
{
    size_t len = strlen(text);

    p->language = cs_language_of_question(text, len, p->l->languages);
    p->all_capitals = true;
    p->apart = (p->l->languages & (p->l->languages - 1)) != 0;
    cs_words(text, len, parse_look, p);
    p->n_before = 0;
    cs_words(text, len, parse_word, p);
}

/*
 * Words of earlier questions, unless half of the rows have them. They count more for a question of few words, which
 * can hardly mean anything by itself.
 */
static void parse_earlier(struct parse *p, char *const *earlier, size_t n)
{
    struct lexical_query *q = p->ret;
    size_t own = q->n_terms, kept = own;

    p->weight = p->stops >= p->others || p->others <= FEW_WORDS ? EARLIER_MEANT : EARLIER;
    for (size_t i = 0; i < n && i < LEXICAL_MAX_EARLIER; i++) {
        parse_text(p, earlier[i]);
        p->weight *= 0.5F;
    }
    for (size_t i = own; i < q->n_terms; i++)
        if (p->l->n_rows < 4 || q->terms[i].df * 2 <= p->l->n_rows)
            q->terms[kept++] = q->terms[i];
    q->n_terms = kept;
}

void lexical_parse(const struct lexical *l, struct cs_arena *a, const char *query,
                   char *const *earlier, size_t n_earlier, struct lexical_query *ret)
{
    struct parse p = {.l = l, .query = query, .ret = ret, .weight = 1, .budget = SPELL_BUDGET};

    *ret = (struct lexical_query){.n_terms = 0};
    parse_text(&p, query);
    if (p.others == 0 && p.stops > 0) {
        p.with_stops = true;
        parse_text(&p, query);
        p.with_stops = false;
    }
    /* a question of words that nothing has is another one: it finds nothing */
    if (ret->n_terms > 0 || p.stops >= p.others)
        parse_earlier(&p, earlier, n_earlier);
    if (p.corrections > 0) {
        cs_buf_adds(&p.corrected, query + p.copied);
        ret->corrected = cs_strdup(a, p.corrected.data);
    }
    cs_buf_free(&p.corrected);
    cs_stemmer_free(&p.stems.stemmer);
}

/* Words and stems in a lexicon, which knows each of them once. */
#include "chat/wordlist.h"

#include "base/buf.h"
#include "text/language.h"
#include "text/lexicon.h"
#include "text/word.h"

#include <string.h>

struct wordlist {
    struct cs_lexicon words;
    struct cs_stemmer stemmer;
    enum cs_language language;
};

static void wordlist_add(void *state, const struct cs_word *w)
{
    struct wordlist *l = state;
    const char *stem;
    size_t len;

    if (l->words.n + 2 > WORDLIST_MAX || w->len == 0)
        return;
    cs_lexicon_add(&l->words, w->text, w->len);
    stem = cs_stemmer_stem(&l->stemmer, l->language, w->text, w->len, &len);
    if (stem && len > 0)
        cs_lexicon_add(&l->words, stem, len);
}

char **wordlist_of(struct cs_arena *a, const char *text, size_t *ret_n)
{
    size_t len = strlen(text);
    struct wordlist l = {.language = cs_language_of(text, len)};
    char **words;

    cs_words(text, len, wordlist_add, &l);
    words = CS_NEW(a, char *, l.words.n);
    for (uint32_t i = 0; i < l.words.n; i++) {
        size_t n;
        const char *word = cs_lexicon_text(&l.words, i, &n);
        words[i] = cs_strndup(a, word, n);
    }
    *ret_n = l.words.n;
    cs_lexicon_free(&l.words);
    cs_stemmer_free(&l.stemmer);
    return words;
}

/* ---- questions ---- */

struct query_words {
    struct cs_arena *arena;
    struct cs_stemmer stemmer;
    enum cs_language language;
    bool stops; /* words that say nothing count, too */
    bool plain;
    char *items[WORDLIST_QUERY_MAX];
    size_t n;
};

/* a word between quotes as tsquery reads it */
static void query_quote(struct cs_buf *b, const char *word, size_t len)
{
    cs_buf_adds(b, "'");
    for (size_t i = 0; i < len; i++) {
        if (word[i] == '\'' || word[i] == '\\')
            cs_buf_add(b, &word[i], 1);
        cs_buf_add(b, &word[i], 1);
    }
    cs_buf_adds(b, "'");
}

static void query_add(void *state, const struct cs_word *w)
{
    struct query_words *q = state;
    CS_BUF_AUTO struct cs_buf b = {0};
    const char *stem;
    size_t len;

    if (q->n == WORDLIST_QUERY_MAX || w->len == 0 ||
        (!q->stops && (cs_language_stops(w->text, w->len) & (1u << q->language))))
        return;
    if (q->plain) {
        cs_buf_add(&b, w->text, w->len);
    } else {
        query_quote(&b, w->text, w->len);
        stem = cs_stemmer_stem(&q->stemmer, q->language, w->text, w->len, &len);
        if (stem && len > 0 && (len != w->len || memcmp(stem, w->text, len) != 0)) {
            cs_buf_adds(&b, " | ");
            query_quote(&b, stem, len);
        }
    }
    for (size_t i = 0; i < q->n; i++)
        if (strcmp(q->items[i], b.data) == 0)
            return;
    q->items[q->n++] = cs_strdup(q->arena, b.data);
}

static char **query_words(struct cs_arena *a, const char *question, bool plain, size_t *ret_n)
{
    size_t len = strlen(question);
    struct query_words q = {.arena = a, .language = cs_language_of(question, len), .plain = plain};

    cs_words(question, len, query_add, &q);
    if (q.n == 0) {
        q.stops = true;
        cs_words(question, len, query_add, &q);
    }
    cs_stemmer_free(&q.stemmer);
    *ret_n = q.n;
    return cs_memdup(a, q.items, sizeof(q.items));
}

char **wordlist_queries(struct cs_arena *a, const char *question, size_t *ret_n)
{
    return query_words(a, question, false, ret_n);
}

char **wordlist_patterns(struct cs_arena *a, const char *question, size_t max, size_t *ret_n)
{
    char **words = query_words(a, question, true, ret_n);

    if (*ret_n > max)
        *ret_n = max;
    for (size_t i = 0; i < *ret_n; i++) {
        CS_BUF_AUTO struct cs_buf b = {0};
        cs_buf_adds(&b, "%");
        for (const char *p = words[i]; *p; p++) {
            if (strchr("\\%_", *p))
                cs_buf_adds(&b, "\\");
            cs_buf_add(&b, p, 1);
        }
        cs_buf_adds(&b, "%");
        words[i] = cs_strdup(a, b.data);
    }
    return words;
}

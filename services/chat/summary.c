/* Sentences weighed by the words that they share with the others; each pick takes its words out of the count. */
#include "chat/summary.h"

#include "base/buf.h"
#include "chat/builtin.h"
#include "chat/units.h"
#include "text/character.h"
#include "text/language.h"
#include "text/lexicon.h"
#include "text/word.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { SENTENCES_MAX = 400, SENTENCE_BYTES = 240, WORDS_OF_SENTENCE = 40, WORDS_MAX = 20000 };

struct sentence {
    char *text; /* in one line */
    uint32_t words[WORDS_OF_SENTENCE];
    size_t n;
    bool user, picked;
};

struct extract {
    struct cs_arena *arena;
    struct sentence *sentences;
    size_t n;
    struct cs_lexicon words;
    float *counts; /* of the words */
    struct sentence *at;
};

static void sentence_word(void *state, const struct cs_word *w)
{
    struct extract *e = state;
    struct sentence *s = e->at;
    uint32_t number;

    if (s->n == WORDS_OF_SENTENCE || w->len == 0 || e->words.n >= WORDS_MAX ||
        cs_language_stops(w->text, w->len))
        return;
    number = cs_lexicon_add(&e->words, w->text, w->len);
    for (size_t i = 0; i < s->n; i++)
        if (s->words[i] == number)
            return;
    s->words[s->n++] = number;
}

/* In one line, without the numbers of citations, and cut where a reader sees the end of a character. */
static char *sentence_line(struct cs_arena *a, const char *text, size_t len)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    for (size_t i = 0; i < len; i++) {
        size_t digits = text[i] == '[' ? strspn(text + i + 1, "0123456789") : 0;
        bool space = isspace((unsigned char)text[i]);
        if (digits > 0 && i + digits + 1 < len && text[i + digits + 1] == ']') {
            i += digits + 1;
            b.len -= b.len > 0 && b.data[b.len - 1] == ' ';
            continue;
        }
        if (!space)
            cs_buf_add(&b, text + i, 1);
        else if (b.len > 0 && b.data[b.len - 1] != ' ')
            cs_buf_adds(&b, " ");
    }
    while (b.len > 0 && b.data[b.len - 1] == ' ')
        b.len--;
    if (b.len == 0)
        return NULL;
    if (b.len <= SENTENCE_BYTES)
        return cs_strndup(a, b.data, b.len);
    return cs_printf(a, "%.*s…", (int)cs_char_cut(b.data, b.len, SENTENCE_BYTES), b.data);
}

/* Quotations lose their marks, and what the builtin answerer says by itself is left out. */
static char *sentences_text(struct cs_arena *a, const char *text)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    while (*text) {
        size_t n = strcspn(text, "\n");
        const char *line = text, *end = text + n;
        while (line < end && (*line == '>' || *line == ' '))
            line++;
        if (!builtin_said(line, (size_t)(end - line))) {
            cs_buf_add(&b, line, (size_t)(end - line));
            cs_buf_adds(&b, "\n");
        }
        text = end + (*end == '\n');
    }
    return cs_strdup(a, b.data ? b.data : "");
}

static void extract_add(struct extract *e, const struct summary_text *said)
{
    struct unit *units = CS_NEW(e->arena, struct unit, MAX_UNITS);
    size_t n = units_of(sentences_text(e->arena, said->text), units);

    for (size_t i = 0; i < n && e->n < SENTENCES_MAX; i++) {
        struct sentence *s = e->at = &e->sentences[e->n];
        if (units[i].kind == UNIT_CODE)
            continue;
        *s = (struct sentence){.text = sentence_line(e->arena, units[i].at, units[i].len),
                               .user = said->user};
        if (!s->text)
            continue;
        cs_words(s->text, strlen(s->text), sentence_word, e);
        e->n++;
    }
}

static void extract_count(struct extract *e)
{
    e->counts = CS_NEW(e->arena, float, e->words.n);
    for (size_t i = 0; i < e->n; i++)
        for (size_t k = 0; k < e->sentences[i].n; k++)
            e->counts[e->sentences[i].words[k]]++;
}

static void extract_pick(struct extract *e, struct sentence *s)
{
    s->picked = true;
    for (size_t k = 0; k < s->n; k++)
        e->counts[s->words[k]] = 0;
}

/* NULL when none says anything new. */
static struct sentence *extract_best(struct extract *e)
{
    struct sentence *best = NULL;
    float most = 0;

    for (size_t i = 0; i < e->n; i++) {
        struct sentence *s = &e->sentences[i];
        float sum = 0;
        for (size_t k = 0; k < s->n; k++)
            sum += e->counts[s->words[k]];
        sum /= sqrtf((float)(s->n + 3)); /* a long sentence is not better by its length */
        if (!s->picked && sum > most) {
            most = sum;
            best = s;
        }
    }
    return best;
}

char *summary_extract(struct cs_arena *a, const struct summary_text *said, size_t n)
{
    struct extract e = {.arena = a, .sentences = CS_NEW(a, struct sentence, SENTENCES_MAX)};
    CS_BUF_AUTO struct cs_buf b = {0};
    struct sentence *s = NULL;

    for (size_t i = 0; i < n && e.n < SENTENCES_MAX; i++)
        extract_add(&e, &said[i]);
    extract_count(&e);
    for (size_t i = 0; i < e.n && !s; i++)
        s = e.sentences[i].user ? &e.sentences[i] : NULL;
    for (int k = 0; k < SUMMARY_PICKED && (s || (s = extract_best(&e))); k++, s = NULL)
        extract_pick(&e, s);
    for (size_t i = 0; i < e.n; i++)
        if (e.sentences[i].picked)
            cs_buf_addf(&b, "%s%s", b.len ? " " : "", e.sentences[i].text);
    cs_lexicon_free(&e.words);
    return cs_strdup(a, b.data ? b.data : "");
}

/* One table of stop words with a bit for each language, and a stemmer per thread and language. */
#include "retrieve/language.h"

#include "retrieve/lexicon.h"
#include "retrieve/tokenize.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 4096, LEAST_STOPS = 3 };

static const struct {
    const char *code, *snowball;
} names[LANGUAGES] = {
    [LANGUAGE_EN] = {"en", "english"}, [LANGUAGE_DE] = {"de", "german"},
    [LANGUAGE_FR] = {"fr", "french"},  [LANGUAGE_ES] = {"es", "spanish"},
    [LANGUAGE_IT] = {"it", "italian"}, [LANGUAGE_PT] = {"pt", "portuguese"},
    [LANGUAGE_NL] = {"nl", "dutch"},   [LANGUAGE_RU] = {"ru", "russian"},
};

/* all stop words, and for each the languages it stops in; constant after the start */
static struct lexicon stops;
static uint32_t *stops_in;

static void add_stops(enum language l)
{
    const char *word = language_stop_words[l];

    while (*word) {
        size_t len = strcspn(word, " ");
        uint32_t known = stops.n, number = lexicon_add(&stops, word, len);

        if (number == known) {
            stops_in = reallocarray(stops_in, stops.n, sizeof(*stops_in));
            if (!stops_in)
                abort();
            stops_in[number] = 0;
        }
        stops_in[number] |= 1U << l;
        word += len + strspn(word + len, " ");
    }
}

void language_start(void)
{
    if (stops.n > 0)
        return;
    for (int l = 0; l < LANGUAGES; l++)
        add_stops((enum language)l);
}

void language_stop(void)
{
    lexicon_free(&stops);
    free(stops_in);
    stops_in = NULL;
}

uint32_t language_stops(const char *word, size_t len)
{
    uint32_t number = lexicon_find(&stops, word, len);

    return number == LEXICON_NONE ? 0 : stops_in[number];
}

static void count_stops(void *state, const struct token *token)
{
    int *n = state;
    uint32_t in = token->kind == TOKEN_WORD ? language_stops(token->text, token->len) : 0;

    for (int l = 0; l < LANGUAGES; l++)
        n[l] += (int)(in >> l & 1);
}

enum language language_of(const char *text, size_t len)
{
    int n[LANGUAGES] = {0}, best = LANGUAGE_EN;

    tokenize(text, len < SAMPLE ? len : SAMPLE, count_stops, n);
    for (int l = 0; l < LANGUAGES; l++) {
        if (n[l] > n[best])
            best = l;
    }
    return n[best] >= LEAST_STOPS ? (enum language)best : LANGUAGE_EN;
}

const char *language_code(enum language l)
{
    return names[l].code;
}

enum language language_by_code(const char *code)
{
    for (int l = 0; l < LANGUAGES; l++) {
        if (strcmp(names[l].code, code) == 0)
            return (enum language)l;
    }
    return LANGUAGE_EN;
}

const char *stemmer_stem(struct stemmer *s, enum language l, const char *word, size_t len,
                         size_t *ret_len)
{
    if (!s->of[l])
        s->of[l] = sb_stemmer_new(names[l].snowball, NULL);
    if (!s->of[l])
        abort(); /* out of memory: the names are Snowball's own */
    const sb_symbol *stem = sb_stemmer_stem(s->of[l], (const sb_symbol *)word, (int)len);
    if (!stem)
        abort();
    *ret_len = (size_t)sb_stemmer_length(s->of[l]);
    return (const char *)stem;
}

void stemmer_free(struct stemmer *s)
{
    for (int l = 0; l < LANGUAGES; l++)
        sb_stemmer_delete(s->of[l]);
    *s = (struct stemmer){0};
}

/* One table of stop words with a bit for each language, and a stemmer per thread and language. */
#include "text/language.h"

#include "base/utf8.h"
#include "text/word.h"

#include <libstemmer.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAMPLE = 4096,
    LEAST_STOPS = 3,
    FOREIGN_STOPS = 2, /* of a question that is in none of the languages of its documents */
};

static const struct {
    const char *code, *snowball;
} names[CS_LANGUAGES] = {
    [CS_LANGUAGE_EN] = {"en", "english"},   [CS_LANGUAGE_DE] = {"de", "german"},
    [CS_LANGUAGE_FR] = {"fr", "french"},    [CS_LANGUAGE_ES] = {"es", "spanish"},
    [CS_LANGUAGE_IT] = {"it", "italian"},   [CS_LANGUAGE_PT] = {"pt", "portuguese"},
    [CS_LANGUAGE_NL] = {"nl", "dutch"},     [CS_LANGUAGE_RU] = {"ru", "russian"},
    [CS_LANGUAGE_DA] = {"da", "danish"},    [CS_LANGUAGE_SV] = {"sv", "swedish"},
    [CS_LANGUAGE_NO] = {"no", "norwegian"}, [CS_LANGUAGE_FI] = {"fi", "finnish"},
    [CS_LANGUAGE_HU] = {"hu", "hungarian"}, [CS_LANGUAGE_TR] = {"tr", "turkish"},
    [CS_LANGUAGE_RO] = {"ro", "romanian"},  [CS_LANGUAGE_EL] = {"el", "greek"},
    [CS_LANGUAGE_AR] = {"ar", "arabic"},    [CS_LANGUAGE_HI] = {"hi", "hindi"},
};

/*
 * All stop words as cs_words() writes them, and for each the languages it stops in. The table is made once of words of
 * our own, so a plain hash does: nobody can make them collide.
 */
enum { STOPS = 4096, STOP_SLOTS = 8192, STOP_BYTES = 19 };
struct stop {
    uint32_t in;
    unsigned char len;
    char text[STOP_BYTES];
};
static struct stop stops[STOPS];                 /* from 1 on */
static uint16_t stop_slots[STOP_SLOTS], n_stops; /* a slot: the number of its word, or 0 */
static pthread_once_t stops_once = PTHREAD_ONCE_INIT;

static uint16_t *stop_slot(const char *word, size_t len)
{
    uint32_t h = (uint32_t)len;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)word[i]) * 0x01000193U;
    for (h ^= h >> 15;; h++) {
        uint16_t *slot = &stop_slots[h % STOP_SLOTS];
        const struct stop *s = &stops[*slot];
        if (!*slot || (s->len == len && memcmp(s->text, word, len) == 0))
            return slot;
    }
}

static void stops_add(void *state, const struct cs_word *word)
{
    enum cs_language l = *(const enum cs_language *)state;
    uint16_t *slot = stop_slot(word->text, word->len);

    if (!*slot) {
        if (word->len > STOP_BYTES || n_stops == STOPS - 1)
            abort();
        *slot = ++n_stops;
        stops[*slot].len = (unsigned char)word->len;
        memcpy(stops[*slot].text, word->text, word->len);
    }
    stops[*slot].in |= 1U << l;
}

static void stops_make(void)
{
    for (enum cs_language l = 0; l < CS_LANGUAGES; l++) {
        const char *words = cs_language_stop_words[l];
        cs_words(words, strlen(words), stops_add, &l);
    }
}

uint32_t cs_language_stops(const char *word, size_t len)
{
    pthread_once(&stops_once, stops_make);
    return len <= STOP_BYTES ? stops[*stop_slot(word, len)].in : 0;
}

/* ---- which language ---- */

struct count {
    int stops[CS_LANGUAGES], scripts[CS_LANGUAGES];
    int words;
};

/* The language that the script of the word stands for; CS_LANGUAGES when it has several. */
static enum cs_language language_of_script(const struct cs_word *word)
{
    uint32_t c = 0;

    if ((signed char)word->text[0] >= 0)
        return CS_LANGUAGES;
    cs_utf8_next(word->text, word->len, &c);
    return cs_char_is_cyrillic(c)      ? CS_LANGUAGE_RU
           : c >= 0x0370 && c < 0x0400 ? CS_LANGUAGE_EL
           : c >= 0x0600 && c < 0x0700 ? CS_LANGUAGE_AR
           : c >= 0x0900 && c < 0x0980 ? CS_LANGUAGE_HI
                                       : CS_LANGUAGES;
}

static void count_word(void *state, const struct cs_word *word)
{
    struct count *n = state;

    if (word->kind != CS_WORD)
        return;
    n->words++;
    enum cs_language script = language_of_script(word);
    if (script < CS_LANGUAGES)
        n->scripts[script]++;
    for (uint32_t in = cs_language_stops(word->text, word->len); in; in &= in - 1)
        n->stops[__builtin_ctz(in)]++;
}

enum cs_language cs_language_of(const char *text, size_t len)
{
    struct count n = {.words = 0};
    enum cs_language best = CS_LANGUAGE_EN, script = CS_LANGUAGE_EN;

    cs_words(text, len < SAMPLE ? len : SAMPLE, count_word, &n);
    for (enum cs_language l = 0; l < CS_LANGUAGES; l++) {
        if (n.stops[l] > n.stops[best])
            best = l;
        if (n.scripts[l] > n.scripts[script])
            script = l;
    }
    if (n.stops[best] >= LEAST_STOPS)
        return best;
    return 2 * n.scripts[script] > n.words ? script : CS_LANGUAGE_EN;
}

enum cs_language cs_language_of_question(const char *text, size_t len, uint32_t known)
{
    struct count n = {.words = 0};
    enum cs_language best = CS_LANGUAGES, foreign = CS_LANGUAGE_EN;

    cs_words(text, len < SAMPLE ? len : SAMPLE, count_word, &n);
    for (enum cs_language l = 0; l < CS_LANGUAGES; l++) {
        if (known >> l & 1 && (best == CS_LANGUAGES || n.stops[l] > n.stops[best]))
            best = l;
        if (n.stops[l] > n.stops[foreign])
            foreign = l;
    }
    if (best == CS_LANGUAGES)
        return foreign;
    bool clearly = n.stops[foreign] >= FOREIGN_STOPS && n.stops[foreign] > 2 * n.stops[best];
    return clearly ? foreign : best;
}

const char *cs_language_code(enum cs_language l)
{
    return names[l].code;
}

enum cs_language cs_language_by_code(const char *code)
{
    for (enum cs_language l = 0; l < CS_LANGUAGES; l++) {
        if (strcmp(names[l].code, code) == 0)
            return l;
    }
    return CS_LANGUAGE_EN;
}

/* ---- stems ---- */

const char *cs_stemmer_stem(struct cs_stemmer *s, enum cs_language l, const char *word, size_t len,
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

void cs_stemmer_free(struct cs_stemmer *s)
{
    for (int l = 0; l < CS_LANGUAGES; l++)
        sb_stemmer_delete(s->of[l]);
    *s = (struct cs_stemmer){0};
}

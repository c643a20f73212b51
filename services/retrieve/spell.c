/* Damerau-Levenshtein distance, after a sieve by length and by a set of letters. */
#include "retrieve/spell.h"

#include "base/grow.h"
#include "base/utf8.h"
#include "text/word.h"

enum { ENDING = 3 };

struct spell_sieve {
    uint32_t letters; /* a bit for each letter that occurs, many letters a bit */
    uint32_t n;       /* letters in all; 0: never a candidate */
};

struct word {
    uint32_t at[SPELL_MAX_LETTERS];
    struct spell_sieve sieve;
};

/* Accents are no letters of their own here: one that is left out is no error. n = 0 when it is no word of letters, or
 * too long. */
static void word_split(const char *text, size_t len, struct word *ret)
{
    char plain[2 * CS_WORD_WHOLE_MAX];
    uint32_t c;

    size_t n_plain = len <= CS_WORD_WHOLE_MAX ? cs_word_plain(text, len, plain) : 0;

    if (n_plain) {
        text = plain;
        len = n_plain;
    }
    ret->sieve = (struct spell_sieve){0};
    for (size_t i = 0, n = 0; i < len; i += n) {
        n = cs_utf8_next(text + i, len - i, &c);
        if (n == 0 || (c >= '0' && c <= '9') || ret->sieve.n == SPELL_MAX_LETTERS) {
            ret->sieve = (struct spell_sieve){0};
            return;
        }
        ret->at[ret->sieve.n++] = c;
        ret->sieve.letters |= 1U << (c & 31);
    }
}

uint32_t spell_add(struct spell *s, const char *word, size_t len)
{
    uint32_t known = s->words.n, number = cs_lexicon_add(&s->words, word, len);

    if (number == known) {
        s->said = grow(s->said, &s->cap, (size_t)known + 1, sizeof(*s->said));
        s->said[number] = 0;
    }
    s->said[number]++;
    return number;
}

void spell_seal(struct spell *s)
{
    struct word w;
    size_t len;

    s->sieve = zeroed(s->words.n, sizeof(*s->sieve));
    for (uint32_t i = 0; i < s->words.n; i++) {
        const char *text = cs_lexicon_text(&s->words, i, &len);
        word_split(text, len, &w);
        s->sieve[i] = w.sieve;
    }
    s->said = trimmed(s->said, &s->cap, s->words.n, sizeof(*s->said));
    cs_lexicon_seal(&s->words);
}

static int smaller_of(int a, int b)
{
    return a < b ? a : b;
}

int spell_distance(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b, int limit)
{
    int rows[3][SPELL_MAX_LETTERS + 1];
    int *before = rows[0], *last = rows[1], *now = rows[2];

    for (size_t j = 0; j <= n_b; j++)
        last[j] = (int)j;
    for (size_t i = 1; i <= n_a; i++) {
        int best = now[0] = (int)i;

        for (size_t j = 1; j <= n_b; j++) {
            now[j] = smaller_of(smaller_of(last[j], now[j - 1]) + 1,
                                last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = smaller_of(now[j], before[j - 2] + 1);
            best = smaller_of(best, now[j]);
        }
        /* a swap may reach back one row, so one more than the limit may still come down */
        if (best > limit + 1)
            return limit + 1;
        int *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return smaller_of(last[n_b], limit + 1);
}

/* `ending`: letters that differ beside those of `limit` typing errors */
static bool may_be_near(const struct spell_sieve *a, const struct spell_sieve *b, int limit,
                        int ending)
{
    uint32_t longer = a->n > b->n ? a->n - b->n : b->n - a->n;

    /* an edit changes the set of letters by two at most */
    return b->n > 0 && longer <= (uint32_t)(limit + ending) &&
           __builtin_popcount(a->letters ^ b->letters) <= 2 * limit + ending;
}

uint32_t spell_correct(const struct spell *s, const char *word, size_t len, uint32_t least_said,
                       uint32_t *budget)
{
    uint32_t best = CS_LEXICON_NONE;
    struct word w, other;

    word_split(word, len, &w);
    if (w.sieve.n < SPELL_MIN_LETTERS || s->words.n > *budget)
        return CS_LEXICON_NONE;
    *budget -= s->words.n;
    int limit = w.sieve.n > 7 ? 2 : 1, best_distance = limit + 1;
    for (uint32_t i = 0; i < s->words.n; i++) {
        if (s->said[i] < least_said || !may_be_near(&w.sieve, &s->sieve[i], limit, 0))
            continue;
        if (*budget < SPELL_COMPARED)
            break;
        *budget -= SPELL_COMPARED;
        size_t other_len;
        const char *text = cs_lexicon_text(&s->words, i, &other_len);
        word_split(text, other_len, &other);
        int d = spell_distance(w.at, w.sieve.n, other.at, other.sieve.n, limit);
        if (d < best_distance || (d == best_distance && d <= limit && s->said[i] > s->said[best])) {
            best = i;
            best_distance = d;
        }
    }
    return best;
}

/* Distance of two words of letters; more than any limit when one is too short. */
static int word_distance(const struct word *a, const struct word *b)
{
    uint32_t shorter = a->sieve.n < b->sieve.n ? a->sieve.n : b->sieve.n;

    if (shorter < SPELL_MIN_LETTERS)
        return SPELL_MAX_LETTERS;
    int limit = shorter > 7 ? 2 : 1,
        d = spell_distance(a->at, a->sieve.n, b->at, b->sieve.n, limit);
    return d <= limit ? d : SPELL_MAX_LETTERS;
}

uint32_t spell_correct_stem(const struct spell *s, const char *word, size_t len,
                            uint32_t least_said, spell_stem *stem, void *state, uint32_t *budget)
{
    uint32_t best = CS_LEXICON_NONE;
    struct word w, short_one, other;
    int best_distance = SPELL_MAX_LETTERS;
    size_t n;

    word_split(word, len, &w);
    if (w.sieve.n < SPELL_MIN_LETTERS || s->words.n > *budget)
        return CS_LEXICON_NONE;
    *budget -= s->words.n;
    const char *text = stem(state, word, len, &n);
    word_split(text, n, &short_one);
    int limit = w.sieve.n > 7 ? 2 : 1;
    for (uint32_t i = 0; i < s->words.n; i++) {
        if (s->said[i] < least_said || !may_be_near(&w.sieve, &s->sieve[i], limit, ENDING))
            continue;
        if (*budget < SPELL_COMPARED)
            break;
        *budget -= SPELL_COMPARED;
        text = cs_lexicon_text(&s->words, i, &n);
        text = stem(state, text, n, &n);
        word_split(text, n, &other);
        int d = smaller_of(word_distance(&w, &other), word_distance(&short_one, &other));
        if (d < best_distance ||
            (d == best_distance && best != CS_LEXICON_NONE && s->said[i] > s->said[best])) {
            best = i;
            best_distance = d;
        }
    }
    return best;
}

size_t spell_bytes(const struct spell *s)
{
    return cs_lexicon_bytes(&s->words) + s->words.n * (sizeof(*s->said) + sizeof(*s->sieve));
}

void spell_free(struct spell *s)
{
    cs_lexicon_free(&s->words);
    free(s->said);
    free(s->sieve);
    *s = (struct spell){0};
}

/* A place is looked at from both sides: the mark and the word before it, the letter behind it. */
#include "text/sentence_impl.h"

#include "base/utf8.h"
#include "text/character.h"
#include "text/language.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

enum {
    BLANKS = 64, /* bytes of white space between two sentences */
    CLOSERS = 4, /* quotes and brackets behind the mark */
    OPENERS = 4, /* before the next letter */
    ABBREVIATION = 12,
    PHRASE = 5, /* letters of Thai before and behind a space that parts sentences */
};

/* The character before *at, which becomes where it begins; 0 at the beginning. */
static uint32_t char_before(const char *text, size_t *at)
{
    uint32_t c = 0xfffd;
    size_t end = *at, start = end;

    if (end == 0)
        return 0;
    do
        start--;
    while (start > 0 && end - start < CS_UTF8_MAX && ((unsigned char)text[start] & 0xc0) == 0x80);
    if (cs_utf8_next(text + start, end - start, &c) != end - start) {
        c = 0xfffd;
        start = end - 1;
    }
    *at = start;
    return c;
}

static uint32_t char_at(const char *text, size_t len, size_t *at)
{
    uint32_t c = 0;

    if (*at < len && (signed char)text[*at] >= 0)
        return (unsigned char)text[(*at)++];
    size_t n = cs_utf8_next(text + *at, len - *at, &c);
    if (n == 0 && *at < len) {
        c = 0xfffd;
        n = 1;
    }
    *at += n;
    return c;
}

static bool is_blank(uint32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= '\t' && c <= '\r');
    return c == 0xa0 || c == 0x3000 || c == 0x202f || (c >= 0x2000 && c <= 0x200b) || c == 0x2028 ||
           c == 0x2029;
}

/* The sets hold no letters. */
static bool char_in(uint32_t c, const uint32_t *set)
{
    if (c < 0x80 && isalnum((int)c))
        return false;
    while (*set && *set != c)
        set++;
    return *set != 0;
}

static bool is_closer(uint32_t c)
{
    static const uint32_t set[] = {'"',    '\'',   ')',    ']',    '}',    '*',    '_',    0x2019,
                                   0x201d, 0xbb,   0x203a, 0x300d, 0x300f, 0x3011, 0x3009, 0x300b,
                                   0xff09, 0xff3d, 0xff02, 0x3015, 0x201c, 0};

    return char_in(c, set);
}

static bool is_opener(uint32_t c)
{
    static const uint32_t set[] = {'"',    '\'',   '(',    '[',    '{',    '*',  '_',
                                   '`',    0x2018, 0x201c, 0x201e, 0x201a, 0xab, 0x2039,
                                   0x300c, 0x300e, 0xff08, 0xbf,   0xa1,   0xbb, 0};

    return char_in(c, set);
}

/* Marks that end a sentence wherever they stand. */
static bool mark_is_strong(uint32_t c)
{
    static const uint32_t set[] = {0x3002, 0xff01, 0xff1f, 0xff61, 0xff0e, 0x061f, 0x06d4, 0x0964,
                                   0x0965, 0x1362, 0x1367, 0x17d4, 0x17d5, 0x104b, 0x0589, 0x0f0d,
                                   0x203c, 0x203d, 0x2047, 0x2048, 0x2049, 0};

    return char_in(c, set);
}

static bool mark_is_weak(uint32_t c)
{
    return c == '.' || c == '!' || c == '?' || c == 0x2026;
}

static bool word_in(const char *word, size_t len, const char *const *list)
{
    for (; *list; list++)
        if (**list == *word && strlen(*list) == len && memcmp(*list, word, len) == 0)
            return true;
    return false;
}

/* Whether a sentence of a European language may well begin at `at`: To, It, Der. */
static bool opens_sentence(const char *text, size_t len, size_t at)
{
    const uint32_t european = (1U << (CS_LANGUAGE_RU + 1)) - 1;
    char word[ABBREVIATION * CS_UTF8_MAX];
    size_t n = 0;
    uint32_t c = char_at(text, len, &at);

    for (int i = 0; i < OPENERS && is_opener(c); i++)
        c = char_at(text, len, &at);
    for (int i = 0; i < ABBREVIATION && c > ' ' && !is_blank(c); i++, c = char_at(text, len, &at))
        n += cs_utf8_put(word + n, (uint32_t)utf8proc_tolower((utf8proc_int32_t)c));
    return cs_language_stops(word, n) & european;
}

/* Whether a dot behind the word is its own, and the sentence goes on with `next`. */
static bool is_abbreviation(const char *word, size_t len, uint32_t next, bool opens)
{
    static const char *const always[] = {
        "dr",   "mr",   "mrs",  "ms",   "prof", "st",   "mt",  "vs",     "bzw",  "inkl", "exkl",
        "hr",   "hrn",  "fr",   "frau", "sra",  "srta", "dra", "mme",    "mlle", "cf",   "bzgl",
        "ggf",  "evtl", "sog",  "gen",  "gov",  "rev",  "hon", "capt",   "lt",   "col",  "sgt",
        "г",    "ул",   "им",   "см",   "гл",   "стр",  "рис", "проф",   "др",   "ref",  "dhr",
        "mevr", "ing",  "dipl", "av",   "sig",  "dott", "ecc", "approx", "resp", NULL};
    static const char *const numbered[] = {
        "no",  "nos", "nr",  "n",   "fig",  "figs", "abb", "abs", "art", "sec", "ch",  "vol", "eq",
        "tel", "ca",  "max", "min", "pp",   "bd",   "kap", "tab", "ed",  "jan", "feb", "mar", "apr",
        "jun", "jul", "aug", "sep", "sept", "oct",  "okt", "nov", "dec", "dez", "тел", "руб", NULL};
    char lower[ABBREVIATION * CS_UTF8_MAX] = "";
    size_t letters = 0, longest = 0, run = 0, digits = 0, n = 0;
    uint32_t c;

    for (size_t i = 0, k; i < len && (k = cs_utf8_next(word + i, len - i, &c)) > 0; i += k) {
        c = (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
        if (n + CS_UTF8_MAX <= sizeof(lower))
            n += cs_utf8_put(lower + n, c);
        letters++;
        digits += c >= '0' && c <= '9';
        run = c == '.' ? 0 : run + 1;
        longest = run > longest ? run : longest;
    }
    if (digits > 0)
        return digits == letters && letters <= 2; /* an ordinal: 3. Mai */
    if (letters == 1)
        return !opens; /* J. Smith, but: written in C. To run it */
    if (longest <= 2 && memchr(lower, '.', n))
        return true; /* U.S., z.B. */
    return word_in(lower, n, always) || (next >= '0' && next <= '9' && word_in(lower, n, numbered));
}

/* The word before the dot at `dot`: letters, digits and dots back to white space or a bracket. */
static bool dot_is_inner(const char *text, size_t dot, uint32_t next, bool opens)
{
    size_t start = dot, at = dot;

    for (int i = 0; i <= ABBREVIATION; i++) {
        uint32_t c = char_before(text, &at);
        if (c == 0 || is_blank(c) || is_opener(c) || c == '-' || c == '/' || c >= 0x2010) {
            if (is_blank(c) && char_before(text, &at) == '.' && text[start] >= '0' &&
                text[start] <= '9')
                return false; /* the number of No. 5. is no ordinal */
            return start < dot && is_abbreviation(text + start, dot - start, next, opens);
        }
        start = at;
    }
    return false;
}

/* Whether the space before `at` parts two phrases of Thai; `end` is where the first ends. */
static bool thai_phrase_ends(const char *text, size_t len, size_t end, size_t at)
{
    size_t before = end, behind = at;

    for (int i = 0; i < PHRASE; i++) {
        uint32_t a = char_before(text, &before), b = char_at(text, len, &behind);
        if (!cs_char_is_thai(a) || !cs_char_is_thai(b))
            return false;
        if (i == 0 && (b == 0x0e2f || b == 0x0e46)) /* ฯ and ๆ go with the word before */
            return false;
    }
    return true;
}

/* The first letter or digit at or behind `at`, past quotes and brackets. */
static uint32_t letter_behind(const char *text, size_t len, size_t at)
{
    uint32_t c = char_at(text, len, &at);

    for (int i = 0; i < OPENERS && is_opener(c); i++)
        c = char_at(text, len, &at);
    return c;
}

/* Whether the byte is a character that is neither white space nor one that a sentence may end with or behind. */
static bool byte_is_inner(char byte)
{
    unsigned char c = (unsigned char)byte;

    return isalnum(c) || (c < 0x80 && !isspace(c) && !memchr(".!?\"')]}*_", c, 10));
}

bool cs_sentence_ends(const char *text, size_t len, size_t at)
{
    if (at > 0 && byte_is_inner(text[at - 1]))
        return false;
    if (at > 1 && isspace((unsigned char)text[at - 1]) && byte_is_inner(text[at - 2]))
        return false; /* between two words */
    return cs_sentence_ends_anywhere(text, len, at);
}

bool cs_sentence_ends_anywhere(const char *text, size_t len, size_t at)
{
    size_t end = at, begin, mark, look = at;
    int lines = 0;
    uint32_t c, first;

    first = char_at(text, len, &look);
    for (begin = end; (c = char_before(text, &begin)) && is_blank(c) && at - begin <= BLANKS;
         end = begin)
        lines += c == '\n';
    if (lines > 1)
        return true;
    bool blank = end < at;
    if (!blank && (is_closer(first) || mark_is_strong(first) || mark_is_weak(first)))
        return false;
    if (blank && cs_char_is_thai(c))
        return thai_phrase_ends(text, len, end, at);
    mark = begin;
    for (int i = 0; i < CLOSERS && is_closer(c); i++)
        c = char_before(text, &mark);
    if (mark_is_strong(c))
        return true;
    if (!blank || !mark_is_weak(c))
        return false;
    uint32_t next = letter_behind(text, len, at);
    if (utf8proc_category((utf8proc_int32_t)next) == UTF8PROC_CATEGORY_LL)
        return false;
    return c != '.' || !dot_is_inner(text, mark, next, opens_sentence(text, len, at));
}

size_t cs_sentence_len(const char *text, size_t len)
{
    size_t at = 0, next;
    bool before = false; /* a character that is no white space */

    for (; at < len; at = next) {
        next = at;
        if (is_blank(char_at(text, len, &next)))
            continue;
        if (before && cs_sentence_ends(text, len, at))
            return at;
        before = true;
        if (isalnum((unsigned char)text[at]))
            while (next < len && isalnum((unsigned char)text[next]))
                next++; /* no sentence ends within a word */
    }
    return len;
}

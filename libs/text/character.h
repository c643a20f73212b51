#pragma once
/*
 * Character: one character of a text at a time, as readers of its script compare it.
 *
 * A character is a letter with all that is attached to it: combining marks, the vowels of a Hangul
 * syllable, what is invisible. Two spellings of one character give the same code points: NFKC, lower
 * case, and per script what its readers do not tell apart when they look for a word:
 *
 *     Latin      marks and strokes stay: thuế is not thuê. cs_word_plain() is the form without them
 *     Cyrillic   ё is е, marks of stress go; й and ї are letters of their own
 *     Greek      all accents go, final σ is σ
 *     Hebrew     points go
 *     Arabic     vowel signs, hamza seats and tatweel go; ى is ي, ة is ه; Persian ک ی as ك ي
 *     Indic      the nukta goes; vowel signs and virama are spelling
 *     Han, kana, Hangul, Thai   as NFKC writes them: half-width kana and jamo are composed
 *     digits     of any script are those of ASCII
 *
 * The tables are those of utf8proc. Pure, any thread; linear, because at most CS_CHAR_MARKS marks of a
 * character count and the rest are passed over.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CS_CHAR_MARKS = 11, CS_CHAR_MAX = 64 };

enum cs_char_kind {
    CS_CHAR_END,
    CS_CHAR_LETTER,
    CS_CHAR_DIGIT,
    CS_CHAR_DENSE, /* a letter of a script that is written without spaces, and Hangul */
    CS_CHAR_SPACE,
    CS_CHAR_SIGN, /* all else; a malformed byte is U+FFFD */
};

struct cs_char {
    enum cs_char_kind kind;
    bool upper; /* it was a capital */
    uint32_t at[CS_CHAR_MAX];
    size_t n;          /* of at, at least 1 but at the end of the text */
    size_t start, end; /* where it stands in the text, in bytes */
};

/* The character at `at`, which is the end of the one before or 0. */
void cs_char_next(const char *text, size_t len, size_t at, struct cs_char *ret);

/*
 * The greatest length of at most max bytes at which a text of n bytes can be cut as readers see it: neither within a
 * code point nor between a letter and its marks, nor within an emoji of several code points.
 */
size_t cs_char_cut(const char *text, size_t n, size_t max);

bool cs_char_is_han(uint32_t c);
bool cs_char_is_thai(uint32_t c); /* Thai and Lao, which separate sentences by spaces */
bool cs_char_is_hebrew(uint32_t c);
bool cs_char_is_cyrillic(uint32_t c);

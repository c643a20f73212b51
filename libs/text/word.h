#pragma once
/*
 * Words: a text into the words by which it is found. The only tokenizer: search, the answers without a
 * model, the languages and the copies of a passage all use it.
 *
 *     words         letters and digits of any script     "Straße 7"        strasse, 7
 *     identifiers   whole without their joiners, and     "getUserProfile"  getuserprofile; get, user, profile
 *                   in parts: at . - _ @ & between       "wi-fi"           wifi; wi, fi
 *                   letters, at a capital, and           "pg_hba.conf"     pghbaconf; pg, hba, conf
 *                   between letters and digits           "v2.1"            v2.1; 2.1, v, 2, 1
 *     numbers       as they are read                     "12,500" "3,5"    12500, 3.5
 *     signs         that are part of a name              "C# C++ .NET"     c#, c++, .net
 *     dense scripts (Han, kana, Hangul, Thai, Khmer ...) "東京都"           東京, 京都
 *                   every two characters
 *
 * A word is cut at CS_WORD_MAX bytes and an identifier at CS_WORD_WHOLE_MAX, so nothing grows without
 * limit: a text of n bytes has at most 4 n + 4 words. Any thread.
 */
#include "text/character.h"

enum { CS_WORD_MAX = 64, CS_WORD_WHOLE_MAX = 256 };

enum cs_word_kind {
    CS_WORD,
    CS_WORD_WHOLE,  /* an identifier; its parts follow */
    CS_WORD_PART,   /* of an identifier */
    CS_WORD_PAIR,   /* two characters of a dense script */
    CS_WORD_SINGLE, /* one that stands alone */
    CS_WORD_LONE,   /* one Han character between kana; pairs have it too */
};

struct cs_word {
    enum cs_word_kind kind;
    bool capitals;    /* two letters or more, and all of them capitals */
    const char *text; /* UTF-8, not terminated; alive until the function returns */
    size_t len;
    size_t start, end; /* where it stands in the text, in bytes */
};

void cs_words(const char *text, size_t len, void (*fn)(void *state, const struct cs_word *word),
              void *state);

/*
 * The Latin word without marks and strokes, for those who leave them out: hernández is hernandez, łódź
 * is lodz. Returns its length, 0 if it is the same word. `out` has room for 2 * len bytes.
 */
size_t cs_word_plain(const char *word, size_t len, char *out);

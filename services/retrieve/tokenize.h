#pragma once
/*
 * tokenize: text into lower-case tokens, by Unicode classes.
 *
 *   words        letters and digits of any script            "Straße 7"     -> straße, 7
 *   identifiers  words joined by one . - or by _ : as they   "pg_hba.conf"  -> pg_hba.conf; pg, hba, conf
 *                stand, and each of their parts
 *   grams        scripts written without spaces (Han, kana,  "東京都"        -> 東京, 京都
 *                Hangul, Thai ...): every two characters
 *
 * Letters and combining marks that stand apart are joined, ligatures and full-width forms are made
 * plain, soft hyphens vanish. Words are cut at TOKEN_WORD_MAX bytes, so nothing grows without limit.
 * unicode_start() once per process; then any thread.
 */
#include <stddef.h>

enum token_kind {
    TOKEN_WORD,
    TOKEN_IDENTIFIER, /* the whole; its parts follow */
    TOKEN_PART,
    TOKEN_GRAM,
};

enum { TOKEN_WORD_MAX = 64, TOKEN_MAX = 256 };

struct token {
    enum token_kind kind;
    const char *text; /* UTF-8, not terminated; alive until the function returns */
    size_t len;
    size_t start, end; /* where it stands in the text, in bytes */
};

void tokenize(const char *text, size_t len, void (*fn)(void *state, const struct token *token),
              void *state);

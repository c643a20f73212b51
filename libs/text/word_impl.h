#pragma once
/* word_impl: the tokenizer with and without its shortcut, for libs/text and its tests; internal. */
#include "text/word.h"

/*
 * Plain words from `at` on: letters of ASCII in one case, or only the first of them a capital, and numbers of digits
 * alone, with nothing beside them that could join or change them. They are most of most texts, and need no character
 * by character. There is no run, sign or pair before `at`. Returns where the first place begins that is not so plain;
 * all before it is ASCII and has been passed to fn.
 */
size_t cs_words_ascii(const char *text, size_t len, size_t at,
                      void (*fn)(void *state, const struct cs_word *word), void *state);

/* As cs_words(); `shortcut` says whether cs_words_ascii() is used, which changes nothing but the time. */
void cs_words_with(const char *text, size_t len, bool shortcut,
                   void (*fn)(void *state, const struct cs_word *word), void *state);

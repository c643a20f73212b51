#pragma once
/*
 * Sentences: where one ends and the next begins, in any script.
 *
 *     . ! ? …              before white space, unless a lower-case letter follows, or the dot is one of an
 *                          abbreviation (Dr. z. B. U.S. No. 5 т.е.), an initial or an ordinal (3. Mai)
 *     。！？ ؟ ۔ । ॥ ። ។ ။   with or without white space
 *     Thai, Lao            the space between two phrases, for they have no other mark
 *     an empty line        always
 *
 * Closing quotes and brackets belong to the sentence before. The rule looks at the few dozen bytes around a
 * place and at nothing else, so texts are cut the same from whatever side they are read. Pure; any thread.
 */
#include <stdbool.h>
#include <stddef.h>

/* Whether a sentence ends before `at`, which is neither 0 nor in white space nor within a character. */
bool cs_sentence_ends(const char *text, size_t len, size_t at);

/* Bytes up to where the second sentence of the text begins; len when it has one. */
size_t cs_sentence_len(const char *text, size_t len);

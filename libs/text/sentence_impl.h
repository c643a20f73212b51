#pragma once
/* sentence_impl: the rule of sentences without its shortcut, for libs/text and its tests; internal. */
#include "text/sentence.h"

/* As cs_sentence_ends(), which first rules out the places within and between words that end nothing. */
bool cs_sentence_ends_anywhere(const char *text, size_t len, size_t at);

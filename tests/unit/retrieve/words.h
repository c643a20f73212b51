#pragma once
/* words: what tests of words need, for test_run_with(tests, words_open, words_close). */
#include "retrieve/language.h"
#include "retrieve/unicode.h"

static inline int words_open(void **state)
{
    (void)state;
    language_start();
    return unicode_start();
}

static inline int words_close(void **state)
{
    (void)state;
    language_stop();
    return 0;
}

#pragma once
/*
 * Learned: which parameters a model refused, so that it is not asked with them again. A hint: a
 * place is shared by few models, and lost with the process. Any thread.
 */
#include "provider/fault.h"

enum learned {
    LEARNED_TEMPERATURE = 1,
    LEARNED_MAX_TOKENS = 2,
    LEARNED_MAX_NAME = 4, /* it wants the other one of max_tokens and max_completion_tokens */
    LEARNED_STREAM_OPTIONS = 8,
};

/* For which parameter a request was refused, that can be done without; 0: for none. */
unsigned learned_from(int status, const struct cs_fault *f);

unsigned learned_of(const char *base_url, const char *model); /* bits of enum learned */
void learned_add(const char *base_url, const char *model, unsigned about);

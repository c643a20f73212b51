#pragma once
/*
 * Summary: what a conversation was about, from its own sentences: the first question and the sentences that share most
 * words with the rest, in their order. For bots without a model, and where a model fails. Pure; memory of the arena.
 */
#include "base/arena.h"

#include <stdbool.h>

enum {
    SUMMARY_CHARACTERS = 2000, /* of a summary, whoever makes it */
    SUMMARY_PICKED = 4,        /* sentences of one that is made here */
};

struct summary_text {
    bool user; /* else the assistant */
    const char *text;
};

/* Empty if nothing was said. */
char *summary_extract(struct cs_arena *a, const struct summary_text *said, size_t n);

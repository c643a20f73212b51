#pragma once
/*
 * Answerer: who makes the text of an answer, chosen by the bot's llm_provider.
 *
 * answer() speaks with turn_say() and returns 0 when all is said, negative from cs_fail(), or
 * CS_LATER when it was staged; then its last stage returns turn_answered().
 */
#include "chat/turn.h"

struct answerer {
    const char *provider;
    int (*answer)(struct turn *t);
};

extern const struct answerer answerer_builtin; /* quotes passages; needs no key */

const struct answerer *answerer_find(const char *provider); /* NULL: none of that name */

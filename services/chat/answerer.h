#pragma once
/*
 * Answerer: who makes the text of an answer, chosen by the bot's llm_provider.
 *
 * answer() speaks with turn_say() and returns 0 when all is said, negative from cs_fail(), or
 * CS_LATER when it was staged; then its last stage returns turn_answered().
 */
#include "chat/turn.h"

struct answerer {
    int (*answer)(struct turn *t);
    int (*history)(const BotConfiguration *c); /* how much of what was said it reads; NULL: none */
};

extern const struct answerer answerer_builtin; /* quotes passages; needs no key */
extern const struct answerer answerer_model;   /* a language model of any provider */

/* Any name but builtin is one of a language model; the configuration was checked for one that has chat. */
const struct answerer *answerer_find(const char *provider);

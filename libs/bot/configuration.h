#pragma once
/*
 * configuration: the defaults of a bot's configuration, and what follows from it. Pure; any thread;
 * memory of the arena.
 *
 * bot_store stores only the fields that were set, so a default that changes here reaches every bot
 * that did not set the field. It shows configurations with the defaults filled in, and bots from
 * cs_bot_get() have them filled in too: no other code knows a default.
 */
#include "base/arena.h"
#include "chatsphere/v1/names.h"

#include <stdbool.h>

enum {
    CS_BOT_RETRIEVER_K = 5, /* passages of a search, too, whose request gives no number */
    CS_BOT_CHAT_HISTORY_LENGTH = 10,
    CS_BOT_MAX_STEPS = 6,
    CS_BOT_CHUNK_SIZE = 1000, /* characters */
};

/* A new configuration: the defaults, and over them the fields of `set`, which may be NULL. Shares
 * memory with `set`. */
BotConfiguration *cs_bot_configuration(struct cs_arena *a, const BotConfiguration *set);

/* The answer quotes passages; no language model is asked. */
bool cs_bot_answers_builtin(const BotConfiguration *c);
/* A model name is set for the provider of answers. */
bool cs_bot_has_model(const BotConfiguration *c);
/* The documents of the bot get vectors: a provider for them is set. */
bool cs_bot_has_vectors(const BotConfiguration *c);

/* Target size of a chunk and overlap of two, in characters. Without a setting chunks overlap by a
 * tenth of their size in plain text, and not at all where headings give structure. */
int cs_bot_chunk_size(const BotConfiguration *c);
int cs_bot_chunk_overlap(const BotConfiguration *c, bool plain);

#pragma once
/*
 * Answer cache: answers that a bot gives again to a question that it has answered. It is off unless the bot's
 * configuration has answer_cache.enabled.
 *
 * The same question counts without regard to case, white space and marks at its end; with a threshold and an embedding
 * provider a similar one does, too. Only answers to a conversation's first question are kept, and neither those of tools nor
 * those for which the documents had nothing. Every change of the bot or of its documents empties its cache: the version of
 * the bot is part of the key, and the events clear the rows for all processes.
 */
#include "chat/turn.h"

struct answer_cache; /* what is known of the question of one turn; in its arena */

bool answer_cache_on(const Bot *bot);
/* The cached answer ends the turn, otherwise `miss` goes on with it. Returns as a stage does. */
int answer_cache_look(struct turn *t, int (*miss)(struct turn *t));
/* Keeps a completed answer that was looked for before. */
void answer_cache_keep(struct turn *t);

/* Reaction: the bot or one of its documents has changed. */
int answer_cache_on_change(struct cs_call *call, const char *bot, const char *id);

#pragma once
/* history: what a bot's configuration says of the past and the time that a turn may have. Owned by the turn's thread. */
#include "chat/prompt.h"
#include "chat/turn.h"

/* Earlier messages that the model of a bot knows, at most. */
int history_limit(const BotConfiguration *c);
/* Reads them, unless they were read with the acceptance, into the parts of a prompt. 0, or negative. */
int history_said(struct turn *t, struct prompt_parts *p);
/* Ends the call with the bot's max_turn_seconds and what storing the answer takes, if that is earlier. */
void history_time(struct turn *t, int64_t reserve_ms);

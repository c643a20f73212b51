#pragma once
/* cache: what the two look-ups of a bot share; internal to libs/bot. */
#include "bot/bot.h"

/* The cached bot, or NULL. tenant NULL: of any workspace. */
Bot *cs_bot_recall(struct cs_arena *a, const char *id, const char *tenant);
/* What bot_store replied, r: fills in the defaults and caches it. tenant NULL: the reply names it. */
int cs_bot_received(struct cs_call *call, int r, Bot *bot, const char *tenant);
int cs_bot_not_found(struct cs_call *call);

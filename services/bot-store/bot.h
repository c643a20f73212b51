#pragma once
/*
 * bot: what all handlers of bot-store do with a bot once it is read.
 *
 *     if ((r = bot_lock(call, req->bot_id, &bot)) < 0)        open transaction, the row is ours
 *         return r;
 *     ... change bot ...
 *     return bot_changed(call, bot, changed, n);              saved, announced, committed
 */
#include "bot-store/store.h"

enum { BOT_MAX_KEYS = 20 };

/* the one answer for unknown, foreign and malformed ids */
static inline int bot_none(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The bot does not exist.");
}

/* Whether the caller has a workspace, and the id could be one. */
int bot_reachable(struct cs_call *call, const char *id);
int bot_get(struct cs_call *call, const char *id, Bot **ret);
int bot_lock(struct cs_call *call, const char *id, Bot **ret);

/* The test model counts among the embedding providers; once, at start. */
void bot_allow_test(bool allow);

/* Notes every wrong field on the call; the transaction, if any, is rolled back. was: NULL of a new bot. */
int bot_check(struct cs_call *call, const Bot *was, Bot *bot);

/* Saves a locked bot under its next version, with an event that names the changed fields, and commits. */
int bot_changed(struct cs_call *call, Bot *bot, char **changed, size_t n_changed);

/* A copy with the defaults filled in and without the workspace; shares memory with bot. */
Bot *bot_show(struct cs_arena *a, const Bot *bot);

#pragma once
/*
 * quota: what the plan of a workspace and the budget of a bot leave for a turn. The counters are in the schema
 * (store.h) and, far from a limit, in memory (use.h).
 */
#include "chat/turn.h"

/* The numbers that count for the turn. 0, or the problem */
int quota_get(struct turn *t);
/* Takes the turn's message of the month, if one is counted in advance; else store_use_push() does. 0, or the problem */
int quota_take(struct turn *t);
void quota_give_back(struct turn *t); /* of a turn that was not accepted */
/* Whether the tokens of the answer are counted; else store_turn_end() does. Once a turn. */
bool quota_count_tokens(const struct turn *t);
/* 429 after STORE_FULL */
int quota_refused(struct turn *t);

void quota_settle(struct cs_call *call); /* a ticker: what is due in memory goes to the database */
void quota_stop(void);                   /* all of it; after the last call */

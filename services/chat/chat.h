#pragma once
/*
 * chat: what several files need to say alike.
 *
 * A conversation belongs to the principal that began it; for anyone else, in the workspace or
 * not, it does not exist.
 */
#include "bus/service.h"

int chat_no_conversation(struct cs_call *call); /* the one NOT_FOUND of all foreign ids */
int chat_no_session(struct cs_call *call);

int chat_on_bot_deleted(struct cs_call *call, const char *bot, const char *id); /* reaction */

#pragma once
/*
 * chat: the rows of the method table, and what several files need to say alike.
 *
 * A conversation belongs to the principal that began it; for anyone else, in the workspace or
 * not, it does not exist.
 */
#include "bus/service.h"

CS_ROW_DECLARE(create_conversation);
CS_ROW_DECLARE(get_conversation);
CS_ROW_DECLARE(list_conversations);
CS_ROW_DECLARE(update_conversation);
CS_ROW_DECLARE(delete_conversation);
CS_ROW_DECLARE(list_messages);
CS_ROW_DECLARE(send_message);
CS_ROW_DECLARE(cancel_turn);
CS_ROW_DECLARE(public_message);
CS_ROW_DECLARE(get_session);
CS_ROW_DECLARE(delete_session);

/* 0 when the call bears a workspace and a principal, otherwise it has failed. */
int chat_need_caller(struct cs_call *call);
int chat_no_conversation(struct cs_call *call); /* the one NOT_FOUND of all foreign ids */
int chat_no_session(struct cs_call *call);

int chat_on_bot_deleted(struct cs_call *call, const char *bot, const char *id); /* reaction */

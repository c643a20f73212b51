#pragma once
/*
 * Hint: which bot a conversation is with, as this process saw it last.
 *
 * It lets the search for a question begin while the database still looks the conversation up. A
 * conversation never changes its bot, and the row is asked all the same: a hint saves time and
 * grants nothing. Two conversations that share a slot push each other out. Any thread.
 */
#include "base/id.h"

#include <stdbool.h>

void hint_put(const char *conversation, const char *bot);
bool hint_get(const char *conversation, char ret_bot[CS_ID_SIZE]);

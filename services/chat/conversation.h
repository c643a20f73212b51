#pragma once
/* Conversation: what the conversations of users and the sessions of visitors share. */
#include "bus/service.h"

/* Erases it and tells of it; bot NULL: whichever it is with. STORE_NONE as in store.h */
int conversation_erase(struct cs_call *call, const char *id, const char *owner, const char *bot);

#pragma once
/*
 * Conversation: what the conversations of users and the sessions of visitors share, and what happens to them without a
 * request.
 */
#include "chat/store.h"

/* The caller, who sees the conversations of visitors and of API keys as an editor or an API key. */
struct store_who conversation_who(struct cs_call *call);

/* Erases it with an event; bot NULL: whichever it is with. STORE_NONE as in store.h */
int conversation_erase(struct cs_call *call, const struct store_who *who, const char *id,
                       const char *bot);

void conversation_end_idle(
    struct cs_call *call);                      /* ticker: ends those without a message for long */
void conversation_expire(struct cs_call *call); /* ticker: deletes what a plan no longer keeps */

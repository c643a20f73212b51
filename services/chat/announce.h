#pragma once
/*
 * Announce: the events of conversations and messages, queued in the open transaction. A message
 * has one event in its life, so its version is 1.
 */
#include "bus/service.h"
#include "chatsphere/v1/names.h"

/* event: created, updated or deleted (then only the ids of c count) */
void announce_conversation(struct cs_call *call, const char *event, const Conversation *c,
                           int64_t version);

/* event: created for the person's message; completed, failed, interrupted or cancelled for the bot's */
void announce_message(struct cs_call *call, const char *event, const MessageEvent *m);

/* The passages without their text, as events bear them; items of the result in the arena. */
void announce_sources(struct cs_arena *a, const SourcesFrame *sources, MessageEvent *m);

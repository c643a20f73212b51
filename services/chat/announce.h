#pragma once
/*
 * Announce: the events of conversations and messages, queued in the open transaction. A message's
 * version is 1: its text never changes.
 */
#include "bus/service.h"
#include "chatsphere/v1/names.h"

/* event: created, updated, ended, summarised or deleted; of c only the ids count. changed: of what was updated; NULL behind the names. */
void announce_conversation(struct cs_call *call, const char *event, const Conversation *c,
                           int64_t version, const char *const *changed);

/* event: created for the person's message; completed, failed, interrupted, cancelled or feedback for the bot's */
void announce_message(struct cs_call *call, const char *event, const MessageEvent *m);

/* The passages as events bear them, without texts and names; items of the result in the arena. */
void announce_sources(struct cs_arena *a, const SourcesFrame *sources, MessageEvent *m);

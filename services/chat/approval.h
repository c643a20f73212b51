#pragma once
/*
 * Approval: a tool call that changes something waits until the caller of its turn has decided.
 *
 * approval_wait() notes the call, sends the frame approval_required and suspends the turn: no worker is held. The decision
 * comes in on any process, is committed, and is published to the process of the turn, which goes on at once. A message
 * that is lost costs at most two seconds: a ticker asks for decisions, too, ends the wait at its limit or when the turn is
 * cancelled, and keeps the stream alive. Without a decision the call is rejected. Any thread.
 */
#include "bus/service.h"
#include "chat/turn.h"

#define APPROVAL_ENV                                                                               \
    {                                                                                              \
        .name = "APPROVAL_S", .kind = CS_ENV_INT, .fallback = "300", .min = 1, .max = 600,         \
        .help = "maximum time that a tool call waits for an approval, in seconds"                  \
    }

typedef int approval_fn(struct cs_call *call, void *state, bool approved);
/* Returns CS_LATER, or negative. next runs on a worker and returns as a handler does. */
int approval_wait(struct turn *t, const ToolCall *what, approval_fn *next, void *state);

/* chatsphere.ctl.turn_approval.<turn>, the id of the call is the payload */
void approval_on_decision(const char *subject, const char *call_id, size_t len);
void approval_tick(struct cs_call *call); /* ticker */
bool approval_any(void);
void approval_stop(void); /* the process leaves: nothing waits any more */

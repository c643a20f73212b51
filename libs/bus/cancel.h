#pragma once
/*
 * cancel: calls under way by their Cs-Cancel word. chatsphere.ctl.cancel.<word> marks all that bear
 * it (one request may be in a service twice), and bus/ask.h ends what they wait for; a handler looks
 * at cs_cancelled(). Words are remembered a while, so a cancel that overtakes its request counts too.
 * The edge makes a new one for each of its calls; a request id would not do, since clients choose it
 * and could end each other's work.
 */
struct cs_call_state;

void cs_cancel_enter(struct cs_call_state *s); /* nothing happens when its call has no word */
void cs_cancel_leave(struct cs_call_state *s);
void cs_cancel(const char *word); /* marks the calls; their waits are ended by cs_ask_cancel() */

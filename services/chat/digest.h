#pragma once
/*
 * Digest: the summary of a conversation that has ended, and the passages by which it is found: the summary with all words
 * that were said, and each question with the beginning of its answer. The summary is that of the bot's model, otherwise
 * one of the conversation's own sentences; the passages get vectors if the bot has an embedding provider.
 *
 * The row says when a digest is due, so none is lost: the call that ends a conversation makes it at once, and any process
 * does when that call could not. Made twice, it is stored once. Staged: no worker is held.
 */
#include "bus/service.h"

/* summary NULL: it is not made yet. Returns as a stage does. */
typedef int digest_fn(struct cs_call *call, void *state, const char *summary);
/* CS_LATER, or what next returned. */
int digest_make(struct cs_call *call, const char *conversation, digest_fn *next, void *state);

void digest_tick(struct cs_call *call); /* ticker: makes those that are due */

#pragma once
/*
 * Summarize: a bot's language model is asked for the summary of a conversation, once and as a whole answer. Staged: no
 * worker is held while the model works.
 */
#include "bot/bot.h"
#include "chat/summary.h"

/* text NULL: the model did not make one; the reason is logged. Returns as a stage does. */
typedef int summarize_fn(struct cs_call *call, void *state, const char *text);

struct summarize {
    const Bot *bot; /* with a model */
    const struct summary_text *said;
    size_t n;
    int64_t timeout_ms;
    summarize_fn *next;
    void *state;
};
/* What `s` points to must live in the call's arena. CS_LATER, or what next returned. */
int summarize_then(struct cs_call *call, const struct summarize *s);

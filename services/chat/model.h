#pragma once
/*
 * model: one request after the other to a language model, for an agent (chat/agent/agent.h). Tries, limits, deadlines
 * and formats are those of any answer: model.c has them. Belongs to whichever thread has the turn's call.
 */
#include "chat/prompt.h"
#include "chat/turn.h"
#include "provider/chat_wire.h"

struct model_answer;

/* Where text and the end of a request go, in place of the turn. */
struct model_agent {
    void (*say)(void *state, const char *text, size_t len); /* on the engine's thread */
    int (*over)(void *state, int r); /* on a worker; r is 0, or negative with the problem */
    void *state;
    struct cs_calls calls; /* the owner frees it */
};
void model_set_agent(struct model_answer *m, struct model_agent *agent);

/* What the next request has in place of the prompt. */
struct model_step {
    const struct cs_chat_message *messages;
    size_t n, bytes; /* of all texts */
    const struct cs_chat_tool *tools;
    size_t n_tools;
    enum cs_chat_choice choice;
};
/* Returns as an answerer; the agent's over() is called at the end. */
int model_step(struct model_answer *m, const struct model_step *step);

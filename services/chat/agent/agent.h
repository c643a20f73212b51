#pragma once
/*
 * Agent: asks a model and calls tools for it, again and again, until it answers.
 *
 * A step is one request to the model. In up to max_steps of them it may call tools; one more asks for the answer alone.
 * Tokens (max_turn_tokens) and time (max_turn_seconds) end the loop, too. Calls are shown and stored as they are made;
 * one that changes something waits for an approval. Results go back between the fences of the prompt, as data. An agent
 * knows no HTTP and no format: model.h speaks, tool.h runs. It lives in the call's arena.
 */
#include "chat/model.h"

/* Whether the bot has an agent: a type with tools, and tools. */
bool agent_wanted(const BotConfiguration *c);

/* The first step; model and its prompt are complete. Returns as an answerer does. */
int agent_begin(struct turn *t, struct model_answer *m, const struct prompt *prompt,
                const char *fence);

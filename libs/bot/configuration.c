/* The defaults of a bot's configuration, and predicates over it. */
#include "bot/configuration.h"

#include "pbjson/merge.h"

#include <string.h>

static char BUILTIN[] = "builtin"; /* a message has no const strings */

BotConfiguration *cs_bot_configuration(struct cs_arena *a, const BotConfiguration *set)
{
    BotConfiguration *c = BotConfiguration_new(a);

#define DEFAULT(field_, value_) (c->has_##field_ = true, c->field_ = (value_))
    DEFAULT(agent_type, AGENT_TYPE_RAG);
    DEFAULT(retriever_k, CS_BOT_RETRIEVER_K);
    DEFAULT(chat_history_length, CS_BOT_CHAT_HISTORY_LENGTH);
    DEFAULT(max_steps, CS_BOT_MAX_STEPS);
    DEFAULT(show_sources, true);
#undef DEFAULT
    c->llm_provider = BUILTIN;
    if (set)
        pbjson_merge(a, &c->base, &set->base);
    return c;
}

static bool text_set(const char *s)
{
    return s && *s;
}

bool cs_bot_answers_builtin(const BotConfiguration *c)
{
    return !c->llm_provider || strcmp(c->llm_provider, BUILTIN) == 0;
}

bool cs_bot_has_model(const BotConfiguration *c)
{
    return text_set(c->llm_model);
}

bool cs_bot_has_vectors(const BotConfiguration *c)
{
    return text_set(c->embedding_provider) && strcmp(c->embedding_provider, "none") != 0;
}

int cs_bot_chunk_size(const BotConfiguration *c)
{
    return c->chunking && c->chunking->has_size ? c->chunking->size : CS_BOT_CHUNK_SIZE;
}

int cs_bot_chunk_overlap(const BotConfiguration *c, bool plain)
{
    if (c->chunking && c->chunking->has_overlap)
        return c->chunking->overlap;
    return plain ? cs_bot_chunk_size(c) / 10 : 0;
}

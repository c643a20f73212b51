/* Each part of a configuration is checked against what its provider or tool needs. */
#include "bot-store/config.h"

#include "base/utf8.h"
#include "bot/configuration.h"
#include "bot/tool.h"
#include "pbjson/merge.h"

#include <string.h>

enum { QUESTION_MAX = 200 };

void config_tidy(BotConfiguration *c)
{
    if (c->embedding_provider && strcmp(c->embedding_provider, "none") == 0)
        c->embedding_provider = NULL;
}

static bool text_empty(const char *s)
{
    return !s || cs_utf8_blank(s, strlen(s));
}

static void check_llm(struct cs_arena *a, const BotConfiguration *c,
                      const struct provider_keys *keys, struct pbjson_errors *errors)
{
    if (!provider_usable(c->llm_provider, CS_PROVIDER_CHAT, keys))
        pbjson_error(errors, "configuration.llm_provider", provider_wanted(a, CS_PROVIDER_CHAT));
    if (!cs_bot_answers_builtin(c) && !cs_bot_has_model(c))
        pbjson_error(errors, "configuration.llm_model",
                     "The field is required unless llm_provider is builtin.");
    if (c->has_agent_type && c->agent_type == AGENT_TYPE_UNSPECIFIED)
        pbjson_error(errors, "configuration.agent_type",
                     "The value must be rag, react or tool_using.");
}

static void check_embedding(struct cs_arena *a, const BotConfiguration *c,
                            const struct provider_keys *keys, struct pbjson_errors *errors)
{
    if (!c->embedding_provider)
        return;
    if (!provider_usable(c->embedding_provider, CS_PROVIDER_EMBED, keys))
        pbjson_error(errors, "configuration.embedding_provider",
                     provider_wanted(a, CS_PROVIDER_EMBED));
    if (text_empty(c->embedding_model))
        pbjson_error(errors, "configuration.embedding_model",
                     "The field is required with an embedding_provider.");
}

static void check_rerank(struct cs_arena *a, const Rerank *r, const struct provider_keys *keys,
                         struct pbjson_errors *errors)
{
    if (!r)
        return;
    if (text_empty(r->provider) || !provider_usable(r->provider, CS_PROVIDER_RERANK, keys))
        pbjson_error(errors, "configuration.rerank.provider",
                     provider_wanted(a, CS_PROVIDER_RERANK));
    if (text_empty(r->model))
        pbjson_error(errors, "configuration.rerank.model", "The field is required.");
}

static void check_fallbacks(struct cs_arena *a, const BotConfiguration *c,
                            const struct provider_keys *keys, struct pbjson_errors *errors)
{
    for (size_t i = 0; i < c->n_llm_fallbacks; i++) {
        const LlmFallback *f = c->llm_fallbacks[i];
        const char *at = cs_printf(a, "configuration.llm_fallbacks[%zu]", i);

        if (text_empty(f->llm_provider) ||
            !provider_usable(f->llm_provider, CS_PROVIDER_CHAT, keys))
            pbjson_error(errors, cs_printf(a, "%s.llm_provider", at),
                         provider_wanted(a, CS_PROVIDER_CHAT));
        else if (text_empty(f->llm_model) && strcmp(f->llm_provider, "builtin") != 0)
            pbjson_error(errors, cs_printf(a, "%s.llm_model", at),
                         "The field is required unless llm_provider is builtin.");
    }
}

static void check_tools(struct cs_arena *a, const BotConfiguration *c, struct pbjson_errors *errors)
{
    const char **names = CS_NEW(a, const char *, c->n_tools);

    for (size_t i = 0; i < c->n_tools; i++) {
        const char *at = cs_printf(a, "configuration.tools[%zu]", i);
        const struct cs_tool *tool = cs_tool_read(a, c->tools[i]->text, at, errors);
        bool seen = false;

        names[i] = tool ? tool->name : NULL;
        for (size_t k = 0; names[i] && k < i; k++)
            seen = seen || (names[k] && strcmp(names[k], names[i]) == 0);
        if (seen)
            pbjson_error(errors, at, "The name occurs twice.");
    }
}

static void check_questions(struct cs_arena *a, const BotConfiguration *c,
                            struct pbjson_errors *errors)
{
    for (size_t i = 0; i < c->n_suggested_questions; i++) {
        const char *s = c->suggested_questions[i];
        size_t n = cs_utf8_count(s, strlen(s));

        if (cs_utf8_blank(s, strlen(s)) || n > QUESTION_MAX)
            pbjson_error(errors, cs_printf(a, "configuration.suggested_questions[%zu]", i),
                         "The value must have 1 to 200 characters and not be blank.");
    }
}

void config_check(struct cs_arena *a, const BotConfiguration *set, const struct provider_keys *keys,
                  struct pbjson_errors *errors)
{
    const BotConfiguration *c;

    if (!set)
        return;
    if (strlen(config_text(a, &set->base)) > CONFIG_MAX)
        pbjson_error(errors, "configuration",
                     "The value must not be longer than 262144 bytes as JSON.");
    c = cs_bot_configuration(a, set);
    check_llm(a, c, keys, errors);
    check_fallbacks(a, c, keys, errors);
    check_embedding(a, c, keys, errors);
    check_rerank(a, c->rerank, keys, errors);
    if (cs_bot_chunk_overlap(c, true) >= cs_bot_chunk_size(c))
        pbjson_error(errors, "configuration.chunking.overlap", "The value must be less than size.");
    check_tools(a, c, errors);
    check_questions(a, c, errors);
}

const char *config_text(struct cs_arena *a, const ProtobufCMessage *msg)
{
    size_t len;

    return msg ? pbjson_text(a, msg, &len) : "{}";
}

bool config_parse(struct cs_arena *a, const char *text, ProtobufCMessage *ret)
{
    struct pbjson_errors errors = {0};
    json_t *object = pbjson_parse_stored(a, text);
    bool ok = object && pbjson_read(a, object, ret, &errors);

    json_decref(object);
    pbjson_merge_clear(ret, "clear"); /* an empty list was read as one that is cleared */
    return ok;
}

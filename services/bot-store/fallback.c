/* The settings taken apart once. */
#include "bot-store/fallback.h"

#include "base/log.h"
#include "provider/provider.h"

#include <stdlib.h>
#include <string.h>

/* set before any worker runs; provider NULL: none */
static struct {
    char *provider, *model, *url, *key;
} fallback;

static char *text_copy(const char *text)
{
    char *copy = text && *text ? strdup(text) : NULL;

    if (text && *text && !copy)
        abort();
    return copy;
}

int fallback_start(const char *model, const char *url, const char *key)
{
    const char *slash = model ? strchr(model, '/') : NULL;
    const struct cs_provider *known;

    free(fallback.provider);
    free(fallback.model);
    free(fallback.url);
    free(fallback.key);
    memset(&fallback, 0, sizeof(fallback));
    if (!model || !*model)
        return 0;
    char *provider = slash ? strndup(model, (size_t)(slash - model)) : NULL;
    known = provider ? cs_provider_find(provider) : NULL;
    if (!known || !known->chat || !slash[1] || (!known->base_url && (!url || !*url))) {
        cs_log(
            CS_ERROR, "a setting is wrong", "setting", "CHATSPHERE_DEFAULT_MODEL", "value", model,
            "reason",
            "must be a known provider of language models, a slash and the name of a model, such as "
            "ollama/llama3.2; without a known address DEFAULT_MODEL_URL is required",
            NULL);
        free(provider);
        return -1;
    }
    fallback.provider = provider;
    fallback.model = text_copy(slash + 1);
    fallback.url = text_copy(url);
    fallback.key = text_copy(key);
    return 0;
}

void fallback_fill(BotConfiguration *c)
{
    if (!fallback.provider)
        return;
    c->llm_provider = fallback.provider;
    if (!c->llm_model)
        c->llm_model = fallback.model;
}

bool fallback_key(const char *provider, OpenedProviderKey *ret)
{
    if (!fallback.provider || strcmp(fallback.provider, provider) != 0)
        return false;
    ret->api_key = fallback.key;
    ret->base_url = fallback.url;
    return true;
}

/* The model, its address and its headers, from a bot's configuration. */
#include "embed/embedder.h"

#include "base/env.h"
#include "bot/bot.h"
#include "bot/configuration.h"
#include "embed/hash.h"

#include <string.h>

static int embedder_local(struct cs_call *call, struct embedder *e)
{
    if (models_get(call, e->model, &e->local) < 0)
        return -1;
    if (e->dimensions && (size_t)e->dimensions != model_dimensions(e->local))
        return cs_fail(call, CS_UNPROCESSABLE,
                       "The local model %s makes vectors of %zu dimensions, not of %d.", e->model,
                       model_dimensions(e->local), e->dimensions);
    e->space = cs_printf(call->arena, "%s/%s@%s", e->provider, e->model, model_tag(e->local));
    return 0;
}

int embedder_of(struct cs_call *call, const char *bot, const struct embedder_choice *choice,
                struct embedder *ret)
{
    const BotConfiguration *c;
    Bot *b;

    if (cs_bot_get(call, bot, &b) < 0)
        return -1;
    c = b->configuration;
    if (!cs_bot_has_vectors(c))
        return cs_fail(call, CS_UNPROCESSABLE, "The bot has no embedding provider.");
    *ret = (struct embedder){
        .provider = c->embedding_provider,
        .model = c->embedding_model,
        .dimensions = c->has_embedding_dimensions ? c->embedding_dimensions : 0,
    };
    if (choice->provider) {
        ret->provider = choice->provider;
        ret->model = choice->model;
        ret->dimensions = choice->dimensions;
    }
    if (cs_env_int("TEST") && strcmp(ret->provider, "hash") == 0) {
        ret->hash = true;
        ret->model = "ngrams";
        if (!ret->dimensions)
            ret->dimensions = HASH_DIMENSIONS;
        ret->space = "hash/ngrams";
        return 0;
    }
    if (!ret->model || !*ret->model)
        return cs_fail(call, CS_UNPROCESSABLE, "The bot has no embedding model.");
    if (strcmp(ret->provider, "local") == 0)
        return embedder_local(call, ret);
    ret->space = cs_printf(call->arena, "%s/%s", ret->provider, ret->model);
    ret->wire = cs_provider_embed(ret->provider);
    if (!ret->wire)
        return cs_fail(call, CS_UNPROCESSABLE, "The provider %s makes no vectors.", ret->provider);
    return cs_access_of(call, bot, ret->provider, &ret->access);
}

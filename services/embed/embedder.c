#include "embed/embedder.h"

#include "base/env.h"
#include "bus/client.h"
#include "bus/recent.h"
#include "chatsphere/v1/names.h"
#include "embed/hash.h"
#include "pbjson/pbjson.h"

#include <string.h>

/* of bots' configurations, what is needed here */
static struct cs_recent recent = CS_RECENT_INIT(2000);

static const BotConfiguration *recall(struct cs_call *call, const char *bot)
{
    size_t len;
    const void *packed = cs_recent_get(&recent, call->arena, bot, call->tenant, NULL, &len);

    return packed ? (const BotConfiguration *)pbjson_unpack(
                        call->arena, &chatsphere__v1__bot_configuration__descriptor, packed, len)
                  : NULL;
}

static void remember(const struct cs_call *call, const char *bot, const BotConfiguration *c)
{
    BotConfiguration part = BOT_CONFIGURATION_INIT;
    const void *packed;
    size_t len;

    part.embedding_provider = c->embedding_provider;
    part.embedding_model = c->embedding_model;
    part.has_embedding_dimensions = c->has_embedding_dimensions;
    part.embedding_dimensions = c->embedding_dimensions;
    packed = pbjson_pack(call->arena, &part.base, &len);
    cs_recent_put(&recent, bot, call->tenant, packed, len);
}

void embedder_forget(const char *subject, const char *bot, size_t len)
{
    (void)subject;
    cs_recent_drop(&recent, bot, len);
}

static int configuration_of(struct cs_call *call, const char *bot, const BotConfiguration **ret)
{
    BotRequest req = BOT_REQUEST_INIT;
    Bot *b;

    if ((*ret = recall(call, bot)))
        return 0;
    req.bot_id = (char *)bot;
    if (bot_store_get_bot(call, &req, &b) < 0)
        return -1;
    *ret = b->configuration;
    if (!*ret || !(*ret)->embedding_provider || !*(*ret)->embedding_provider ||
        strcmp((*ret)->embedding_provider, "none") == 0)
        return cs_fail(call, CS_UNPROCESSABLE, "the bot has no embedding provider");
    remember(call, bot, *ret);
    return 0;
}

int embedder_of(struct cs_call *call, const char *bot, struct embedder *ret)
{
    const BotConfiguration *c;

    if (!call->tenant)
        return cs_fail(call, CS_NOT_FOUND, "no such bot");
    if (configuration_of(call, bot, &c) < 0)
        return -1;
    *ret = (struct embedder){
        .provider = c->embedding_provider,
        .model = c->embedding_model,
        .dimensions = c->has_embedding_dimensions ? c->embedding_dimensions : 0,
    };
    if (cs_env_int("TEST") && strcmp(ret->provider, "hash") == 0) {
        ret->hash = true;
        ret->model = "ngrams";
        if (!ret->dimensions)
            ret->dimensions = HASH_DIMENSIONS;
        return 0;
    }
    if (!ret->model || !*ret->model)
        return cs_fail(call, CS_UNPROCESSABLE, "the bot has no embedding model");
    return cs_access_of(call, bot, ret->provider, &ret->access);
}

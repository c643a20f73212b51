/* The bots of bot_store: look-up through a cache of packed messages. */
#include "bot/cache.h"

#include "base/id.h"
#include "base/recent.h"
#include "bot/configuration.h"
#include "pbjson/pbjson.h"

static struct cs_recent recent = CS_RECENT_INIT(2000);

Bot *cs_bot_recall(struct cs_arena *a, const char *id, const char *tenant)
{
    const char *owner;
    size_t len;
    const void *packed = cs_recent_get(&recent, a, id, tenant, &owner, &len);
    Bot *bot;

    if (!packed)
        return NULL;
    bot = (Bot *)pbjson_unpack(a, &chatsphere__v1__bot__descriptor, packed, len);
    if (bot)
        bot->tenant_id = (char *)(uintptr_t)owner;
    return bot;
}

int cs_bot_not_found(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The bot does not exist.");
}

int cs_bot_received(struct cs_call *call, int r, Bot *bot, const char *tenant)
{
    const void *packed;
    size_t len;

    if (r < 0)
        return call->status == CS_NOT_FOUND ? cs_bot_not_found(call) : r;
    bot->configuration = cs_bot_configuration(call->arena, bot->configuration);
    packed = pbjson_pack(call->arena, &bot->base, &len);
    cs_recent_put(&recent, bot->id, tenant ? tenant : bot->tenant_id, packed, len);
    return 0;
}

int cs_bot_fetch(struct cs_call *call, const char *id, Bot **ret)
{
    BotRequest req = BOT_REQUEST_INIT;
    int r;

    if (!call->tenant)
        return cs_fail(call, CS_UNAUTHENTICATED, "This operation requires a signed-in caller.");
    if (!cs_id_valid(id))
        return cs_bot_not_found(call);
    req.bot_id = (char *)(uintptr_t)id;
    r = bot_store_get_bot(call, &req, ret);
    return cs_bot_received(call, r, *ret, call->tenant);
}

int cs_bot_get(struct cs_call *call, const char *id, Bot **ret)
{
    *ret = cs_bot_known(call, id);
    return *ret ? 0 : cs_bot_fetch(call, id, ret);
}

Bot *cs_bot_known(struct cs_call *call, const char *id)
{
    return call->tenant && cs_id_valid(id) ? cs_bot_recall(call->arena, id, call->tenant) : NULL;
}

void cs_bot_changed(const Bot *bot)
{
    cs_ctl_publish(CS_BOT_CHANGES, bot->tenant_id, bot->id);
}

void cs_bot_on_change(const char *subject, const char *id, size_t len)
{
    (void)subject;
    cs_recent_drop(&recent, id, len);
}

#include "chat/bot.h"

#include "base/id.h"
#include "bus/recent.h"
#include "pbjson/pbjson.h"

static struct cs_recent recent = CS_RECENT_INIT(2000);

/* tenant NULL: whoever's it is */
static Bot *recall(struct cs_arena *a, const char *id, const char *tenant)
{
    const char *owner;
    size_t len;
    const void *packed = cs_recent_get(&recent, a, id, tenant, &owner, &len);
    Bot *bot;

    if (!packed)
        return NULL;
    bot = (Bot *)pbjson_unpack(a, &chatsphere__v1__bot__descriptor, packed, len);
    if (bot)
        bot->tenant_id = (char *)owner;
    return bot;
}

static void remember(struct cs_arena *a, const char *id, const char *tenant, const Bot *bot)
{
    size_t len;
    const void *packed = pbjson_pack(a, &bot->base, &len);

    cs_recent_put(&recent, id, tenant, packed, len);
}

void bot_on_change(const char *subject, const char *id, size_t len)
{
    (void)subject;
    cs_recent_drop(&recent, id, len);
}

static int no_such_bot(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "no such bot");
}

static int fetch_failed(struct cs_call *call, int r)
{
    return call->status == CS_NOT_FOUND ? no_such_bot(call) : r;
}

Bot *bot_known(struct cs_call *call, const char *id)
{
    return recall(call->arena, id, call->tenant);
}

int bot_get(struct cs_call *call, const char *id, Bot **ret)
{
    BotRequest req = BOT_REQUEST_INIT;
    int r;

    if (!cs_id_valid(id))
        return no_such_bot(call);
    *ret = bot_known(call, id);
    if (*ret)
        return 0;
    req.bot_id = (char *)id;
    r = bot_store_get_bot(call, &req, ret);
    if (r < 0)
        return fetch_failed(call, r);
    remember(call->arena, id, call->tenant, *ret);
    return 0;
}

int bot_get_public(struct cs_call *call, const char *id, Bot **ret)
{
    BotRequest req = BOT_REQUEST_INIT;
    int r;

    if (!cs_id_valid(id))
        return no_such_bot(call);
    *ret = recall(call->arena, id, NULL);
    if (*ret)
        return (*ret)->is_public ? 0 : no_such_bot(call);
    req.bot_id = (char *)id;
    r = bot_store_get_public_bot(call, &req, ret);
    if (r < 0)
        return fetch_failed(call, r);
    remember(call->arena, id, (*ret)->tenant_id, *ret);
    return 0;
}

/*
 * Public bots of any workspace. A file of its own: only a program that uses it calls this method of
 * bot_store, and so has the right to.
 */
#include "bot/cache.h"

#include "base/id.h"

int cs_bot_get_public(struct cs_call *call, const char *id, Bot **ret)
{
    BotRequest req = BOT_REQUEST_INIT;
    int r;

    if (!cs_id_valid(id))
        return cs_bot_not_found(call);
    *ret = cs_bot_recall(call->arena, id, NULL);
    if (*ret)
        return (*ret)->is_public ? 0 : cs_bot_not_found(call);
    req.bot_id = (char *)(uintptr_t)id;
    r = bot_store_get_public_bot(call, &req, ret);
    return cs_bot_received(call, r, *ret, NULL);
}

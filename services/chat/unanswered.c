/* The handler of the questions that a bot's documents had nothing for. */
#include "bot/bot.h"
#include "chat/chat.h"
#include "chat/store.h"

CS_HANDLER(Chat, list_unanswered, ListUnansweredRequest, UnansweredList)
{
    Bot *bot;
    int r = cs_need_caller(call);

    if (r < 0 || (r = cs_bot_get(call, req->bot_id, &bot)) < 0)
        return r;
    if (req->has_from && req->has_to && req->from >= req->to)
        return cs_fail_field(call, "to", "The value must be later than from.");
    return store_unanswered(call, req, call->principal, rep);
}

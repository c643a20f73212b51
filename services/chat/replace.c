/* Replace: a question that is answered once more, in the place of the pair that it was. */
#include "base/id.h"
#include "bot/bot.h"
#include "chat/chat.h"
#include "chat/store.h"
#include "chat/turn.h"

/* content NULL: the old question. retry: only of an answer that is not complete. */
static int replace_turn(struct cs_call *call, const char *id, const char *content, bool retry,
                        Turn *rep)
{
    struct store_turn_seen seen;
    struct turn *t;
    int r = cs_need_caller(call);

    if (r < 0)
        return r;
    if (call->begun)
        return turn_again(call, rep);
    r = cs_id_valid(id) ? store_turn_look(call,
                                          &(struct store_turn_key){
                                              .turn = id,
                                              .owner = call->principal,
                                          },
                                          &seen)
                        : STORE_NONE;
    if (r != 0)
        return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "The turn does not exist.") : r;
    if (seen.replaced || !seen.question)
        return cs_fail(call, CS_CONFLICT, "The turn was replaced by another one.");
    if (seen.running)
        return cs_fail(call, CS_CONFLICT,
                       "The turn is still being answered. Wait for its end or cancel it.");
    if (retry && seen.completed)
        return cs_fail(call, CS_CONFLICT, "The answer of the turn is complete.");
    t = turn_new(call, seen.conversation, content ? content : seen.question, rep);
    t->replaces = id;
    t->bot_id = (char *)seen.bot;
    if ((r = cs_bot_get(call, seen.bot, &t->bot)) < 0)
        return r;
    return turn_run(t, NULL);
}

CS_HANDLER(Chat, retry_turn, RetryTurnRequest, Turn)
{
    return replace_turn(call, req->turn_id, NULL, true, rep);
}

CS_HANDLER(Chat, regenerate_turn, RegenerateTurnRequest, Turn)
{
    return replace_turn(call, req->turn_id, req->content, false, rep);
}

/* Handlers that begin a turn and cancel one. */
#include "bus/idempotency.h"
#include "chat/chat.h"
#include "chat/store.h"
#include "chat/turn.h"

CS_HANDLER(Chat, send_message, SendMessageRequest, Turn)
{
    int r = cs_need_caller(call);

    if (r < 0)
        return r;
    if (!cs_id_valid(req->conversation_id))
        return chat_no_conversation(call);
    if (call->begun)
        return turn_again(call, rep);
    return turn_run(turn_new(call, req->conversation_id, req->content, rep), NULL);
}

CS_HANDLER(Chat, cancel_turn, TurnRequest, Empty)
{
    bool running;
    int r = cs_need_caller(call);

    if (r < 0)
        return r;
    r = cs_id_valid(req->turn_id)
            ? store_turn_cancel(call, req->turn_id, call->principal, NULL, &running)
            : STORE_NONE;
    if (r != 0)
        return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "The turn does not exist.") : r;
    cs_idempotency_keep(call, &rep->base);
    r = store_commit(call);
    if (r == 0 && running)
        cs_ctl_publish("turn_cancel", req->turn_id, req->turn_id);
    return r;
}

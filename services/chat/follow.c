/* Follow: a turn as it is, and its frames once more, for a reader that has some of them or none. */
#include "base/id.h"
#include "bot/bot.h"
#include "bot/origin.h"
#include "bus/replay.h"
#include "chat/chat.h"
#include "chat/store.h"
#include "chat/turn.h"

struct follower {
    struct cs_call *call;
    uint32_t after;
};

static void follower_send(void *state, const Frame *frame)
{
    struct follower *f = state;
    Frame copy = *frame;

    if (frame->seq > f->after)
        cs_frame_to(f->call->frames, frame->seq, &copy);
}

static int no_turn(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The turn does not exist.");
}

/* The frames that are kept go first; what comes later the reader hears by itself. */
static int follow_frames(struct cs_call *call, const ResumeTurnRequest *req,
                         const struct store_turn_seen *seen)
{
    struct follower f = {.call = call, .after = req->after};

    if (!call->frames || !seen->frames || (!seen->running && req->after >= seen->last_seq))
        return 0;
    if (cs_frames_replay(seen->frames, follower_send, &f) == 0 || !seen->running)
        return 0; /* of a turn that has ended the message is as good */
    call->retry_after_ms = 1000;
    return cs_fail(call, CS_OVERLOADED, "The events of the turn cannot be read at the moment.");
}

static int follow_turn(struct cs_call *call, const ResumeTurnRequest *req, const char *bot,
                       TurnState *rep)
{
    struct store_turn_key key = {req->turn_id, call->principal, bot, req->conversation_id};
    struct store_turn_seen seen;
    int r;

    if (!cs_id_valid(req->turn_id) || (req->conversation_id && !cs_id_valid(req->conversation_id)))
        return no_turn(call);
    r = store_turn_look(call, &key, &seen);
    if (r == STORE_NONE || (r == 0 && seen.replaced))
        return no_turn(call);
    if (r < 0 || (r = follow_frames(call, req, &seen)) < 0)
        return r;
    rep->turn_id = req->turn_id;
    TurnState_set_running(rep, seen.running);
    TurnState_set_whole(rep, !seen.frames);
    TurnState_set_last_seq(rep, seen.running ? 0 : seen.last_seq);
    rep->question = (char *)seen.question;
    if (seen.running)
        return 0;
    rep->turn = Turn_new(call->arena);
    rep->turn->turn_id = req->turn_id;
    rep->turn->conversation_id = (char *)seen.conversation;
    if (bot)
        rep->turn->session_id = (char *)seen.conversation;
    r = store_turn_message(call, req->turn_id, &rep->turn->message);
    if (r == 0 && bot)
        turn_hide_error(rep->turn->message);
    return r == STORE_NONE ? no_turn(call) : r;
}

CS_HANDLER(Chat, resume_turn, ResumeTurnRequest, TurnState)
{
    int r = cs_need_caller(call);

    return r < 0 ? r : follow_turn(call, req, NULL, rep);
}

CS_HANDLER(Chat, resume_public_turn, ResumeTurnRequest, TurnState)
{
    Bot *bot;
    int r = cs_need_caller(call);

    if (r < 0)
        return r;
    if (!cs_principal_id(call, "visitor"))
        return no_turn(call);
    if ((r = cs_bot_get_public(call, req->bot_id, &bot)) < 0)
        return call->status == CS_NOT_FOUND ? no_turn(call) : r;
    /* a GET of the platform's own page has no Origin, and the token is of one origin alone */
    if (req->origin && !cs_bot_allows_origin(call->arena, bot, req->origin, req->host))
        return cs_fail(call, CS_FORBIDDEN, "The bot's allowed_origins do not include %s.",
                       req->origin);
    return follow_turn(call, req, bot->id, rep);
}

/* Preview: an answer with a configuration that is not stored. Nothing of it is kept but what the plan counts. */
#include "bot/bot.h"
#include "bot/configuration.h"
#include "chat/chat.h"
#include "chat/turn.h"
#include "pbjson/merge.h"

/* The messages before the question, newest first, as many as the configuration lets a model see. */
static void preview_history(struct turn *t, const PreviewTurnRequest *req)
{
    size_t max = (size_t)t->bot->configuration->chat_history_length;

    t->n_said = req->n_history < max ? req->n_history : max;
    t->said = CS_NEW(t->call->arena, struct store_said, t->n_said);
    for (size_t i = 0; i < t->n_said; i++) {
        const CompleteMessage *m = req->history[req->n_history - 1 - i];
        t->said[i] = (struct store_said){.user = m->role == MESSAGE_ROLE_USER, .text = m->content};
    }
    t->recalled = true;
}

CS_HANDLER(Chat, preview_turn, PreviewTurnRequest, Turn)
{
    struct turn *t;
    Bot *bot;
    int r = cs_need_caller(call);

    if (r < 0 || (r = cs_bot_get(call, req->bot_id, &bot)) < 0)
        return r;
    if (req->configuration) { /* the bot is of this call alone */
        pbjson_merge(call->arena, &bot->configuration->base, &req->configuration->base);
        bot->configuration = cs_bot_configuration(call->arena, bot->configuration);
    }
    t = turn_new(call, NULL, req->message, rep);
    t->unkept = true;
    t->bot = bot;
    t->bot_id = bot->id;
    preview_history(t, req);
    return turn_run_unkept(t);
}

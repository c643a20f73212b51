/* Complete: an answer to messages that the caller keeps. Nothing is remembered between calls. */
#include "bot/bot.h"
#include "chat/chat.h"
#include "chat/turn.h"

#include "base/utf8.h"

enum { QUESTION_MAX = 32768 /* characters */ };

/* The messages before the question, newest first. */
static void complete_history(struct turn *t, const CompleteRequest *req)
{
    t->n_said = req->n_messages - 1;
    t->said = CS_NEW(t->call->arena, struct store_said, t->n_said);
    for (size_t i = 0; i < t->n_said; i++) {
        const CompleteMessage *m = req->messages[t->n_said - 1 - i];
        t->said[i] = (struct store_said){
            .user = m->role == MESSAGE_ROLE_USER,
            .text = m->content,
        };
    }
    t->recalled = true;
}

CS_HANDLER(Chat, complete, CompleteRequest, Turn)
{
    const CompleteMessage *last = req->messages[req->n_messages - 1];
    BotConfiguration *c;
    struct turn *t;
    Bot *bot;
    int r = cs_need_caller(call);

    if (r < 0 || (r = cs_bot_get(call, req->bot_id, &bot)) < 0)
        return r;
    if (last->role != MESSAGE_ROLE_USER || !*last->content)
        return cs_fail_field(call, "messages", "The last message must be a text of the user.");
    if (cs_utf8_head(last->content, strlen(last->content), QUESTION_MAX) < strlen(last->content))
        return cs_fail_field(call, "messages",
                             "The last message must have at most 32,768 characters.");
    t = turn_new(call, NULL, last->content, rep);
    t->unkept = true;
    t->bot = bot;
    t->bot_id = bot->id;
    c = bot->configuration; /* of this call alone */
    if (req->instructions && *req->instructions)
        c->system_prompt =
            c->system_prompt && *c->system_prompt
                ? cs_printf(call->arena, "%s\n\n%s", c->system_prompt, req->instructions)
                : req->instructions;
    complete_history(t, req);
    return turn_run_unkept(t);
}

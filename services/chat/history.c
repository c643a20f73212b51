/* The history of a prompt, and the time of a turn. */
#include "chat/history.h"

#include "base/clock.h"
#include "chat/store.h"

int history_limit(const BotConfiguration *c)
{
    return c->chat_history_length;
}

int history_said(struct turn *t, struct prompt_parts *p)
{
    int limit = history_limit(t->bot->configuration), r = 0;
    struct cs_chat_message *messages;
    size_t n;

    if (limit > 0 && !t->recalled)
        r = store_said_before(t->call, t->conversation, t->id, limit, &t->said, &t->n_said);
    if (r < 0)
        return r;
    n = limit > 0 || t->recalled ? t->n_said : 0; /* the search may have read some */
    messages = CS_NEW(t->call->arena, struct cs_chat_message, n);
    for (size_t i = 0; i < n; i++)
        messages[i] = (struct cs_chat_message){.role = t->said[i].user ? "user" : "assistant",
                                               .text = t->said[i].text};
    p->history = messages;
    p->n_history = n;
    return 0;
}

void history_time(struct turn *t, int64_t reserve_ms)
{
    const BotConfiguration *c = t->bot->configuration;
    int64_t begun = cs_mono_ms() - (cs_now_ms() - t->accepted_ms);
    int64_t end = begun + (int64_t)c->max_turn_seconds * 1000 + reserve_ms;

    if (c->has_max_turn_seconds && end < t->call->deadline_ms)
        t->call->deadline_ms = end;
}

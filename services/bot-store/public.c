/* What an anonymous visitor may read of a public bot, and the snippet that embeds it. */
#include "bot-store/public.h"

#include "bot-store/bot.h"
#include "bot-store/seen.h"
#include "base/clock.h"
#include "base/id.h"
#include "bot/origin.h"
#include "bot/plan.h"
#include "bus/service.h"

#include <stdlib.h>
#include <string.h>

enum { MESSAGE_CHARS = 32768 }; /* of PublicMessageRequest */

/* without / at its end; set once, before any worker runs, and never freed */
static const char *public_url;

void public_start(const char *url)
{
    size_t n = strlen(url);

    while (n > 0 && url[n - 1] == '/')
        n--;
    public_url = strndup(url, n);
    if (!public_url)
        abort();
}

/* A bot that is not public is as unknown as one that does not exist; a suspended workspace has none to show. */
static int public_bot(struct cs_call *call, const char *id, Bot **ret)
{
    Plan *plan;
    int r = cs_id_valid(id) ? store_public_bot(call, id, ret) : STORE_NONE;

    if (r != 0)
        return r == STORE_NONE ? bot_none(call) : r;
    return cs_plan_get(call, (*ret)->tenant_id, &plan);
}

CS_HANDLER(BotStore, get_public_bot, BotRequest, Bot)
{
    Bot *bot;
    int r = public_bot(call, req->bot_id, &bot);

    if (r < 0)
        return r;
    *rep = *bot_show(call->arena, bot);
    rep->tenant_id = bot->tenant_id;
    return 0;
}

/* A page of another site shows the widget; without the note the settings are right all the same. */
static void note_origin(struct cs_call *call, const Bot *bot, const BotRequest *req)
{
    const char *origin = req->origin ? cs_origin_normal(call->arena, req->origin) : NULL;

    if (!origin || cs_origin_own(req->origin, req->host) ||
        !seen_due(bot->id, origin, cs_mono_ms()))
        return;
    if (store_seen_put(call, bot, origin) < 0)
        call->status = 0;
}

CS_HANDLER(BotStore, get_chat_config, BotRequest, ChatConfig)
{
    Bot *bot;
    int r = public_bot(call, req->bot_id, &bot);

    if (r < 0)
        return r;
    if (req->origin && !cs_bot_allows_origin(call->arena, bot, req->origin, req->host))
        return cs_fail(call, CS_FORBIDDEN, "The bot's allowed_origins do not include %s.",
                       req->origin);
    note_origin(call, bot, req);
    bot = bot_show(call->arena, bot);
    rep->bot_id = bot->id;
    rep->name = bot->name;
    rep->welcome_message = bot->configuration->welcome_message;
    rep->suggested_questions = bot->configuration->suggested_questions;
    rep->n_suggested_questions = bot->configuration->n_suggested_questions;
    rep->widget = bot->widget;
    ChatConfig_set_show_sources(rep, bot->configuration->show_sources);
    rep->allowed_origins = bot->allowed_origins;
    rep->n_allowed_origins = bot->n_allowed_origins;
    rep->limits = ChatLimits_new(call->arena);
    ChatLimits_set_message_chars(rep->limits, MESSAGE_CHARS);
    return 0;
}

CS_HANDLER(BotStore, get_embed, BotRequest, EmbedCode)
{
    Bot *bot;
    int r = bot_get(call, req->bot_id, &bot);

    if (r < 0)
        return r;
    rep->chat_url = cs_printf(call->arena, "%s/chat/%s", public_url, bot->id);
    rep->script =
        cs_printf(call->arena, "<script src=\"%s/widget.js\" data-bot=\"%s\" async></script>",
                  public_url, bot->id);
    rep->iframe = cs_printf(call->arena,
                            "<iframe src=\"%s\" title=\"Chat\" width=\"400\" height=\"600\" "
                            "style=\"border:0\"></iframe>",
                            rep->chat_url);
    return store_seen(call, bot->id, &rep->seen, &rep->n_seen);
}

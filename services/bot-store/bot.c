/* Bots created, read, changed and deleted, with their checks and events. */
#include "bot-store/bot.h"

#include "bot-store/config.h"
#include "bot-store/fallback.h"
#include "bot-store/headers.h"
#include "bot-store/widget.h"
#include "base/clock.h"
#include "base/id.h"
#include "bot/bot.h"
#include "bot/configuration.h"
#include "bot/origin.h"
#include "bot/plan.h"
#include "bus/client.h"
#include "bus/event.h"
#include "bus/idempotency.h"
#include "pbjson/changed.h"
#include "pbjson/merge.h"
#include "pg/pg.h"

#include <string.h>

static bool test_models; /* set once, before any worker runs */

void bot_allow_test(bool allow)
{
    test_models = allow;
}

int bot_reachable(struct cs_call *call, const char *id)
{
    int r = cs_need_caller(call);

    if (r < 0)
        return r;
    return cs_id_valid(id) ? 0 : bot_none(call);
}

int bot_get(struct cs_call *call, const char *id, Bot **ret)
{
    int r = bot_reachable(call, id);

    if (r == 0)
        r = store_bot(call, id, ret);
    return r == STORE_NONE ? bot_none(call) : r;
}

int bot_lock(struct cs_call *call, const char *id, Bot **ret)
{
    int r = bot_reachable(call, id);

    if (r == 0)
        r = store_bot_lock(call, id, ret);
    return r == STORE_NONE ? bot_none(call) : r;
}

Bot *bot_show(struct cs_arena *a, const Bot *bot)
{
    Bot *shown = cs_memdup(a, bot, sizeof(*bot));

    shown->configuration = cs_bot_configuration(a, bot->configuration);
    if (!bot->configuration || !bot->configuration->llm_provider)
        fallback_fill(shown->configuration);
    shown->widget = Widget_new(a);
    if (bot->widget) /* merged, as the configuration is: without what a request cleared */
        pbjson_merge(a, &shown->widget->base, &bot->widget->base);
    Bot_set_is_public(shown, bot->is_public);
    shown->tenant_id = NULL;
    return shown;
}

static void bot_event(struct cs_call *call, const Bot *bot, const char *event, char **changed,
                      size_t n_changed)
{
    BotEvent payload = BOT_EVENT_INIT;

    payload.bot_id = bot->id;
    payload.changed = changed;
    payload.n_changed = n_changed;
    BotEvent_set_version(&payload, bot->version);
    cs_event(call, &(struct cs_event){
                       .tenant = bot->tenant_id,
                       .bot = bot->id,
                       .aggregate = "bot",
                       .event = event,
                       .id = bot->id,
                       .version = bot->version,
                       .payload = &payload.base,
                   });
}

/* ---- checking ---- */

/* Whether the tools are those of before: a rule that came later does not keep a bot from being changed. */
static bool tools_kept(const BotConfiguration *was, const BotConfiguration *c)
{
    if (!was || was->n_tools != c->n_tools)
        return false;
    for (size_t i = 0; i < c->n_tools; i++)
        if (strcmp(was->tools[i]->text, c->tools[i]->text) != 0)
            return false;
    return true;
}

static void configuration_check(struct cs_call *call, const Bot *was, const Bot *bot,
                                const struct provider_keys *keys, struct pbjson_errors *errors)
{
    if (!bot->configuration)
        return;
    BotConfiguration c = *bot->configuration;
    if (was && tools_kept(was->configuration, &c))
        c.n_tools = 0;
    config_check(call->arena, &c, keys, errors);
}

int bot_check(struct cs_call *call, const Bot *was, Bot *bot)
{
    const struct provider_keys keys = {bot->provider_keys, bot->n_provider_keys, test_models};
    struct pbjson_errors errors = {0};
    int r = 0;

    if (bot->configuration)
        config_tidy(bot->configuration);
    if (!bot->name)
        pbjson_error(&errors, "name", "The field is required.");
    for (size_t i = 0; i < bot->n_allowed_origins; i++) { /* each becomes its normal form */
        char *normal = cs_origin_normal(call->arena, bot->allowed_origins[i]);

        if (normal)
            bot->allowed_origins[i] = normal;
        else
            pbjson_error(&errors, cs_printf(call->arena, "allowed_origins[%zu]", i),
                         "The value must be an origin such as https://example.org.");
    }
    configuration_check(call, was, bot, &keys, &errors);
    widget_check(call->arena, bot->widget, &errors);
    for (int i = 0; i < errors.n; i++)
        r = cs_fail_field(call, errors.at[i].field, "%s", errors.at[i].message);
    if (r < 0)
        cs_pg_rollback(call->pg);
    return r;
}

/* ---- making and reading ---- */

static int bot_reply(struct cs_call *call, const Bot *bot, Bot *rep)
{
    *rep = *bot_show(call->arena, bot);
    return 0;
}

static Bot *bot_new(struct cs_call *call, const CreateBotRequest *req)
{
    Bot *bot = Bot_new(call->arena);

    bot->id = cs_alloc(call->arena, CS_ID_SIZE);
    cs_id_new(bot->id);
    bot->tenant_id = cs_strdup(call->arena, call->tenant);
    bot->name = req->name;
    bot->description = req->description;
    bot->configuration = req->configuration;
    bot->widget = req->widget;
    bot->allowed_origins = req->allowed_origins;
    bot->n_allowed_origins = req->n_allowed_origins;
    bot->is_public = req->is_public;
    Bot_set_version(bot, 1);
    Bot_set_created_at(bot, cs_now_ms());
    Bot_set_updated_at(bot, bot->created_at);
    return bot;
}

CS_HANDLER(BotStore, create_bot, CreateBotRequest, Bot)
{
    struct hidden_headers hidden;
    Plan *plan;
    int64_t max = -1; /* bots the plan allows; -1: any number */
    Bot *bot;
    int r;

    if ((r = cs_need_caller(call)) < 0)
        return r;
    bot = bot_new(call, req);
    if ((r = bot_check(call, NULL, bot)) < 0 || (r = headers_hide(call, bot, true, &hidden)) < 0 ||
        (r = cs_plan_get(call, call->tenant, &plan)) < 0)
        return r;
    if (plan->has_max_bots)
        max = plan->max_bots;
    r = store_bot_add(call, bot, max);
    if (r != 0)
        return r == STORE_FULL ? cs_fail_quota(call, "bots in a workspace", max, 0) : r;
    headers_store(call, bot, &hidden);
    bot_event(call, bot, "created", NULL, 0);
    bot_reply(call, bot, rep);
    cs_idempotency_keep(call, &rep->base);
    return store_commit(call);
}

CS_HANDLER(BotStore, get_bot, BotRequest, Bot)
{
    Bot *bot;
    int r = bot_get(call, req->bot_id, &bot);

    return r < 0 ? r : bot_reply(call, bot, rep);
}

CS_HANDLER(BotStore, list_bots, ListBotsRequest, BotList)
{
    struct cs_page page;
    Bot **rows;
    size_t n;
    int r;

    if ((r = cs_need_caller(call)) < 0 ||
        (r = cs_page_of(call, req->limit, req->cursor, &page)) < 0 ||
        (r = store_bots_page(call, &page, &rows, &n)) < 0)
        return r;
    rep->items = CS_NEW(call->arena, Bot *, n);
    for (size_t i = 0; i < n; i++)
        rep->items[i] = bot_show(call->arena, rows[i]);
    rep->n_items = cs_page_fit((ProtobufCMessage *const *)rep->items, n, (size_t)page.n - 1);
    if (rep->n_items < n)
        rep->next_cursor = cs_pg_cursor(call->arena, rows[rep->n_items - 1]->created_at,
                                        rows[rep->n_items - 1]->id);
    return 0;
}

/* ---- changing ---- */

int bot_changed(struct cs_call *call, Bot *bot, char **changed, size_t n_changed)
{
    int r;

    bot->version++;
    bot->updated_at = cs_now_ms();
    store_bot_save(call, bot);
    bot_event(call, bot, "updated", changed, n_changed);
    if ((r = store_commit(call)) == 0)
        cs_bot_changed(bot);
    return r;
}

/* checked and saved; was: a shallow copy of what it was before, whose sub-messages are as they were */
static int bot_change(struct cs_call *call, const Bot *was, Bot *bot)
{
    struct hidden_headers hidden;
    char **changed;
    size_t n;
    int r = bot_check(call, was, bot);

    if (r < 0 || (r = headers_hide(call, bot, false, &hidden)) < 0)
        return r;
    headers_store(call, bot, &hidden);
    changed = pbjson_changed(call->arena, &was->base, &bot->base, &n);
    return bot_changed(call, bot, changed, n);
}

/* a patch as a Bot, so that one rule merges all: what is absent there stays */
static void bot_patch(struct cs_arena *a, Bot *bot, const UpdateBotRequest *req)
{
    Bot patch = BOT_INIT;

    patch.name = req->name;
    patch.description = req->description;
    patch.configuration = req->configuration;
    patch.widget = req->widget;
    patch.n_allowed_origins = req->n_allowed_origins;
    patch.allowed_origins = req->allowed_origins;
    if (req->has_is_public)
        Bot_set_is_public(&patch, req->is_public);
    pbjson_merge(a, &bot->base, &patch.base);
    for (size_t i = 0; i < req->n_clear; i++)
        pbjson_merge_clear(&bot->base, req->clear[i]);
    bot->is_public = bot->has_is_public && bot->is_public;
}

CS_HANDLER(BotStore, update_bot, UpdateBotRequest, Bot)
{
    Bot was, *bot;
    int r;

    if ((r = bot_lock(call, req->bot_id, &bot)) < 0)
        return r;
    was = *bot;
    bot_patch(call->arena, bot, req);
    if ((r = bot_change(call, &was, bot)) < 0)
        return r;
    return bot_reply(call, bot, rep);
}

CS_HANDLER(BotStore, replace_bot, ReplaceBotRequest, Bot)
{
    Bot was, *bot;
    int r;

    if ((r = bot_lock(call, req->bot_id, &bot)) < 0)
        return r;
    was = *bot;
    bot->name = req->name;
    bot->description = req->description;
    bot->configuration = req->configuration;
    bot->widget = req->widget;
    bot->allowed_origins = req->allowed_origins;
    bot->n_allowed_origins = req->n_allowed_origins;
    bot->is_public = req->is_public;
    if ((r = bot_change(call, &was, bot)) < 0)
        return r;
    return bot_reply(call, bot, rep);
}

/* The others erase their part when they hear of it. */
CS_HANDLER(BotStore, delete_bot, BotRequest, Empty)
{
    Bot *bot;
    int r = bot_reachable(call, req->bot_id);

    (void)rep;
    if (r == 0)
        r = store_bot_remove(call, req->bot_id, &bot);
    if (r != 0)
        return r == STORE_NONE ? bot_none(call) : r;
    bot_event(call, bot, "deleted", NULL, 0);
    if ((r = store_commit(call)) < 0)
        return r;
    cs_bot_changed(bot);
    return 0;
}

CS_HANDLER(BotStore, count_bots, Empty, BotCount)
{
    int64_t n = 0;
    int r = cs_need_caller(call);

    (void)req;
    if (r < 0 || (r = store_bots_count(call, &n)) < 0)
        return r;
    BotCount_set_bots(rep, n);
    return 0;
}

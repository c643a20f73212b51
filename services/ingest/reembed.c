/*
 * Re-embedding: when a bot's embedding model changes, the vectors of the new one are made beside those that are
 * searched, and the switch comes when none is missing. So search goes on with the old model meanwhile, and going
 * back finds its vectors. retrieve knows what is missing: a job can begin, stop and begin again anywhere.
 */
#include "ingest/ingest.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "bot/bot.h"
#include "bot/configuration.h"
#include "bus/client.h"
#include "pg/pg.h"

#include <string.h>

enum {
    SLICE_MS = 5000, /* after that the next ticket has its turn */
    RANGE = 64,      /* chunks of one request */
    LOST_MAX = 20,   /* documents that change under a slice before it gives way */
};

struct reembed {
    const char *bot, *space; /* space: of the bot's model now */
    int32_t dimensions;      /* as the bot asks for; 0: the model's own */
    bool progressed, done;
};

/* One text, so that the model is known to work, and its space, before anything is stored. */
static int reembed_probe(struct cs_call *call, struct reembed *r)
{
    EmbedTextsRequest req = EMBED_TEXTS_REQUEST_INIT;
    char probe[] = "space", *text = probe;
    Embeddings *rep;

    req.bot_id = (char *)(uintptr_t)r->bot;
    req.texts = &text;
    req.n_texts = 1;
    if (embed_embed_texts(call, &req, &rep) < 0)
        return -1;
    r->space = rep->space;
    return 0;
}

/* Whether a space is that of the bot's model; of a local model only its files tell. */
static bool reembed_is_current(struct cs_call *call, const BotConfiguration *c, const char *space)
{
    const char *model = cs_printf(call->arena, "%s/%s/", c->embedding_provider, c->embedding_model);
    const char *size = strrchr(space, '/');

    if (strcmp(c->embedding_provider, "local") == 0 || strncmp(space, model, strlen(model)) != 0 ||
        size != space + strlen(model) - 1)
        return false;
    return !c->has_embedding_dimensions ||
           strcmp(size + 1, cs_printf(call->arena, "%d", c->embedding_dimensions)) == 0;
}

/* The space of the bot's model; done when there is no document that wants vectors. */
static int reembed_begin(struct cs_call *call, struct reembed *r, const BotConfiguration *c)
{
    static const char none[] = "none"; /* a space in which nothing has vectors */
    SpaceRequest req = SPACE_REQUEST_INIT;
    Unembedded *next;

    req.bot_id = (char *)(uintptr_t)r->bot;
    req.space = (char *)(uintptr_t)none;
    int failed = retrieve_next_unembedded(call, &req, &next);
    if (failed && call->status != CS_NOT_FOUND)
        return -1;
    if (failed)
        cs_ask_clear(call);
    r->done = failed || !next->document_id;
    if (r->done)
        return 0;
    if (next->active_space && reembed_is_current(call, c, next->active_space)) {
        r->space = next->active_space;
        return 0;
    }
    return reembed_probe(call, r);
}

static int reembed_range(struct cs_call *call, struct reembed *r, const Unembedded *next)
{
    EmbedRangeRequest req = EMBED_RANGE_REQUEST_INIT;
    EmbedRangeReply *rep;

    req.bot_id = (char *)(uintptr_t)r->bot;
    req.document_id = next->document_id;
    req.document_name = next->document_name;
    EmbedRangeRequest_set_version(&req, next->version);
    EmbedRangeRequest_set_first(&req, next->first);
    EmbedRangeRequest_set_count(&req, next->count < RANGE ? next->count : RANGE);
    if (embed_embed_range(call, &req, &rep) < 0)
        return -1;
    r->progressed = true;
    if (strcmp(rep->space, r->space) != 0) /* the model was changed meanwhile */
        r->space = rep->space;
    return 0;
}

static int reembed_switch(struct cs_call *call, struct reembed *r)
{
    SpaceRequest req = SPACE_REQUEST_INIT;
    CollectionVersion *rep;

    req.bot_id = (char *)(uintptr_t)r->bot;
    req.space = (char *)(uintptr_t)r->space;
    SpaceRequest_set_dimensions(&req, r->dimensions);
    if (retrieve_switch_space(call, &req, &rep) < 0)
        return -1;
    r->done = true;
    return 0;
}

/* The next piece of work, whatever it is. */
static int reembed_step(struct cs_call *call, struct reembed *r)
{
    SpaceRequest req = SPACE_REQUEST_INIT;
    Unembedded *next;

    req.bot_id = (char *)(uintptr_t)r->bot;
    req.space = (char *)(uintptr_t)r->space;
    int failed = retrieve_next_unembedded(call, &req, &next);
    if (failed && call->status != CS_NOT_FOUND)
        return -1;
    if (failed) { /* no document was ever stored, or the bot is gone */
        cs_ask_clear(call);
        r->done = true;
        return 0;
    }
    if (next->document_id)
        return reembed_range(call, r, next);
    if (!next->active_space || strcmp(next->active_space, r->space) != 0)
        return reembed_switch(call, r);
    r->done = true;
    return 0;
}

static int reembed_slice(struct cs_call *call, struct reembed *r)
{
    int64_t until = cs_mono_ms() + SLICE_MS;
    int lost = 0;

    while (!r->done && lost < LOST_MAX && cs_mono_ms() < until && !cs_cancelled(call)) {
        if (reembed_step(call, r) == 0)
            continue;
        if (call->status != CS_CONFLICT && call->status != CS_NOT_FOUND)
            return -1;
        cs_ask_clear(call); /* the document changed: the next step sees it */
        lost++;
    }
    return 0;
}

static int reembed_ticket(struct cs_call *call, const char *tenant, const char *bot)
{
    call->tenant = tenant;
    cs_pg_begin(call->pg, tenant);
    document_ticket(call, "reembed", bot, NULL, 0);
    return store_commit(call);
}

int reembed_run(struct cs_call *call, const Ticket *ticket)
{
    struct reembed r = {.bot = ticket->bot_id};
    Bot *bot;

    if (!r.bot || !cs_id_valid(r.bot))
        return cs_fail(call, CS_INVALID, "The ticket names no bot.");
    if (cs_bot_fetch(call, r.bot, &bot) < 0) {
        if (call->status != CS_NOT_FOUND)
            return -1;
        cs_ask_clear(call);
        return 0;
    }
    if (!cs_bot_has_vectors(bot->configuration))
        return 0;
    if (bot->configuration->has_embedding_dimensions)
        r.dimensions = bot->configuration->embedding_dimensions;
    if (reembed_begin(call, &r, bot->configuration) < 0)
        return -1;
    if (reembed_slice(call, &r) < 0 && !r.progressed)
        return -1;
    if (r.done)
        return 0;
    if (!r.progressed)
        return cs_fail(call, CS_OVERLOADED, "The documents of the bot %s change.", r.bot);
    if (call->status) { /* what was made is a first try again */
        cs_log(CS_WARN, "re-embedding goes on later", "bot", r.bot, "reason", call->detail, NULL);
        cs_ask_clear(call);
    }
    return reembed_ticket(call, call->tenant, r.bot);
}

static bool reembed_concerns(const BotEvent *e)
{
    static const char fields[] = "configuration.embedding_";

    for (size_t i = 0; i < e->n_changed; i++)
        if (strncmp(e->changed[i], fields, sizeof(fields) - 1) == 0)
            return true;
    return false;
}

int reembed_bots(struct cs_call *call, const struct cs_happened *events, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const BotEvent *e = (const BotEvent *)events[i].payload;
        if (!e->bot_id || !reembed_concerns(e))
            continue;
        int r = reembed_ticket(call, events[i].tenant, e->bot_id);
        if (r)
            return r;
    }
    return 0;
}

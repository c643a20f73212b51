/* space: the switch of a bot's documents from the vectors of one model to those of another */
#include "retrieve/space.h"

#include "base/log.h"
#include "retrieve/retrieve.h"
#include "retrieve/store.h"

#include <string.h>

bool space_parse(struct cs_arena *a, const char *space, const char **ret_provider,
                 const char **ret_model)
{
    const char *model = strchr(space, '/'), *size = strrchr(space, '/');

    if (!model || model == space || size == model || size == model + 1)
        return false;
    *ret_provider = cs_strndup(a, space, (size_t)(model - space));
    char *name = cs_strndup(a, model + 1, (size_t)(size - model - 1));
    char *digest = strcmp(*ret_provider, "local") == 0 ? strrchr(name, '@') : NULL;
    if (digest)
        *digest = '\0';
    *ret_model = name;
    return true;
}

static int space_check(struct cs_call *call, const char *bot, const char *space)
{
    int r = retrieve_check_bot(call, bot);

    if (r)
        return r;
    if (!space || !*space || strlen(space) > RETRIEVE_MAX_SPACE)
        return cs_fail_field(call, "space", "The value must have 1 to %d bytes.",
                             RETRIEVE_MAX_SPACE);
    return 0;
}

CS_HANDLER(Retrieve, next_unembedded, SpaceRequest, Unembedded)
{
    struct store_missing m;
    int r = space_check(call, req->bot_id, req->space);

    if (r)
        return r;
    r = store_missing(call, req->bot_id, req->space, &m);
    if (r)
        return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "The bot has no documents.") : r;
    rep->active_space = (char *)(uintptr_t)m.space;
    if (!m.document)
        return 0;
    rep->document_id = (char *)(uintptr_t)m.document;
    rep->document_name = (char *)(uintptr_t)m.name;
    Unembedded_set_version(rep, m.version);
    Unembedded_set_first(rep, m.first);
    Unembedded_set_count(rep, m.count);
    return 0;
}

CS_HANDLER(Retrieve, switch_space, SpaceRequest, CollectionVersion)
{
    int64_t version;
    int r = space_check(call, req->bot_id, req->space);

    if (r)
        return r;
    r = store_switch_space(call, req->bot_id, req->space, req->dimensions, &version);
    if (r == STORE_NONE)
        return cs_fail(call, CS_NOT_FOUND, "The bot does not exist any more.");
    if (r == STORE_BUSY)
        return cs_fail(call, CS_CONFLICT, "Some chunks have no vectors of this space yet.");
    if (r)
        return r;
    cs_log(CS_INFO, "vectors of another model are searched", "bot", req->bot_id, "space",
           req->space, NULL);
    CollectionVersion_set_version(rep, version);
    rep->space = req->space;
    return 0;
}

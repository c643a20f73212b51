/* version: which chunks are searched: the switch to a document's new ones, and forgetting */
#include "base/id.h"
#include "base/log.h"
#include "pg/pg.h"
#include "retrieve/language.h"
#include "retrieve/retrieve.h"
#include "retrieve/store.h"

#include <string.h>

/* 0, or why the version cannot be searched */
static int check_state(struct cs_call *call, const CommitVersionRequest *req,
                       const struct store_state *s)
{
    if (s->dropped)
        return cs_fail(call, CS_NOT_FOUND, "The document does not exist any more.");
    if (s->live > req->version)
        return cs_fail(call, CS_CONFLICT, "Version %lld is already searched.", (long long)s->live);
    if (s->chunks != req->chunks || s->last_ord != req->chunks - 1)
        return cs_fail(call, CS_CONFLICT, "Only %lld of %d chunks are stored.",
                       (long long)s->chunks, req->chunks);
    if (s->vectors > 0 && (s->vectors != req->chunks || s->spaces != 1))
        return cs_fail(call, CS_CONFLICT, "Only %lld of %d vectors are stored, in %lld spaces.",
                       (long long)s->vectors, req->chunks, (long long)s->spaces);
    if (s->others + req->chunks > RETRIEVE_MAX_CHUNKS)
        return cs_fail(call, CS_UNPROCESSABLE, "The documents of a bot may have at most %d chunks.",
                       RETRIEVE_MAX_CHUNKS);
    return 0;
}

CS_HANDLER(Retrieve, commit_version, CommitVersionRequest, CollectionVersion)
{
    struct document d = {.bot = req->bot_id, .id = req->document_id, .version = req->version};
    struct store_state state;
    int64_t version;
    int r = retrieve_check_document(call, &d);

    if (r)
        return r;
    if ((r = store_open_version(call, &d, &state)) == 0) {
        if ((r = check_state(call, req, &state))) {
            cs_pg_rollback(call->pg);
            return r;
        }
        r = store_switch(call, &d, req->chunks, req->document_name ? req->document_name : "",
                         language_code(language_of(state.sample, strlen(state.sample))), &version);
    }
    if (r == 0)
        CollectionVersion_set_version(rep, version);
    return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "The bot does not exist any more.") : r;
}

CS_HANDLER(Retrieve, drop_document, DropDocumentRequest, CollectionVersion)
{
    struct document d = {.bot = req->bot_id, .id = req->document_id};
    int64_t version;
    int r = retrieve_check_document(call, &d);

    if (r)
        return r;
    if ((r = store_drop_document(call, &d, &version)) == 0)
        CollectionVersion_set_version(rep, version);
    return r == STORE_NONE ? 0 : r; /* gone with its whole collection: that is what was asked */
}

int version_bot_deleted(struct cs_call *call, const char *bot, const char *id)
{
    (void)id;
    if (!call->tenant || !bot || !cs_id_valid(bot))
        return cs_fail(call, CS_INVALID, "The event names no bot.");
    int r = store_drop_collection(call, bot);
    if (r == 0)
        cs_log(CS_INFO, "collection erased", "bot", bot, NULL);
    return r;
}

/* version: which chunks are searched: the switch to a document's new ones, and forgetting */
#include "base/id.h"
#include "base/log.h"
#include "pg/pg.h"
#include "provider/vectors.h"
#include "text/language.h"
#include "retrieve/retrieve.h"
#include "retrieve/store.h"

#include <string.h>

struct commit {
    struct cs_call *call;
    struct document d;
    const DocumentDetails *details;
    int32_t chunks, dimensions;
    const char *space; /* of its vectors; NULL: none */
    const char *active_space;
    bool in_turn;    /* the collection may be measured */
    int64_t version; /* of the collection afterwards */
};

/* 0, or why the version cannot be searched */
static int check_state(struct cs_call *call, const struct commit *c, const struct store_state *s)
{
    if (s->dropped)
        return cs_fail(call, CS_NOT_FOUND, "The document does not exist any more.");
    if (s->live > c->d.version)
        return cs_fail(call, CS_CONFLICT, "Version %lld is already searched.", (long long)s->live);
    if (s->chunks != c->chunks || s->last_ord != c->chunks - 1)
        return cs_fail(call, CS_CONFLICT, "Only %lld of %d chunks are stored.",
                       (long long)s->chunks, c->chunks);
    if (s->vectors > 0 && (s->vectors != c->chunks || s->spaces != 1))
        return cs_fail(call, CS_CONFLICT, "Only %lld of %d vectors are stored, in %lld spaces.",
                       (long long)s->vectors, c->chunks, (long long)s->spaces);
    if (s->incomplete > 0)
        return cs_fail(call, CS_OVERLOADED, "Vectors are still being stored in %s.",
                       vector_store()->name);
    if (s->others + c->chunks > RETRIEVE_MAX_CHUNKS)
        return cs_fail(call, CS_UNPROCESSABLE, "The documents of a bot may have at most %d chunks.",
                       RETRIEVE_MAX_CHUNKS);
    return 0;
}

static int commit_too_large(struct cs_call *call, const char *what, size_t share)
{
    size_t tenths = share / (1024 * 1024 / 10);

    return cs_fail(
        call, CS_UNPROCESSABLE,
        "%s would take more than %zu.%zu MiB of memory to be searched, which is the most for "
        "one bot. Use several bots, or delete documents; the operator can raise "
        "CHATSPHERE_CACHE_MB of retrieve, a quarter of which is for one bot.",
        what, tenths / 10, tenths % 10);
}

/*
 * The bytes of the collection with the document in it. While the most that they may be is below the share,
 * nothing is measured; else the document is loaded by itself, and the collection only when that is not enough:
 * else each document of a large collection would cost as much as all. Loading takes a turn. STORE_BUSY: it
 * needs one.
 */
static int commit_bytes(struct commit *c, const struct store_state *s, int64_t *ret)
{
    size_t text = (size_t)s->text_bytes + (size_t)c->chunks * strlen(c->details->name);
    size_t most = snapshot_bytes_most((size_t)c->chunks, text, (size_t)s->vector_bytes);
    size_t share = cache_share(search_cache());
    int r;

    *ret = s->bytes + (int64_t)most;
    if (s->bytes >= 0 && (size_t)*ret <= share)
        return 0;
    if (!c->in_turn)
        return STORE_BUSY;
    if ((size_t)s->vector_bytes > share)
        return commit_too_large(c->call, "The document", share);
    r = s->bytes < 0 ? STORE_FULL : store_measure(c->call, &c->d, true, share, ret);
    if (r == 0 && (size_t)(*ret += s->bytes) <= share)
        return 0;
    if (r == 0 || r == STORE_FULL)
        r = store_measure(c->call, &c->d, false, share, ret);
    return r == STORE_FULL ? commit_too_large(c->call, "The bot's documents", share) : r;
}

/* the transaction stays open when it could not be done */
static int commit_switch(struct commit *c)
{
    struct store_state s;
    int64_t bytes;
    int r = store_open_version(c->call, &c->d, c->space, &s);

    if (r == 0)
        r = check_state(c->call, c, &s);
    if (r)
        return r;
    store_switch(c->call, &c->d, c->chunks,
                 cs_language_code(cs_language_of(s.sample, strlen(s.sample))), c->details);
    r = store_take_space(c->call, &c->d, c->space, c->dimensions, &c->active_space);
    if (r == 0)
        r = commit_bytes(c, &s, &bytes);
    return r ? r : store_switched(c->call, c->d.bot, bytes, &c->version);
}

static int commit_in_turn(void *state)
{
    struct commit *c = state;

    c->in_turn = true;
    int r = commit_switch(c);
    if (r)
        cs_pg_rollback(c->call->pg); /* the turn of another load comes */
    return r;
}

/* of a caller that knows no details */
static DocumentDetails *details_of_name(struct cs_call *call, const char *name)
{
    DocumentDetails *details = DocumentDetails_new(call->arena);

    details->name = cs_strdup(call->arena, name ? name : "");
    return details;
}

static int commit_run(struct cs_call *call, void *state)
{
    struct commit *c = state;
    CollectionVersion *rep = (CollectionVersion *)call->rep;
    int r = commit_switch(c);

    if (r)
        cs_pg_rollback(call->pg);
    if (r == STORE_BUSY)
        r = cache_in_turn(search_cache(), call->tenant, cache_share(search_cache()),
                          call->deadline_ms, commit_in_turn, c);
    switch (r) {
    case 0:
        CollectionVersion_set_version(rep, c->version);
        rep->space = (char *)(uintptr_t)c->active_space;
        return 0;
    case STORE_NONE: return cs_fail(call, CS_NOT_FOUND, "The bot does not exist any more.");
    case STORE_LATE:
        return cs_fail(call, CS_TIMEOUT,
                       "Other documents of the workspace are still being loaded.");
    default: return r;
    }
}

/* The vectors of the version as the vector store knows them; NULL: there are none to wait for. */
static const struct vector_segment *commit_vectors(struct cs_call *call, const struct commit *c)
{
    const char *dims = c->space ? strrchr(c->space, '/') : NULL;
    struct vector_segment *s = CS_NEW(call->arena, struct vector_segment, 1);

    *s = (struct vector_segment){
        .tenant = call->tenant,
        .bot = c->d.bot,
        .document = c->d.id,
        .version = c->d.version,
        .space = c->space,
        .n = (uint32_t)c->chunks,
        .dims = dims ? (uint32_t)strtoul(dims + 1, NULL, 10) : 0,
    };
    return vector_store()->commit && c->chunks > 0 && s->dims > 0 && s->dims <= CS_DIMENSIONS_MAX
               ? s
               : NULL;
}

CS_HANDLER(Retrieve, commit_version, CommitVersionRequest, CollectionVersion)
{
    struct commit *c = CS_NEW(call->arena, struct commit, 1);
    int r;

    (void)rep;
    *c = (struct commit){
        .call = call,
        .d = {.bot = req->bot_id, .id = req->document_id, .version = req->version},
        .details = req->details ? req->details : details_of_name(call, req->document_name),
        .chunks = req->chunks,
        .space = req->space,
        .dimensions = req->dimensions,
    };
    if ((r = retrieve_check_document(call, &c->d)))
        return r;
    const struct vector_segment *vectors = commit_vectors(call, c);
    return vectors ? vector_store()->commit(call, vectors, commit_run, c) : commit_run(call, c);
}

CS_HANDLER(Retrieve, update_details, UpdateDetailsRequest, Empty)
{
    struct document d = {.bot = req->bot_id, .id = req->document_id};
    int r = retrieve_check_document(call, &d);

    (void)rep;
    return r ? r : store_details(call, &d, req->details);
}

CS_HANDLER(Retrieve, drop_document, DropDocumentRequest, CollectionVersion)
{
    struct document d = {.bot = req->bot_id, .id = req->document_id};
    int64_t version;
    int r = retrieve_check_document(call, &d);

    if (r)
        return r;
    if (req->has_version) {
        d.version = req->version;
        return store_drop_leftovers(call, &d);
    }
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

/* The handler that changes what the owner says of a document, and the job that carries it to retrieve. */
#include "ingest/ingest.h"

#include "base/clock.h"
#include "base/id.h"
#include "bus/client.h"
#include "ingest/details.h"
#include "ingest/name.h"

#include <stdlib.h>
#include <string.h>

enum { AT_ONCE_MS = 3000 };

/* What a filter goes by: the owner's metadata over what the file says of itself. NULL: neither. */
static Json *update_metadata(struct cs_call *call, const struct document *d)
{
    json_t *said = pbjson_parse_stored(call->arena, d->properties);
    json_t *owned = pbjson_parse_stored(call->arena, d->metadata);
    Json *merged = said || owned ? Json_new(call->arena) : NULL;

    if (said && owned)
        json_object_update(said, owned);
    char *text = merged ? json_dumps(said ? said : owned, JSON_COMPACT) : NULL;
    if (merged)
        merged->text = cs_strdup(call->arena, text ? text : "{}");
    free(text);
    json_decref(said);
    json_decref(owned);
    return merged;
}

DocumentDetails *update_details(struct cs_call *call, const struct document *d)
{
    DocumentDetails *details = DocumentDetails_new(call->arena);

    DocumentDetails_set_version(details, d->details_version);
    DocumentDetails_set_created_at(details, d->created_ms);
    details->name = (char *)(uintptr_t)d->name;
    details->url = (char *)(uintptr_t)d->url;
    details->tags = d->tags;
    details->n_tags = d->n_tags;
    details->metadata = update_metadata(call, d);
    return details;
}

/* retrieve changes its copy; negative with the problem when it cannot now */
static int update_in_retrieve(struct cs_call *call, const struct document *d)
{
    UpdateDetailsRequest req = UPDATE_DETAILS_REQUEST_INIT;
    Empty *rep;

    req.bot_id = (char *)(uintptr_t)d->bot;
    req.document_id = (char *)(uintptr_t)d->id;
    req.details = update_details(call, d);
    return retrieve_update_details(call, &req, &rep);
}

int update_run(struct cs_call *call, const Ticket *ticket)
{
    struct document *d;

    if (!ticket->document_id || !cs_id_valid(ticket->document_id))
        return cs_fail(call, CS_INVALID, "The ticket names no document.");
    int r = store_get(call, ticket->bot_id, ticket->document_id, &d);
    if (r)
        return r == STORE_NONE ? 0 : r; /* deleted since */
    return update_in_retrieve(call, d);
}

/* ---- the change ---- */

static bool update_clears(const UpdateDocumentRequest *req, const char *field)
{
    for (size_t i = 0; i < req->n_clear; i++)
        if (strcmp(req->clear[i], field) == 0)
            return true;
    return false;
}

/* What a request changes, as it will be kept. */
struct update {
    bool name, tags, metadata;
    struct document wanted;
};

/* Negative with what is wrong. */
static int update_read(struct cs_call *call, const UpdateDocumentRequest *req, struct update *u)
{
    struct pbjson_errors errors = {0};
    struct document *w = &u->wanted;

    u->name = req->name || update_clears(req, "name");
    u->tags = req->n_tags || update_clears(req, "tags");
    u->metadata = req->metadata || update_clears(req, "metadata");
    w->name = req->name ? name_clean(call->arena, req->name) : NULL;
    if (u->name && !req->name)
        pbjson_error(&errors, "name", "The field is required.");
    else if (u->name && (!w->name || name_has_control(w->name)))
        pbjson_error(&errors, "name",
                     "The value must be a file name that can be seen, without control characters.");
    w->n_tags = req->n_tags;
    w->tags = details_tags(call->arena, req->tags, &w->n_tags, &errors);
    if (req->metadata) {
        w->metadata = req->metadata->text ? req->metadata->text : "";
        details_metadata(call->arena, w->metadata, &errors);
    }
    for (int i = 0; i < errors.n; i++)
        cs_fail_field(call, errors.at[i].field, "%s", errors.at[i].message);
    return errors.n ? -1 : 0;
}

/* In the open transaction: the row, an event, and a ticket for retrieve. */
static int update_store(struct cs_call *call, struct document **d, const struct update *u)
{
    char *changed[3];
    size_t n = 0;

    if (u->name)
        changed[n++] = cs_strdup(call->arena, "name");
    if (u->tags)
        changed[n++] = cs_strdup(call->arena, "tags");
    if (u->metadata)
        changed[n++] = cs_strdup(call->arena, "metadata");
    int r = store_update(call, *d, d);
    if (r)
        return r;
    document_event(call, *d, "updated", changed, n);
    document_ticket(call, "update", (*d)->bot, (*d)->id, (*d)->version);
    return store_commit(call);
}

/* So that the next search goes by the change; the request does not wait long, because a ticket sees to it as well. */
static void update_at_once(struct cs_call *call, const struct document *d)
{
    int64_t whole = call->deadline_ms, soon = cs_mono_ms() + AT_ONCE_MS;

    call->deadline_ms = whole && whole < soon ? whole : soon;
    if (update_in_retrieve(call, d) < 0)
        cs_ask_clear(call);
    call->deadline_ms = whole;
}

/* In the open transaction, which holds the row. */
static int update_change(struct cs_call *call, struct document **d, const struct update *u)
{
    if (u->name)
        (*d)->name = u->wanted.name;
    if (u->tags) {
        (*d)->tags = u->wanted.tags;
        (*d)->n_tags = u->wanted.n_tags;
    }
    if (u->metadata)
        (*d)->metadata = u->wanted.metadata;
    int r = update_store(call, d, u);
    if (r == 0)
        update_at_once(call, *d);
    return r;
}

CS_HANDLER(Ingest, update_document, UpdateDocumentRequest, Document)
{
    struct update u = {.name = false};
    struct document *d;
    int r = update_read(call, req, &u);

    if (r < 0)
        return r;
    if (!u.name && !u.tags && !u.metadata)
        return document_now(call, req->bot_id, req->document_id, rep);
    r = store_lock_to_name(call, req->bot_id, req->document_id, u.wanted.name, &d);
    if (r == STORE_TAKEN)
        return cs_fail(call, CS_CONFLICT,
                       "Another document of the bot has the same bytes under this name.");
    if (r == 0)
        r = update_change(call, &d, &u);
    if (r)
        return r == STORE_NONE ? document_none(call) : r;
    document_show(call, d, rep);
    return 0;
}

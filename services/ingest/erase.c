/*
 * Erasing: the rows are gone at once, with a note of what retrieve has still to forget. The note
 * goes when that was done and no runner can be at work on the document any more. A document that
 * fails or is cancelled gets such a note for the chunks of its tries.
 */
#include "ingest/ingest.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "bus/client.h"
#include "bus/event.h"
#include "ingest/fetch/store_site.h"

enum { ERASE_LEFT_MS = 10 * 1000 }; /* of a call, for the end of its work */

/* Into the open transaction: what follows from a document's rows being gone. */
static void erase_announce(struct cs_call *call, const char *bot, const char *id)
{
    DocumentEvent payload = DOCUMENT_EVENT_INIT;

    payload.document_id = cs_strdup(call->arena, id);
    payload.bot_id = cs_strdup(call->arena, bot);
    cs_event(call, &(struct cs_event){.tenant = call->tenant,
                                      .bot = bot,
                                      .aggregate = "document",
                                      .event = "deleted",
                                      .id = id,
                                      .payload = &payload.base});
    document_ticket(call, "erase", bot, id, 0);
}

int erase_begun(struct cs_call *call, const char *bot, const char *id)
{
    int r = store_erase_begun(call, bot, id);

    if (r == 0)
        erase_announce(call, bot, id);
    return r;
}

/* one document, or up to 100 of a bot; STORE_NONE: there is none */
static int erase_some(struct cs_call *call, const char *bot, const char *id)
{
    char **ids;
    size_t n;
    int r = store_erase(call, bot, id, &ids, &n);

    if (r)
        return r;
    for (size_t i = 0; i < n; i++)
        erase_announce(call, bot, ids[i]);
    return store_commit(call);
}

/* retrieve drops its chunks; negative with the problem when it cannot now */
static int erase_in_retrieve(struct cs_call *call, const struct erasure *e)
{
    DropDocumentRequest req = DROP_DOCUMENT_REQUEST_INIT;
    CollectionVersion *rep;

    req.bot_id = (char *)(uintptr_t)e->bot;
    req.document_id = (char *)(uintptr_t)e->id;
    if (e->version > 0)
        DropDocumentRequest_set_version(&req, e->version);
    if (retrieve_drop_document(call, &req, &rep) < 0) {
        if (call->status != CS_NOT_FOUND)
            return -1;
        cs_ask_clear(call);
    }
    int r = store_erased(call, e);
    return r == STORE_NONE ? 0 : r;
}

void erase_leftovers(struct cs_call *call, const struct document *d)
{
    store_note_leftovers(call, d->id);
    document_ticket(call, "erase", d->bot, d->id, d->version);
}

int erase_of_site(struct cs_call *call, const char *bot, const char *id)
{
    char **ids;
    size_t n;
    int r = store_site_erase(call, bot, id, &ids, &n);

    if (r)
        return r;
    for (size_t i = 0; i < n; i++)
        erase_announce(call, bot, ids[i]);
    if ((r = store_commit(call)) < 0)
        return r;
    /* the next search shall not find them; beyond the time there is for that, their tickets see to it */
    for (size_t i = 0; i < n && cs_mono_ms() + ERASE_LEFT_MS < call->deadline_ms; i++)
        if (erase_in_retrieve(call, &(struct erasure){.id = ids[i], .bot = bot}) < 0)
            cs_ask_clear(call);
    return 0;
}

int erase_document(struct cs_call *call, const char *bot, const char *id)
{
    int r = erase_some(call, bot, id);

    if (r)
        return r;
    if (erase_in_retrieve(call, &(struct erasure){.id = id, .bot = bot}) < 0)
        cs_ask_clear(call); /* the ticket sees to it */
    return 0;
}

CS_HANDLER(Ingest, delete_document, DocumentRequest, Empty)
{
    (void)rep;
    if (!cs_id_valid(req->bot_id) || !cs_id_valid(req->document_id))
        return document_none(call);
    int r = erase_document(call, req->bot_id, req->document_id);
    return r == STORE_NONE ? document_none(call) : r;
}

/* reconciling writes the next ticket as long as the note is there, so this one is done either way */
int erase_run(struct cs_call *call, const Ticket *ticket)
{
    struct erasure e;

    if (!ticket->document_id || !cs_id_valid(ticket->document_id))
        return cs_fail(call, CS_INVALID, "The ticket names no document.");
    int r = store_erasure(call, ticket->document_id, &e);
    if (r)
        return r == STORE_NONE ? 0 : r;
    if (erase_in_retrieve(call, &e) < 0) {
        cs_log(CS_WARN, "the document is not erased yet", "document", ticket->document_id, "reason",
               call->detail, NULL);
        cs_ask_clear(call);
    }
    return 0;
}

int erase_bot(struct cs_call *call, const char *bot, const char *id)
{
    int r;

    (void)id;
    if (!cs_id_valid(bot))
        return cs_fail(call, CS_INVALID, "The event names no bot.");
    if ((r = store_resumables_remove(call, bot)) < 0 || (r = store_site_delete_all(call, bot)) < 0)
        return r;
    while ((r = erase_some(call, bot, NULL)) == 0)
        ;
    return r == STORE_NONE ? 0 : r;
}

/*
 * Erasing: the rows are gone at once, with a note of what retrieve has still to forget. The note
 * goes when that was done and no runner can be at work on the document any more.
 */
#include "ingest/ingest.h"

#include "base/id.h"
#include "base/log.h"
#include "bus/client.h"
#include "bus/event.h"

/* Into the open transaction: what follows from a document's rows being gone. */
static void tell(struct cs_call *call, const char *bot, const char *id)
{
    DocumentEvent payload = DOCUMENT_EVENT_INIT;

    payload.document = Document_new(call->arena);
    payload.document->id = cs_strdup(call->arena, id);
    payload.document->bot_id = cs_strdup(call->arena, bot);
    cs_event(call, &(struct cs_event){.tenant = call->tenant,
                                      .bot = bot,
                                      .aggregate = "document",
                                      .event = "deleted",
                                      .id = id,
                                      .payload = &payload.base});
    document_ticket(call, "erase", bot, id, 0);
}

/* one document, or up to 100 of a bot; STORE_NONE: there is none */
static int erase_some(struct cs_call *call, const char *bot, const char *id)
{
    char **ids;
    size_t n;
    int e = store_erase(call, bot, id, &ids, &n);

    if (e)
        return e;
    for (size_t i = 0; i < n; i++)
        tell(call, bot, ids[i]);
    return document_commit(call);
}

/* retrieve forgets it; negative with the problem when it cannot now */
static int forget(struct cs_call *call, const char *bot, const char *id)
{
    DropDocumentRequest req = DROP_DOCUMENT_REQUEST_INIT;
    CollectionVersion *rep;

    req.bot_id = (char *)(uintptr_t)bot;
    req.document_id = (char *)(uintptr_t)id;
    if (retrieve_drop_document(call, &req, &rep) < 0) {
        if (call->status != CS_NOT_FOUND)
            return -1;
        cs_ask_clear(call);
    }
    int e = store_erased(call, id);
    return e < 0 ? e : 0;
}

int erase_document(struct cs_call *call, const char *bot, const char *id)
{
    int e = erase_some(call, bot, id);

    if (e)
        return e;
    if (forget(call, bot, id) < 0)
        cs_ask_clear(call); /* the ticket sees to it */
    return 0;
}

CS_HANDLER(Ingest, delete_document, DocumentRequest, Empty)
{
    (void)rep;
    if (!cs_id_valid(req->bot_id) || !cs_id_valid(req->document_id))
        return document_none(call);
    int e = erase_document(call, req->bot_id, req->document_id);
    return e == STORE_NONE ? document_none(call) : e;
}

/* reconciling writes the next ticket as long as the note is there, so this one is done either way */
int erase_run(struct cs_call *call, const Ticket *ticket)
{
    const char *bot;

    if (!ticket->document_id || !cs_id_valid(ticket->document_id))
        return cs_fail(call, CS_INVALID, "the ticket names no document");
    int e = store_erasure(call, ticket->document_id, &bot);
    if (e)
        return e == STORE_NONE ? 0 : e;
    if (forget(call, bot, ticket->document_id) < 0) {
        cs_log(CS_WARN, "document not erased yet", "document", ticket->document_id, "reason",
               call->detail, NULL);
        cs_ask_clear(call);
    }
    return 0;
}

int erase_bot(struct cs_call *call, const char *bot, const char *id)
{
    int e;

    (void)id;
    if (!cs_id_valid(bot))
        return cs_fail(call, CS_INVALID, "the event names no bot");
    while ((e = erase_some(call, bot, NULL)) == 0)
        ;
    return e == STORE_NONE ? 0 : e;
}

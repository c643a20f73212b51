/*
 * Handlers that read, list, cancel and retry documents, and how a document is shown and announced.
 */
#include "ingest/ingest.h"

#include "base/id.h"
#include "bot/bot.h"
#include "bus/event.h"
#include "bus/idempotency.h"
#include "ingest/fetch/crawl.h"
#include "pg/pg.h"

#include <string.h>

/* by DocumentStatus */
static const char *const statuses[] = {NULL,        "uploaded", "extracting", "chunking",
                                       "embedding", "ready",    "failed",     "cancelled"};
enum { N_STATUSES = sizeof(statuses) / sizeof(*statuses) };

static DocumentStatus status_of(const char *word)
{
    for (int i = 1; i < N_STATUSES; i++)
        if (strcmp(statuses[i], word) == 0)
            return (DocumentStatus)i;
    return DOCUMENT_STATUS_UNSPECIFIED;
}

bool document_rests(const struct document *d)
{
    return status_of(d->status) >= DOCUMENT_STATUS_READY;
}

int document_none(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The document does not exist.");
}

static Json *document_json(struct cs_call *call, const char *text)
{
    Json *json = text ? Json_new(call->arena) : NULL;

    if (json)
        json->text = (char *)(uintptr_t)text;
    return json;
}

void document_show(struct cs_call *call, const struct document *d, Document *ret)
{
#define TEXT(s_) ((char *)(uintptr_t)(s_))
    ret->id = TEXT(d->id);
    ret->bot_id = TEXT(d->bot);
    ret->name = TEXT(d->name);
    ret->mime = TEXT(d->mime);
    ret->sha256 = TEXT(d->sha256);
    ret->stage = TEXT(d->stage);
    ret->error = TEXT(d->error);
    ret->searched_sha256 = TEXT(d->searched_sha256);
    ret->url = TEXT(d->url);
    ret->source_id = TEXT(d->source);
#undef TEXT
    ret->tags = d->tags;
    ret->n_tags = d->n_tags;
    ret->metadata = document_json(call, d->metadata);
    ret->properties = document_json(call, d->properties);
    ret->warnings = d->warnings;
    ret->n_warnings = d->n_warnings;
    Document_set_bytes(ret, d->bytes);
    Document_set_status(ret, status_of(d->status));
    Document_set_chunks(ret, d->chunks);
    Document_set_attempts(ret, d->attempts);
    Document_set_created_at(ret, d->created_ms);
    Document_set_updated_at(ret, d->updated_ms);
    ret->progress = Progress_new(call->arena);
    Progress_set_done(ret->progress, d->done);
    Progress_set_total(ret->progress, d->total);
}

void document_ticket(struct cs_call *call, const char *verb, const char *bot, const char *id,
                     int64_t version)
{
    Ticket t = TICKET_INIT;

    reconcile_touch();
    t.tenant_id = cs_strdup(call->arena, call->tenant);
    t.bot_id = cs_strdup(call->arena, bot);
    t.document_id = cs_strdup(call->arena, id);
    Ticket_set_version(&t, version);
    t.request_id = cs_strdup(call->arena, call->request_id);
    cs_job_ticket(call, "ingest", verb, &t);
}

void document_event(struct cs_call *call, const struct document *d, const char *event,
                    char **changed, size_t n_changed)
{
    DocumentEvent payload = DOCUMENT_EVENT_INIT;

    payload.document_id = cs_strdup(call->arena, d->id);
    payload.bot_id = cs_strdup(call->arena, d->bot);
    DocumentEvent_set_version(&payload, d->revision);
    payload.changed = changed;
    payload.n_changed = n_changed;
    cs_event(call, &(struct cs_event){.tenant = d->tenant,
                                      .bot = d->bot,
                                      .aggregate = "document",
                                      .event = event,
                                      .id = d->id,
                                      .version = d->revision,
                                      .payload = &payload.base});
}

int document_now(struct cs_call *call, const char *bot, const char *id, Document *rep)
{
    struct document *d;
    int r = store_get(call, bot, id, &d);

    if (r)
        return r == STORE_NONE ? document_none(call) : r;
    document_show(call, d, rep);
    return 0;
}

CS_HANDLER(Ingest, get_document, DocumentRequest, Document)
{
    return document_now(call, req->bot_id, req->document_id, rep);
}

CS_HANDLER(Ingest, list_documents, ListDocumentsRequest, DocumentList)
{
    const struct document_filter filter = {
        .bot = req->bot_id,
        .status = req->has_status ? statuses[req->status % N_STATUSES] : NULL,
        .q = req->q,
        .sort = req->sort,
    };
    struct cs_page page;
    struct document *d;
    size_t n;
    Bot *bot;
    int r;

    if ((r = cs_page_of(call, req->limit, req->cursor, &page)) < 0 ||
        (r = cs_bot_get(call, req->bot_id, &bot)) < 0 ||
        (r = store_list(call, &filter, &page, &d, &n)) < 0)
        return r;
    rep->items = CS_NEW(call->arena, Document *, n);
    for (size_t i = 0; i < n; i++) {
        rep->items[i] = Document_new(call->arena);
        document_show(call, &d[i], rep->items[i]);
    }
    rep->n_items = cs_page_fit((ProtobufCMessage *const *)rep->items, n, (size_t)page.n - 1);
    if (rep->n_items < n)
        rep->next_cursor =
            cs_pg_cursor(call->arena, d[rep->n_items - 1].created_ms, d[rep->n_items - 1].id);
    if (page.after)
        return 0;
    rep->counts = DocumentCounts_new(call->arena);
    return store_document_counts(call, req->bot_id, rep->counts);
}

CS_HANDLER(Ingest, count_documents, Empty, DocumentCount)
{
    int64_t documents = 0, bytes = 0;
    int r = cs_need_caller(call);

    (void)req;
    if (r < 0 || (r = store_document_count(call, &documents, &bytes)) < 0)
        return r;
    DocumentCount_set_documents(rep, documents);
    DocumentCount_set_bytes(rep, bytes);
    return 0;
}

/* why a document in this state cannot be cancelled or tried again */
static int document_refuse(struct cs_call *call, const DocumentRequest *req, const char *what)
{
    struct document *d;
    int r = store_get(call, req->bot_id, req->document_id, &d);

    if (r)
        return r == STORE_NONE ? document_none(call) : r;
    if (!d->uploaded)
        return cs_fail(call, CS_CONFLICT,
                       "The upload of the document is incomplete. Upload the document again.");
    return cs_fail(call, CS_CONFLICT, "A document with the status %s cannot be %s.",
                   strcmp(d->stage, "committing") == 0 ? "committing" : d->status, what);
}

CS_HANDLER(Ingest, cancel_document, DocumentRequest, Document)
{
    struct document *d;

    if (!cs_id_valid(req->bot_id) || !cs_id_valid(req->document_id))
        return document_none(call);
    int r = store_cancel(call, req->bot_id, req->document_id, &d);
    if (r)
        return r == STORE_NONE ? document_refuse(call, req, "cancelled") : r;
    erase_leftovers(call, d);
    document_event(call, d, "cancelled", NULL, 0);
    document_show(call, d, rep);
    cs_idempotency_keep(call, &rep->base);
    return store_commit(call);
}

/* Whether it is the document of a page that was not fetched. */
static bool document_waits_for_page(struct cs_call *call, const DocumentRequest *req,
                                    struct document **ret)
{
    return store_get(call, req->bot_id, req->document_id, ret) == 0 && (*ret)->source &&
           !(*ret)->uploaded;
}

CS_HANDLER(Ingest, retry_document, DocumentRequest, Document)
{
    struct document *d;

    if (!cs_id_valid(req->bot_id) || !cs_id_valid(req->document_id))
        return document_none(call);
    int r = store_retry(call, req->bot_id, req->document_id, &d);
    if (r == STORE_NONE && document_waits_for_page(call, req, &d))
        return (r = site_retry(call, d)) == 0 ? document_now(call, d->bot, d->id, rep)
               : r == STORE_NONE              ? document_refuse(call, req, "retried")
                                              : r;
    if (r)
        return r == STORE_NONE ? document_refuse(call, req, "retried") : r;
    document_ticket(call, "document", d->bot, d->id, d->version);
    document_show(call, d, rep);
    cs_idempotency_keep(call, &rep->base);
    return store_commit(call);
}

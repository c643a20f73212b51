/* Handlers that create a document, take its parts, and complete it. */
#include "ingest/ingest.h"

#include "base/id.h"
#include "ingest/archive.h"
#include "bot/bot.h"
#include "bot/plan.h"
#include "bus/idempotency.h"
#include "nats/wire.h"
#include "ingest/fetch/crawl.h"
#include "ingest/format.h"
#include "ingest/name.h"
#include "pg/pg.h"

#include <string.h>
#include <strings.h>

int upload_check(struct cs_call *call, const char *name, const char *mime, const char *sha256,
                 int64_t bytes)
{
    if (name_has_control(name))
        return cs_fail_field(call, "name", "The value must not contain control characters.");
    if (mime && (strlen(mime) > 200 || name_has_control(mime)))
        return cs_fail_field(call, "mime", "The value must be a media type.");
    if (sha256 && (strlen(sha256) != 64 || strspn(sha256, "0123456789abcdefABCDEF") != 64))
        return cs_fail_field(call, "sha256", "The value must be 64 hexadecimal digits.");
    if (bytes < 0)
        return cs_fail_field(call, "bytes", "The value must not be negative.");
    if (bytes > CS_MAX_FILE)
        return cs_fail(call, CS_TOO_LARGE, "A document may have at most " CS_MAX_FILE_TEXT ".");
    return 0;
}

int upload_quota(struct cs_call *call, struct quota *ret)
{
    Plan *plan;
    int r;

    if ((r = cs_need_caller(call)) < 0 || (r = cs_plan_get(call, call->tenant, &plan)) < 0)
        return r;
    *ret = (struct quota){.documents = CS_PLAN(plan, max_documents),
                          .bytes = CS_PLAN(plan, max_document_bytes)};
    return 0;
}

int upload_quota_fail(struct cs_call *call, const struct quota *quota, int r)
{
    if (r == STORE_FULL && !quota->full_of_bytes)
        return cs_fail_quota(call, "documents in a workspace", quota->documents, 0);
    if (r == STORE_FULL)
        return cs_fail_quota(call, "bytes of documents in a workspace", quota->bytes, 0);
    return r;
}

void upload_keep(struct cs_call *call, const char *bot, const char *id, bool again)
{
    Document begun = DOCUMENT_INIT;

    begun.id = (char *)(uintptr_t)id;
    begun.bot_id = (char *)(uintptr_t)bot;
    begun.duplicate_of = again ? begun.id : NULL;
    cs_idempotency_keep_begun(call, &begun.base);
}

/* The same bytes under the same name are the same document; in the open transaction. */
static int upload_again(struct cs_call *call, const struct document *d, bool retried, Document *rep)
{
    upload_keep(call, d->bot, d->id, true);
    if (retried)
        document_ticket(call, "document", d->bot, d->id, d->version);
    document_show(call, d, rep);
    rep->duplicate_of = rep->id;
    return store_commit(call);
}

static int upload_create(struct cs_call *call, const CreateDocumentRequest *req, Document *rep)
{
    const char *name = name_clean(call->arena, req->name);
    char id[CS_ID_SIZE];
    struct document *d, new = {
                            .id = id,
                            .bot = req->bot_id,
                            .name = name,
                            .mime = name ? format_mime(name, req->mime) : NULL,
                            .bytes = req->bytes,
                            .sha256 = req->sha256 ? req->sha256 : "",
                        };
    struct quota quota;
    bool retried;
    int r;

    if (!name)
        return cs_fail_field(call, "name", "The value must be a file name that can be seen.");
    if ((r = upload_quota(call, &quota)) < 0)
        return r;
    if ((r = store_same(call, &new, &d, &retried)) == 0)
        return upload_again(call, d, retried, rep);
    if (r != STORE_NONE)
        return r;
    cs_id_new(id);
    upload_keep(call, new.bot, id, false);
    r = store_insert(call, &new, &quota, &d);
    if (r)
        return upload_quota_fail(call, &quota, r);
    document_show(call, d, rep);
    return 0;
}

CS_HANDLER(Ingest, create_document, CreateDocumentRequest, Document)
{
    const Document *begun = (const Document *)call->begun;
    Bot *bot;
    int r;

    if (!begun && req->url)
        return site_document(call, req, rep);
    if (!begun && !req->name)
        return cs_fail_field(call, "name", "The field is required.");
    if (!begun)
        return upload_check(call, req->name, req->mime, req->sha256, req->bytes) < 0 ||
                       cs_bot_get(call, req->bot_id, &bot) < 0
                   ? -1
                   : upload_create(call, req, rep);
    /* asked again with the same Idempotency-Key: as it is now; its upload may go on */
    r = document_now(call, begun->bot_id, begun->id, rep);
    rep->duplicate_of = begun->duplicate_of;
    return r;
}

/* Of two uploads of the same bytes one ends first, and the parts of the other are there already. */
static bool upload_is_complete(struct cs_call *call, const char *id)
{
    struct document *d;
    bool complete = store_lock(call, id, &d) == 0 && d->uploaded;

    cs_pg_rollback(call->pg);
    return complete;
}

CS_HANDLER(Ingest, put_part, PutPartRequest, Empty)
{
    struct quota quota;
    int r;

    (void)rep;
    if (!cs_id_valid(req->document_id))
        return document_none(call);
    if (req->part < 0 || req->part >= INGEST_MAX_PARTS)
        return cs_fail_field(call, "part", "The value must be from 0 to %d.", INGEST_MAX_PARTS - 1);
    if (req->data.len > CS_MAX_PART)
        return cs_fail(call, CS_TOO_LARGE, "A part may have at most 480 KiB.");
    if ((r = upload_quota(call, &quota)) < 0)
        return r;
    r = store_put_part(call, req->document_id, req->part, req->data.data, req->data.len, &quota);
    if (r == STORE_NONE && upload_is_complete(call, req->document_id))
        return 0;
    if (r == STORE_NONE)
        return cs_fail(call, CS_NOT_FOUND,
                       "The document does not exist, or its upload was given up.");
    return upload_quota_fail(call, &quota, r);
}

int upload_check_whole(struct cs_call *call, int64_t announced, const char *announced_sha256,
                       int64_t bytes, const char *sha256)
{
    if (bytes > CS_MAX_FILE)
        return cs_fail(call, CS_TOO_LARGE, "A document may have at most " CS_MAX_FILE_TEXT ".");
    if (announced && announced != bytes)
        return cs_fail(call, CS_UNPROCESSABLE,
                       "The upload has %lld bytes instead of the announced %lld.", (long long)bytes,
                       (long long)announced);
    if (*announced_sha256 && strcasecmp(announced_sha256, sha256) != 0)
        return cs_fail(call, CS_UNPROCESSABLE, "The upload does not have the announced SHA-256.");
    return 0;
}

static int check_upload(struct cs_call *call, const struct document *d, const struct upload *u)
{
    if (u->last_part != u->parts - 1)
        return cs_fail(call, CS_UNPROCESSABLE,
                       "Parts are missing: %d are stored, and the last has number %d.", u->parts,
                       u->last_part);
    return upload_check_whole(call, d->bytes, d->sha256, u->bytes, u->sha256);
}

/* in the open transaction, which holds the row */
static int upload_complete(struct cs_call *call, struct document **d)
{
    struct upload u;
    int r = store_upload(call, (*d)->id, &u);

    if (r == STORE_NONE)
        return cs_fail(call, CS_UNPROCESSABLE, "The document is empty.");
    if (r || (r = check_upload(call, *d, &u)))
        return r;
    r = store_uploaded(call, (*d)->id, &u, d);
    if (r)
        return r == STORE_NONE ? cs_fail(call, CS_CONFLICT, "The upload has ended.") : r;
    document_ticket(call, "document", (*d)->bot, (*d)->id, (*d)->version);
    document_event(call, *d, "uploaded", NULL, 0);
    return store_commit(call);
}

/* UPLOAD_WHOLE: it is no archive, or one that cannot be taken apart. The transaction has ended. */
enum { UPLOAD_WHOLE = STORE_OUTCOMES };

static int upload_take_apart(struct cs_call *call, const struct document *d, Document *rep)
{
    struct archive files;
    struct upload u;
    int r = store_upload(call, d->id, &u);

    if (r == 0)
        r = check_upload(call, d, &u);
    cs_pg_rollback(call->pg);
    if (r)
        return r < 0 ? r : UPLOAD_WHOLE;
    if ((r = archive_read(call, d, &files)) < 0)
        return r;
    r = files.n > 0 ? archive_store(call, d->id, &files, rep) : UPLOAD_WHOLE;
    archive_close(&files);
    return r;
}

CS_HANDLER(Ingest, complete_upload, CompleteUploadRequest, Document)
{
    struct document *d;
    int r;

    if (!cs_id_valid(req->document_id))
        return document_none(call);
    if ((r = store_lock(call, req->document_id, &d)))
        return r == STORE_NONE ? document_none(call) : r;
    if (!d->uploaded && archive_named(d)) {
        if ((r = upload_take_apart(call, d, rep)) != UPLOAD_WHOLE)
            return r;
        if ((r = store_lock(call, req->document_id, &d)))
            return r == STORE_NONE ? document_none(call) : r;
    }
    r = d->uploaded ? 0 : upload_complete(call, &d); /* asked again: the same answer */
    cs_pg_rollback(call->pg);
    if (r == 0)
        document_show(call, d, rep);
    return r;
}

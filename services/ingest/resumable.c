/* Handlers of uploads in parts, which become a document or a new version of one when they are complete. */
#include "ingest/ingest.h"

#include "base/id.h"
#include "bot/bot.h"
#include "bus/idempotency.h"
#include "ingest/format.h"
#include "ingest/name.h"
#include "nats/wire.h"
#include "pg/pg.h"

#include <string.h>
#include <strings.h>

enum { EXPIRES_MS = 24 * 3600 * 1000, PART_BYTES = 512 * 1024 };

static int resumable_none(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The upload does not exist.");
}

static void resumable_show(const struct resumable *u, Upload *ret)
{
#define TEXT(s_) ((char *)(uintptr_t)(s_))
    ret->id = TEXT(u->id);
    ret->bot_id = TEXT(u->bot);
    ret->document_id = TEXT(u->document);
    ret->name = TEXT(u->name);
#undef TEXT
    Upload_set_bytes(ret, u->bytes);
    Upload_set_part_bytes(ret, PART_BYTES);
    Upload_set_created_at(ret, u->created_ms);
    Upload_set_expires_at(ret, u->created_ms + EXPIRES_MS);
}

/* ---- the beginning ---- */

/* In a transaction that stays open: the document that gets a new version must have had one. */
static int resumable_begin(struct cs_call *call, const struct resumable *u, struct resumable *ret)
{
    struct quota quota;
    struct document *d;
    int r = u->document ? store_get(call, u->bot, u->document, &d) : 0;

    if (r)
        return r == STORE_NONE ? document_none(call) : r;
    if (u->document && !d->uploaded)
        return cs_fail(call, CS_CONFLICT, "The upload of the document is incomplete.");
    if ((r = upload_quota(call, &quota)) < 0)
        return r;
    r = store_resumable_begin(call, u, &quota, ret);
    return upload_quota_fail(call, &quota, r);
}

CS_HANDLER(Ingest, replace_content, ReplaceContentRequest, Document)
{
    char id[CS_ID_SIZE];
    struct document *d;
    struct resumable u = {.id = id, .bot = req->bot_id, .document = req->document_id}, begun = {0};
    int r = upload_check(call, req->name ? req->name : "", req->mime, req->sha256, req->bytes);

    if (r < 0)
        return r;
    if ((r = store_get(call, req->bot_id, req->document_id, &d)))
        return r == STORE_NONE ? document_none(call) : r;
    u.name = req->name ? name_clean(call->arena, req->name) : NULL;
    u.name = u.name ? u.name : d->name;
    u.mime = format_mime(u.name, req->mime);
    u.bytes = req->bytes;
    u.sha256 = req->sha256 ? req->sha256 : "";
    cs_id_new(id);
    if ((r = resumable_begin(call, &u, &begun)) || (r = store_commit(call)))
        return r;
    document_show(call, d, rep);
    rep->upload_id = (char *)(uintptr_t)begun.id;
    return 0;
}

CS_HANDLER(Ingest, create_upload, CreateUploadRequest, Upload)
{
    char id[CS_ID_SIZE];
    const char *name = name_clean(call->arena, req->name);
    struct resumable u = {.id = id,
                          .bot = req->bot_id,
                          .document = req->document_id,
                          .name = name,
                          .mime = name ? format_mime(name, NULL) : NULL,
                          .sha256 = req->sha256 ? req->sha256 : "",
                          .bytes = req->bytes},
                     begun = {0};
    Bot *bot;
    int r = upload_check(call, req->name, NULL, req->sha256, req->bytes);

    if (r == 0 && !name)
        r = cs_fail_field(call, "name", "The value must be a file name that can be seen.");
    if (r < 0 || (r = cs_bot_get(call, req->bot_id, &bot)) < 0)
        return r;
    cs_id_new(id);
    if ((r = resumable_begin(call, &u, &begun)))
        return r;
    resumable_show(&begun, rep);
    cs_idempotency_keep(call, &rep->base);
    return store_commit(call);
}

/* ---- the parts ---- */

CS_HANDLER(Ingest, put_upload_part, PutUploadPartRequest, UploadPart)
{
    const struct piece_of p = {
        .bot = req->bot_id,
        .upload = req->upload_id,
        .part = req->part,
        .piece = req->piece,
        .pieces = req->has_pieces ? req->pieces : 1,
        .data = req->data.data,
        .len = req->data.len,
    };
    struct quota quota;
    int r;

    if (!cs_id_valid(req->bot_id) || !cs_id_valid(req->upload_id))
        return resumable_none(call);
    if (req->data.len > CS_MAX_PART)
        return cs_fail(call, CS_TOO_LARGE, "A piece may have at most 480 KiB.");
    if ((r = upload_quota(call, &quota)) < 0)
        return r;
    r = store_put_piece(call, &p, &quota);
    if (r)
        return r == STORE_NONE ? resumable_none(call) : upload_quota_fail(call, &quota, r);
    UploadPart_set_part(rep, req->part);
    UploadPart_set_bytes(rep, (int32_t)p.len);
    return 0;
}

CS_HANDLER(Ingest, get_upload, UploadRequest, Upload)
{
    struct resumable u;
    struct arrived *parts;
    size_t n;
    int r = store_resumable(call, req->bot_id, req->upload_id, &u, &parts, &n);

    if (r)
        return r == STORE_NONE ? resumable_none(call) : r;
    resumable_show(&u, rep);
    rep->parts = CS_NEW(call->arena, UploadPart *, n);
    rep->n_parts = n;
    for (size_t i = 0; i < n; i++) {
        rep->parts[i] = UploadPart_new(call->arena);
        UploadPart_set_part(rep->parts[i], parts[i].part);
        UploadPart_set_bytes(rep->parts[i], parts[i].bytes);
        rep->parts[i]->sha256 = (char *)(uintptr_t)parts[i].sha256;
    }
    return 0;
}

CS_HANDLER(Ingest, delete_upload, UploadRequest, Empty)
{
    int r = store_resumable_remove(call, req->bot_id, req->upload_id);

    (void)rep;
    return r == STORE_NONE ? resumable_none(call) : r;
}

/* ---- the end ---- */

static int whole_check(struct cs_call *call, const struct resumable *u, const struct whole *w)
{
    if (w->missing >= 0)
        return cs_fail(call, CS_UNPROCESSABLE, "Part %d is missing; the last has number %d.",
                       w->missing, w->parts - 1);
    if (w->bytes == 0)
        return cs_fail(call, CS_UNPROCESSABLE, "The document is empty.");
    return upload_check_whole(call, u->bytes, u->sha256, w->bytes, w->sha256);
}

/* In the open transaction: a new document, unless the bot has these bytes under this name. */
static int finish_new(struct cs_call *call, const struct resumable *u, const struct whole *w,
                      struct document **ret, bool *ret_same)
{
    char id[CS_ID_SIZE];
    const struct upload sum = {.bytes = w->bytes, .sha256 = w->sha256};
    const struct document new = {.id = id,
                                 .bot = u->bot,
                                 .name = u->name,
                                 .mime = u->mime,
                                 .bytes = w->bytes,
                                 .sha256 = w->sha256};
    bool retried;
    int r = store_same_begun(call, &new, ret, &retried);

    if (r == 0) {
        *ret_same = true;
        store_resumable_drop(call, u);
        if (retried)
            document_ticket(call, "document", u->bot, (*ret)->id, (*ret)->version);
    }
    if (r != STORE_NONE)
        return r;
    cs_id_new(id);
    if ((r = store_insert_begun(call, &new, ret)))
        return r;
    store_resumable_move(call, u, id);
    return store_uploaded(call, id, &sum, ret);
}

/* In the open transaction: the new version of a document, unless it has these bytes already. */
static int finish_version(struct cs_call *call, const struct resumable *u, const struct whole *w,
                          struct document **ret, bool *ret_same)
{
    struct document *d, *other;
    bool retried;
    int r = store_lock_version(call, u, w, &d);

    if (r)
        return r == STORE_NONE ? document_none(call) : r;
    struct document wanted = {.bot = d->bot, .name = d->name, .sha256 = w->sha256};
    r = store_same_begun(call, &wanted, &other, &retried);
    if (r == 0 && strcmp(other->id, d->id) != 0)
        return cs_fail(call, CS_CONFLICT,
                       "Another document of the bot has these bytes under the same name.");
    if (r == 0) {
        *ret_same = true;
        *ret = other;
        store_resumable_drop(call, u);
        if (retried)
            document_ticket(call, "document", d->bot, d->id, other->version);
    }
    if (r != STORE_NONE)
        return r;
    store_resumable_move(call, u, d->id);
    return store_replace(call, u, w, ret);
}

CS_HANDLER(Ingest, finish_upload, UploadRequest, UploadResult)
{
    struct resumable u = {0};
    struct whole w;
    struct document *d = NULL;
    bool same = false;
    int r = store_resumable_end(call, req->bot_id, req->upload_id, &u, &w);

    if (r)
        return r == STORE_NONE ? resumable_none(call) : r;
    if ((r = whole_check(call, &u, &w)) == 0)
        r = u.document ? finish_version(call, &u, &w, &d, &same)
                       : finish_new(call, &u, &w, &d, &same);
    if (r == 0 && !d)
        r = STORE_NONE;
    if (r) {
        cs_pg_rollback(call->pg);
        return r == STORE_NONE ? document_none(call) : r;
    }
    if (!same) {
        document_ticket(call, "document", d->bot, d->id, d->version);
        document_event(call, d, "uploaded", NULL, 0);
    }
    rep->document = Document_new(call->arena);
    document_show(call, d, rep->document);
    rep->document->duplicate_of = same ? rep->document->id : NULL;
    cs_idempotency_keep(call, &rep->base);
    return store_commit(call);
}

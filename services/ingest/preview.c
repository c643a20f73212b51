/* The passages that a text or a stored document would become, read by the same child as an upload and kept nowhere. */
#include "ingest/ingest.h"

#include "base/clock.h"
#include "base/id.h"
#include "bot/bot.h"
#include "bot/configuration.h"
#include "bus/share.h"
#include "ingest/cutting.h"
#include "ingest/extract.h"
#include "ingest/format.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PREVIEWS = 2, /* of a workspace under way, in a process */
    ITEMS_MAX = 200,
    ITEMS_BYTES = 256 * 1024, /* of their texts */
    ROUND_MEMORY = 32 * 1024 * 1024,
    RESERVE_MS = 2000, /* of the caller's time, for the answer */
};

static struct cs_share of_tenants = CS_SHARE_INIT("previews");

static bool preview_goes_on(void *arg)
{
    const struct cs_call *call = arg;

    return cs_mono_ms() < call->deadline_ms - RESERVE_MS;
}

static struct chunk_sizes preview_sizes(const PreviewDocumentRequest *req,
                                        const BotConfiguration *bot, bool flat)
{
    BotConfiguration c = *bot;
    Chunking sizes = CHUNKING_INIT;

    if (c.chunking)
        sizes = *c.chunking;
    if (req->chunking && req->chunking->has_size)
        Chunking_set_size(&sizes, req->chunking->size);
    if (req->chunking && req->chunking->has_overlap)
        Chunking_set_overlap(&sizes, req->chunking->overlap);
    c.chunking = &sizes;
    return chunk_sizes(cs_bot_chunk_size(&c), cs_bot_chunk_overlap(&c, flat));
}

static Chunk *preview_item(struct cs_arena *a, const struct chunk *k, size_t ordinal)
{
    Chunk *item = Chunk_new(a);

    Chunk_set_chunk(item, (int32_t)ordinal);
    item->text = cs_strndup(a, k->text, k->len);
    item->heading_path = *k->heading_path ? cs_strdup(a, k->heading_path) : NULL;
    Chunk_set_start(item, (int64_t)k->start);
    Chunk_set_end(item, (int64_t)k->end);
    Chunk_set_tokens(item, k->tokens);
    if (k->page)
        Chunk_set_page(item, k->page);
    return item;
}

/* All passages are counted; the first ones are kept. */
static int preview_cut(struct cs_call *call, struct cutting *x, DocumentPreview *rep)
{
    struct cs_arena round;
    size_t n = 1, total = 0, bytes = 0;
    struct chunk *k;
    int r = 0;

    cs_arena_init(&round);
    round.ceiling = ROUND_MEMORY;
    rep->items = CS_NEW(call->arena, Chunk *, ITEMS_MAX);
    while (n > 0 && preview_goes_on(call) && (r = chunk_next(x->chunker, &round, &k, &n)) == 0) {
        for (size_t i = 0; i < n; i++, total++) {
            bytes += k[i].len + strlen(k[i].heading_path);
            if (total < ITEMS_MAX && bytes <= ITEMS_BYTES)
                rep->items[rep->n_items++] = preview_item(call->arena, &k[i], total);
        }
        cs_arena_reset(&round);
    }
    cs_arena_dispose(&round);
    if (r == 0 && n > 0)
        return cs_fail(call, CS_TIMEOUT, "The document takes too long for a preview.");
    DocumentPreview_set_total(rep, (int32_t)total);
    return r == 0 ? 0 : cs_fail(call, CS_UNPROCESSABLE, "A passage takes too much memory.");
}

static int preview_blocks(struct cs_call *call, const Bot *bot, int fd, DocumentPreview *rep)
{
    const PreviewDocumentRequest *req = (const PreviewDocumentRequest *)call->req;
    struct cutting x;

    if (!cutting_open(&x, call->arena, fd))
        return cs_fail_internal(call, "The blocks of a document are malformed.");
    const struct format *f = format_of_type(x.blocks.mime);
    rep->mime = cs_strdup(call->arena, f ? f->mime : x.blocks.mime);
    cutting_begin(&x, preview_sizes(req, bot->configuration, (x.blocks.format & FORMAT_FLAT) != 0));
    int r = preview_cut(call, &x, rep);
    const char *properties = about_properties(&x.about, call->arena);
    if (properties) {
        rep->properties = Json_new(call->arena);
        rep->properties->text = cs_strdup(call->arena, properties);
    }
    rep->warnings = about_warnings(&x.about, call->arena, &rep->n_warnings);
    cutting_close(&x);
    return r;
}

static int preview_extract(struct cs_call *call, const Bot *bot, struct extract_job *job,
                           DocumentPreview *rep)
{
    const char *reason;
    int blocks, r;

    job->goes_on = preview_goes_on;
    job->arg = call;
    switch (extract_run(call->arena, job, &blocks, &reason)) {
    case EXTRACT_OK:
        r = preview_blocks(call, bot, blocks, rep);
        close(blocks);
        return r;
    case EXTRACT_REFUSED: return cs_fail(call, CS_UNPROCESSABLE, "%s", reason);
    case EXTRACT_STOPPED:
        return cs_fail(call, CS_TIMEOUT, "The document takes too long for a preview.");
    case EXTRACT_BUSY: call->retry_after_ms = extract_wait_ms(); break;
    case EXTRACT_FAILED: break;
    }
    return cs_fail(call, CS_OVERLOADED, "The document cannot be read at the moment.");
}

static int preview_run(struct cs_call *call, const Bot *bot, int file, DocumentPreview *rep)
{
    const PreviewDocumentRequest *req = (const PreviewDocumentRequest *)call->req;
    struct extract_job job = {.name = req->name ? req->name : "text.md", .file = file};
    struct document *d;

    if (file < 0)
        return cs_fail(call, CS_OVERLOADED, "There is no room for a preview at the moment.");
    if (req->text) {
        size_t len = strlen(req->text);
        if (write(file, req->text, len) != (ssize_t)len)
            return cs_fail(call, CS_OVERLOADED, "There is no room for a preview at the moment.");
        return preview_extract(call, bot, &job, rep);
    }
    int r = store_get(call, req->bot_id, req->document_id, &d);
    if (r == STORE_NONE || (r == 0 && !d->uploaded))
        return document_none(call);
    if (r < 0 || (r = work_load(call, d, file)) < 0)
        return r;
    job.name = d->url ? format_file_name(call->arena, d->mime) : d->name;
    job.mime = d->mime;
    return preview_extract(call, bot, &job, rep);
}

static int preview_check(struct cs_call *call, const PreviewDocumentRequest *req, const Bot *bot)
{
    if (req->text && req->document_id)
        return cs_fail_field(call, "document_id", "The field is not allowed beside a text.");
    if (!req->text && !req->document_id)
        return cs_fail_field(call, "text", "The field is required unless a document is named.");
    if (req->document_id && req->name)
        return cs_fail_field(call, "name", "The field is allowed beside a text only.");
    const Chunking *c = req->chunking;
    const Chunking *own = bot->configuration->chunking;
    int overlap = c && c->has_overlap ? c->overlap : own && own->has_overlap ? own->overlap : 0;
    int size = c && c->has_size ? c->size : cs_bot_chunk_size(bot->configuration);
    if (overlap >= size)
        return cs_fail_field(call, "chunking.overlap", "The value must be less than size.");
    return req->document_id && !cs_id_valid(req->document_id) ? document_none(call) : 0;
}

CS_HANDLER(Ingest, preview_document, PreviewDocumentRequest, DocumentPreview)
{
    Bot *bot;
    int r;

    if ((r = cs_need_caller(call)) < 0 || (r = cs_bot_get(call, req->bot_id, &bot)) < 0 ||
        (r = preview_check(call, req, bot)) < 0)
        return r;
    if (!cs_share_take(&of_tenants, call->tenant, PREVIEWS)) {
        call->retry_after_ms = CS_SHARE_RETRY_MS;
        return cs_fail(call, CS_LIMITED,
                       "The workspace has %d previews under way, which is as many as it may.",
                       PREVIEWS);
    }
    int file = extract_file();
    r = preview_run(call, bot, file, rep);
    if (file >= 0)
        close(file);
    cs_share_return(&of_tenants, call->tenant);
    return r;
}

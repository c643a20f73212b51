/*
 * The work on one document. A ticket only says that there is some: the claim decides on which.
 * What goes wrong is kept on the row, with the number of tries, so it outlives process and ticket.
 */
#include "ingest/ingest.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "bot/bot.h"
#include "bot/configuration.h"
#include "bot/plan.h"
#include "bus/client.h"
#include "ingest/cutting.h"
#include "ingest/extract.h"
#include "ingest/format.h"
#include "pg/pg.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    BATCH_BYTES = 256 * 1024, /* of chunks in one message */
    BATCH_CHUNKS = 512,
    RANGE = 32, /* chunks embedded in the first call; then by how long that took */
    RANGE_MIN = 4,
    RANGE_MAX = 256,
    RANGE_MS = 5000,
    SLICE_MS = 2000,     /* after that another document is embedded */
    TIMED_OUT_MS = 5000, /* pause of one whose model did not answer in time */
    WAIT_MAX_MS = 600 * 1000,
    RENEW_MS = 5000, /* between two renewals of the lease while a document is read */
};

/*
 * The workspaces whose documents are being embedded here. A worker that embeds waits for somebody else's
 * server, so a workspace has one of them and all together have half.
 */
static struct {
    pthread_mutex_t lock;
    char tenants[INGEST_WORKERS / 2][CS_ID_SIZE];
    size_t n;
} embeddings = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* A copy of the list; whether there is room for another one. */
static bool embeddings_busy(struct cs_call *call, char ***ret, size_t *ret_n)
{
    pthread_mutex_lock(&embeddings.lock);
    *ret_n = embeddings.n;
    *ret = CS_NEW(call->arena, char *, embeddings.n + 1);
    for (size_t i = 0; i < embeddings.n; i++)
        (*ret)[i] = cs_strdup(call->arena, embeddings.tenants[i]);
    pthread_mutex_unlock(&embeddings.lock);
    return *ret_n < INGEST_WORKERS / 2;
}

/* where the workspace is in the list, or its end; the lock is held */
static size_t embedding_at(const char *tenant)
{
    size_t i = 0;

    while (i < embeddings.n && strcmp(embeddings.tenants[i], tenant) != 0)
        i++;
    return i;
}

static bool embedding_enter(const char *tenant)
{
    pthread_mutex_lock(&embeddings.lock);
    bool room = embeddings.n < INGEST_WORKERS / 2 && embedding_at(tenant) == embeddings.n;
    if (room)
        snprintf(embeddings.tenants[embeddings.n++], CS_ID_SIZE, "%s", tenant);
    pthread_mutex_unlock(&embeddings.lock);
    return room;
}

static void embedding_leave(const char *tenant)
{
    pthread_mutex_lock(&embeddings.lock);
    size_t i = embedding_at(tenant);
    memmove(embeddings.tenants[i], embeddings.tenants[embeddings.n - 1], CS_ID_SIZE);
    embeddings.n--;
    pthread_mutex_unlock(&embeddings.lock);
}

static atomic_bool leaving;

void work_leave(void)
{
    atomic_store(&leaving, true);
}

/* All answer STORE_NONE when this document is no longer its runner's business. */

/* The document of a suspended workspace waits, with what is done, until reconciling resumes it. */
static int work_allowed(struct cs_call *call, const struct document *d)
{
    Plan *plan;
    int r;

    if (cs_plan_get(call, d->tenant, &plan) == 0)
        return 0;
    bool suspended = call->status == CS_FORBIDDEN;
    cs_ask_clear(call);
    if (!suspended)
        return 0; /* nothing is known */
    cs_log(CS_INFO, "a document waits, since its workspace is suspended", "document", d->id,
           "tenant", d->tenant, NULL);
    r = store_pause(call, d);
    return r ? r : STORE_NONE;
}

static int work_renew(struct cs_call *call, const struct document *d)
{
    int r = store_step(call, d);

    if (r == 0 && atomic_load(&leaving)) /* another process goes on from here */
        return cs_fail(call, CS_OVERLOADED, "The service is stopping.");
    return r ? r : work_allowed(call, d);
}

static int work_step(struct cs_call *call, struct document *d, const char *status,
                     const char *stage)
{
    d->status = status;
    d->stage = stage;
    return work_renew(call, d);
}

/* failed(reason); 0 when that stands, whoever made it so */
static int work_fail(struct cs_call *call, const struct document *d, const char *reason)
{
    struct document *now;
    int r = store_fail(call, d, reason, &now);

    if (r)
        return r == STORE_NONE ? 0 : r;
    cs_log(CS_INFO, "document failed", "document", d->id, "reason", reason, NULL);
    erase_leftovers(call, now);
    document_event(call, now, "failed", NULL, 0);
    return store_commit(call);
}

/* The chunks of one message and the blocks they come from take a few MiB, whatever their sizes are. */
enum { PIECE_MEMORY = 32 * 1024 * 1024 };

/* What a piece of the work needs is gone when that is done; only why it failed is kept. */
struct piece {
    struct cs_arena own, *whole;
};

static void piece_begins(struct cs_call *call, struct piece *p)
{
    cs_arena_init(&p->own);
    p->own.ceiling = PIECE_MEMORY;
    p->whole = call->arena;
    call->arena = &p->own;
}

static int piece_ends(struct cs_call *call, struct piece *p, int r)
{
    call->arena = p->whole;
    call->detail = cs_strdup(call->arena, call->detail);
    call->fields = NULL;
    cs_arena_dispose(&p->own);
    return r;
}

/* part i behind the *len bytes before it, into the file; of ret_parts */
static int load_part(struct cs_call *call, const struct document *d, int i, int file, size_t *len,
                     int *ret_parts)
{
    struct part p;
    int r = store_part(call, d, i, &p);

    if (r)
        return r;
    if (p.len > (size_t)d->bytes - *len)
        return cs_fail_internal(call, "The parts hold more bytes than the document.");
    for (size_t done = 0; done < p.len;) {
        ssize_t n = write(file, (const char *)p.data + done, p.len - done);
        if (n <= 0)
            return cs_fail_internal(call, "The document has no room in memory.");
        done += (size_t)n;
    }
    *len += p.len;
    *ret_parts = p.parts;
    return 0;
}

int work_load(struct cs_call *call, const struct document *d, int file)
{
    size_t len = 0;
    int r = file < 0 ? cs_fail_internal(call, "The document has no room in memory.") : 0;

    for (int i = 0, parts = 1; r == 0 && i < parts; i++) {
        struct piece piece;
        piece_begins(call, &piece);
        r = piece_ends(call, &piece, load_part(call, d, i, file, &len, &parts));
    }
    return r;
}

static Chunk *chunk_message(struct cs_call *call, const struct chunk *k, size_t ordinal)
{
    Chunk *c = Chunk_new(call->arena);

    Chunk_set_chunk(c, (int32_t)ordinal);
    c->text = (char *)(uintptr_t)k->text;
    c->heading_path = (char *)(uintptr_t)k->heading_path;
    Chunk_set_start(c, (int64_t)k->start);
    Chunk_set_end(c, (int64_t)k->end);
    Chunk_set_tokens(c, k->tokens);
    if (k->page)
        Chunk_set_page(c, k->page);
    return c;
}

/* how many of the chunks from `first` on go into one message */
static size_t batch_size(const struct chunk *k, size_t n)
{
    size_t bytes = 0, i = 0;

    for (; i < n && i < BATCH_CHUNKS; i++) {
        bytes += k[i].len + strlen(k[i].heading_path) + 64;
        if (bytes > BATCH_BYTES && i > 0)
            break;
    }
    return i;
}

/* as many of the chunks as one message holds */
static int put_batch(struct cs_call *call, struct document *d, const struct chunk *k, size_t n)
{
    PutChunksRequest req = PUT_CHUNKS_REQUEST_INIT;
    Empty *rep;

    req.bot_id = (char *)(uintptr_t)d->bot;
    req.document_id = (char *)(uintptr_t)d->id;
    PutChunksRequest_set_version(&req, d->version);
    req.n_chunks = n;
    req.chunks = CS_NEW(call->arena, Chunk *, n);
    for (size_t i = 0; i < n; i++)
        req.chunks[i] = chunk_message(call, &k[i], (size_t)d->chunks + i);
    if (retrieve_put_chunks(call, &req, &rep) < 0)
        return -1;
    d->chunks += (int)n;
    return work_renew(call, d);
}

static int put_some(struct cs_call *call, struct document *d, struct cutting *x, size_t *ret_n)
{
    struct chunk *k;
    size_t n;
    int r = chunk_next(x->chunker, call->arena, &k, &n);

    if (r < 0 && call->arena->exceeded)
        return cs_fail(call, CS_TOO_LARGE, "A passage of the document takes over %d MiB of memory.",
                       PIECE_MEMORY >> 20);
    if (r < 0)
        return cs_fail_internal(call, "The blocks of a document are malformed.");
    *ret_n = n;
    d->done = (int)x->blocks.at;
    for (size_t first = 0, count; r == 0 && first < n; first += count) {
        struct piece piece;
        piece_begins(call, &piece);
        count = batch_size(k + first, n - first);
        r = piece_ends(call, &piece, put_batch(call, d, k + first, count));
    }
    return r;
}

static int work_put(struct cs_call *call, struct document *d, struct cutting *x)
{
    size_t n = 1;

    d->done = d->chunks = 0;
    d->total = (int)x->blocks.size; /* progress counts bytes of blocks */
    int r = work_step(call, d, "chunking", "chunking");
    while (r == 0 && n > 0) {
        struct piece piece;
        piece_begins(call, &piece);
        r = piece_ends(call, &piece, put_some(call, d, x, &n));
    }
    if (r)
        return r;
    d->properties = about_properties(&x->about, call->arena);
    d->warnings = about_warnings(&x->about, call->arena, &d->n_warnings);
    return store_about(call, d);
}

static int put_blocks(struct cs_call *call, struct document *d, const Bot *bot, int fd)
{
    const BotConfiguration *c = bot->configuration;
    struct cutting x;

    if (!cutting_open(&x, call->arena, fd))
        return cs_fail_internal(call, "The blocks of a document are malformed.");
    bool flat = x.blocks.format & FORMAT_FLAT;
    const struct format *f = format_of_type(x.blocks.mime);
    if (f && !(f->text && strncmp(d->mime, "text/", 5) == 0))
        d->mime = f->mime; /* now we know better */
    cutting_begin(&x, chunk_sizes(cs_bot_chunk_size(c), cs_bot_chunk_overlap(c, flat)));
    int r = work_put(call, d, &x);
    cutting_close(&x);
    return r;
}

struct extracting {
    struct cs_call *call;
    struct document *document;
    int r;
    int64_t renewed;
};

/* The lease is renewed while a child reads; a document that was cancelled needs no more reading. */
static bool extracting_goes_on(void *arg)
{
    struct extracting *x = arg;

    if (x->r == 0 && cs_mono_ms() - x->renewed >= RENEW_MS) {
        x->r = work_renew(x->call, x->document);
        x->renewed = cs_mono_ms();
    }
    return x->r == 0;
}

static int extract_and_put(struct cs_call *call, struct document *d, const Bot *bot, int file)
{
    struct extracting x = {.call = call, .document = d, .renewed = cs_mono_ms()};
    const struct extract_job job = {
        .name = d->url ? format_file_name(call->arena, d->mime) : d->name,
        .mime = d->mime,
        .file = file,
        .goes_on = extracting_goes_on,
        .arg = &x,
        .done = &d->done,
        .total = &d->total,
    };
    const char *reason;
    int blocks, r = work_load(call, d, file);

    if (r)
        return r;
    switch (extract_run(call->arena, &job, &blocks, &reason)) {
    case EXTRACT_OK:
        r = put_blocks(call, d, bot, blocks);
        close(blocks);
        return r;
    case EXTRACT_REFUSED: r = work_fail(call, d, reason); return r ? r : STORE_NONE;
    case EXTRACT_STOPPED: return x.r;
    case EXTRACT_BUSY: r = store_yield(call, d, extract_wait_ms()); return r ? r : STORE_NONE;
    case EXTRACT_FAILED: break;
    }
    return cs_fail(call, CS_OVERLOADED, "The document cannot be read at the moment.");
}

/* from the file to chunks in retrieve; making vectors takes long, and does without the text */
static int work_prepare(struct cs_call *call, struct document *d, const Bot *bot)
{
    struct piece piece;
    int file = extract_file();

    piece_begins(call, &piece);
    int r = extract_and_put(call, d, bot, file);
    d->properties = cs_strdup(piece.whole, d->properties); /* the commit hands them on */
    d->warnings = NULL;
    d->n_warnings = 0;
    r = piece_ends(call, &piece, r);
    if (file >= 0)
        close(file);
    return r;
}

/* one range of at most `count` chunks */
static int embed_range(struct cs_call *call, struct document *d, int count)
{
    EmbedRangeRequest req = EMBED_RANGE_REQUEST_INIT;
    EmbedRangeReply *rep;

    req.bot_id = (char *)(uintptr_t)d->bot;
    req.document_id = (char *)(uintptr_t)d->id;
    EmbedRangeRequest_set_version(&req, d->version);
    req.document_name = (char *)(uintptr_t)d->name;
    EmbedRangeRequest_set_first(&req, d->done);
    EmbedRangeRequest_set_count(&req, d->total - d->done < count ? d->total - d->done : count);
    int r = embed_embed_range(call, &req, &rep);
    if (r < 0)
        return r;
    bool other = d->space && rep->space && strcmp(d->space, rep->space) != 0;
    d->done = other ? 0 : d->done + req.count; /* the model was changed meanwhile: all anew */
    d->space = rep->space;
    d->progressed = true;
    return work_renew(call, d);
}

/* It is released and goes on later, here or in another process; STORE_NONE, as if it had been lost. */
static int work_yield(struct cs_call *call, const struct document *d, int64_t wait_ms)
{
    int r = store_yield(call, d, wait_ms);

    return r ? r : STORE_NONE;
}

/* Models answer at very different speeds, and a call has 30 s at most. */
static int embed_slice(struct cs_call *call, struct document *d)
{
    int64_t until = cs_mono_ms() + SLICE_MS;
    int r = 0;

    while (r == 0 && d->done < d->total) {
        int64_t began = cs_mono_ms();
        if (began >= until)
            return work_yield(call, d, 0);
        r = embed_range(call, d, d->embed_count);
        if (r == 0 && cs_mono_ms() - began < RANGE_MS && d->embed_count < RANGE_MAX) {
            d->embed_count *= 2;
        } else if (r < 0 && call->status == CS_TIMEOUT && d->embed_count > RANGE_MIN) {
            d->embed_count = d->embed_count / 4 > RANGE_MIN ? d->embed_count / 4 : RANGE_MIN;
            cs_ask_clear(call);
            return work_yield(call, d, TIMED_OUT_MS);
        }
    }
    return r;
}

static int work_embed(struct cs_call *call, struct document *d)
{
    d->total = d->chunks;
    if (strcmp(d->status, "embedding") != 0) {
        d->done = 0;
        d->embed_count = RANGE;
    }
    int r = work_step(call, d, "embedding", "embedding");
    if (r)
        return r;
    if (!embedding_enter(d->tenant))
        return work_yield(call, d, 0);
    r = embed_slice(call, d);
    embedding_leave(d->tenant);
    return r;
}

static int work_commit(struct cs_call *call, struct document *d, const Bot *bot)
{
    CommitVersionRequest req = COMMIT_VERSION_REQUEST_INIT;
    CollectionVersion *rep;
    struct document *now;

    d->done = d->total; /* of what its status counts */
    int r = work_step(call, d, d->status, "committing");
    if (r)
        return r;
    req.bot_id = (char *)(uintptr_t)d->bot;
    req.document_id = (char *)(uintptr_t)d->id;
    CommitVersionRequest_set_version(&req, d->version);
    CommitVersionRequest_set_chunks(&req, d->chunks);
    req.details = update_details(call, d);
    req.space = (char *)(uintptr_t)d->space;
    if (d->space && bot->configuration->has_embedding_dimensions)
        CommitVersionRequest_set_dimensions(&req, bot->configuration->embedding_dimensions);
    if (retrieve_commit_version(call, &req, &rep) < 0)
        return -1;
    r = store_ready(call, d, &now);
    if (r)
        return r;
    document_event(call, now, "ready", NULL, 0);
    if (now->details_version > d->details_version) /* changed since the claim */
        document_ticket(call, "update", d->bot, d->id, d->version);
    if (d->space && rep->space &&
        strcmp(d->space, rep->space) != 0) /* search is at another model */
        document_ticket(call, "reembed", d->bot, d->id, d->version);
    return store_commit(call);
}

static int work_document(struct cs_call *call, struct document *d)
{
    bool committing = strcmp(d->stage, "committing") == 0;
    Bot *bot;
    int r = work_allowed(call, d);

    if (r)
        return r;
    if ((r = cs_bot_fetch(call, d->bot, &bot)) < 0) { /* it may have been deleted since */
        if (call->status != CS_NOT_FOUND)
            return r;
        cs_ask_clear(call); /* erased while the upload went on */
        return erase_document(call, d->bot, d->id);
    }
    if (!committing && strcmp(d->status, "embedding") != 0)
        r = work_prepare(call, d, bot);
    if (r == 0 && !committing && cs_bot_has_vectors(bot->configuration))
        r = work_embed(call, d);
    return r ? r : work_commit(call, d, bot);
}

static bool may_pass(int status)
{
    return status == CS_LIMITED || status == CS_INTERNAL || status == CS_UPSTREAM ||
           status == CS_OVERLOADED || status == CS_TIMEOUT;
}

/* the work failed: another try later, or the end */
static int work_settle(struct cs_call *call, const struct document *d)
{
    int status = call->status ? call->status : CS_INTERNAL;
    bool back = atomic_load(&leaving); /* nobody's failure: it costs no try */
    const char *reason =
        cs_strdup(call->arena, call->detail ? call->detail : cs_error_title(status));
    int tries = d->progressed ? 1 : d->attempts;
    int64_t wait_ms = 500LL << 2 * tries; /* 2 s, 8 s, 32 s, 2 min: outages pass */

    if (back)
        wait_ms = 0;
    else if (call->retry_after_ms > wait_ms)
        wait_ms = call->retry_after_ms < WAIT_MAX_MS ? call->retry_after_ms : WAIT_MAX_MS;
    cs_ask_clear(call);
    if (may_pass(status) && (back || tries < INGEST_TRIES)) {
        int r = back ? store_hand_back(call, d) : store_release(call, d, reason, wait_ms);
        if (r == STORE_NONE)
            return 0;
        if (r == 0)
            r = cs_fail(call, (enum cs_error)status, "The document %s failed. %s", d->id, reason);
        call->retry_after_ms = wait_ms; /* when the ticket comes again */
        return r;
    }
    int r = work_fail(call, d, reason);
    if (r || !may_pass(status)) /* the document's own fault concerns nobody but its owner */
        return r;
    return cs_fail(call, CS_UNPROCESSABLE, "The document %s failed. %s", d->id, reason);
}

/*
 * A worker is free for another embedding. The tickets of those that wait may have come while all were
 * busy, so one gets a ticket again; if that fails, reconciling finds it.
 */
static void work_ticket_next(struct cs_call *call)
{
    struct cs_call before = *call;
    struct document *d;
    char **busy;
    size_t n;

    if (embeddings_busy(call, &busy, &n) && store_next_embedding(call, busy, n, &d) == 0) {
        call->tenant = d->tenant;
        cs_pg_begin(call->pg, d->tenant);
        document_ticket(call, "document", d->bot, d->id, d->version);
        store_commit(call);
    }
    call->tenant = before.tenant;
    call->status = before.status;
    call->detail = before.detail;
    call->fields = before.fields;
    call->retry_after_ms = before.retry_after_ms;
}

int work_run(struct cs_call *call, const Ticket *ticket)
{
    const char *tenant = call->tenant;
    struct document *d;
    char **busy;
    size_t n;

    reconcile_touch();
    if (!ticket->document_id || !cs_id_valid(ticket->document_id))
        return cs_fail(call, CS_INVALID, "The ticket names no document.");
    bool room = embeddings_busy(call, &busy, &n);
    int r = store_claim(call, ticket->document_id, room, busy, n, &d);
    if (r)
        return r == STORE_NONE ? 0 : r;
    call->tenant = d->tenant; /* the claim chose; it need not be the ticket's */
    r = work_document(call, d);
    if (r < 0)
        r = work_settle(call, d);
    cs_pg_rollback(call->pg);
    if (strcmp(d->status, "embedding") == 0)
        work_ticket_next(call);
    call->tenant = tenant;
    return r == STORE_NONE ? 0 : r;
}

/* The files of an archive are listed in a first pass over what the child wrote, and stored in a second one. */
#include "ingest/archive.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/utf8.h"
#include "bus/store.h"
#include "ingest/block.h"
#include "ingest/extract.h"
#include "ingest/format.h"
#include "ingest/name.h"
#include "nats/wire.h"
#include "pg/pg.h"

#include <string.h>
#include <unistd.h>

enum { RESERVE_MS = 10 * 1000, NAME_BYTES = 255 }; /* RESERVE: of the caller's time, for storing */

bool archive_named(const struct document *d)
{
    return strcmp(d->mime, "application/zip") == 0;
}

static bool archive_goes_on(void *arg)
{
    const struct cs_call *call = arg;

    return cs_mono_ms() < call->deadline_ms - RESERVE_MS;
}

/* NULL: the file has no name that can be shown, and is passed over. */
static const char *archive_name(struct cs_arena *a, const char *path)
{
    return name_has_control(path) ? NULL : name_clean(a, path);
}

/* ---- the first pass ---- */

struct listing {
    struct cs_call *call;
    struct archive *archive;
    struct cs_sha256_state sha;
    bool kept; /* the file that is being read has a name that can be shown */
};

static void listing_file_ends(struct listing *x)
{
    if (x->kept)
        cs_sha256_end(&x->sha, x->archive->files[x->archive->n - 1].sha256);
    x->kept = false;
}

static int listing_file_begins(struct listing *x, const char *path)
{
    struct archive *to = x->archive;
    const char *name = archive_name(x->call->arena, path);

    listing_file_ends(x);
    if (name && to->n == ARCHIVE_FILES)
        return cs_fail(x->call, CS_UNPROCESSABLE, "The archive holds more than %d files.",
                       ARCHIVE_FILES);
    if (!name)
        return 0;
    to->files[to->n++].name =
        cs_strndup(x->call->arena, name, cs_utf8_cut(name, strlen(name), NAME_BYTES));
    cs_sha256_begin(&x->sha);
    x->kept = true;
    return 0;
}

static int listing_data(struct listing *x, const char *data, size_t len)
{
    if (!x->kept)
        return 0;
    struct archive_file *f = &x->archive->files[x->archive->n - 1];
    f->bytes += len;
    if (f->bytes > CS_MAX_FILE)
        return cs_fail(x->call, CS_TOO_LARGE,
                       "The file %s in the archive has more than " CS_MAX_FILE_TEXT ".", f->name);
    cs_sha256_update(&x->sha, data, len);
    return 0;
}

static int archive_list(struct cs_call *call, struct archive *x)
{
    struct listing listing = {.call = call, .archive = x};
    struct block_reader in;
    struct cs_arena round;
    char type = 0, *data;
    size_t len;
    int r = 0, more = 1;

    cs_arena_init(&round);
    x->files = CS_NEW(call->arena, struct archive_file, ARCHIVE_FILES);
    if (!block_reader_open(&in, call->arena, x->fd))
        more = -1;
    while (r == 0 && more > 0 && (more = block_read_file(&in, &round, &type, &data, &len)) > 0) {
        r = type == 'n' ? listing_file_begins(&listing, data) : listing_data(&listing, data, len);
        cs_arena_reset(&round);
    }
    listing_file_ends(&listing);
    cs_arena_dispose(&round);
    return r == 0 && more < 0 ? cs_fail_internal(call, "The files of an archive are malformed.")
                              : r;
}

int archive_read(struct cs_call *call, const struct document *d, struct archive *ret)
{
    int file = extract_file(), r;
    const struct extract_job job = {
        .name = d->name,
        .mime = d->mime,
        .file = file,
        .goes_on = archive_goes_on,
        .arg = call,
        .apart = true,
    };
    const char *reason;

    *ret = (struct archive){.fd = -1};
    if (file < 0)
        return cs_fail(call, CS_OVERLOADED, "There is no room for an archive at the moment.");
    r = work_load(call, d, file);
    if (r == 0 && extract_run(call->arena, &job, &ret->fd, &reason) == EXTRACT_OK)
        r = archive_list(call, ret);
    close(file);
    if (r)
        archive_close(ret);
    return r == STORE_NONE ? document_none(call) : r;
}

void archive_close(struct archive *x)
{
    if (x->fd >= 0)
        close(x->fd);
    *x = (struct archive){.fd = -1};
}

/* ---- the second pass ---- */

struct storing {
    struct cs_call *call;
    const struct archive *archive;
    const char *upload; /* the archive's row, until a file takes it; then NULL */
    const char *bot;
    struct document *now; /* whose bytes come; NULL: they are there already */
    size_t at;            /* files begun */
    int part;
    char *bytes; /* of one part */
    size_t len;
    Document *rep;
};

static int storing_part(struct storing *x)
{
    int r = x->now && x->len > 0
                ? store_part_begun(x->call, x->now->id, x->part++, x->bytes, x->len)
                : 0;

    x->len = 0;
    return r;
}

static void storing_show(struct storing *x, const struct document *d, bool again)
{
    Document *shown = Document_new(x->call->arena);

    document_show(x->call, d, shown);
    shown->duplicate_of = again ? shown->id : NULL;
    x->rep->members[x->rep->n_members++] = shown;
}

static int storing_file_ends(struct storing *x)
{
    int r = storing_part(x);

    if (r || !x->now)
        return r;
    const struct archive_file *f = &x->archive->files[x->at - 1];
    const struct upload u = {.bytes = (int64_t)f->bytes, .sha256 = f->sha256};
    if ((r = store_uploaded(x->call, x->now->id, &u, &x->now)))
        return r;
    document_ticket(x->call, "document", x->now->bot, x->now->id, x->now->version);
    document_event(x->call, x->now, "uploaded", NULL, 0);
    storing_show(x, x->now, false);
    x->now = NULL;
    return 0;
}

/* The first new file takes the place of the archive, so that a repeat of the request finds a document. */
static int storing_file_begins(struct storing *x)
{
    const struct archive_file *f = &x->archive->files[x->at++];
    struct document *there, new = {
                                .bot = x->bot,
                                .name = f->name,
                                .mime = format_mime(f->name, NULL),
                                .bytes = (int64_t)f->bytes,
                                .sha256 = f->sha256,
                            };
    bool retried;
    int r = store_same_begun(x->call, &new, &there, &retried);

    x->part = 0;
    if (r == 0 && !there->uploaded) { /* an upload that somebody began, and may never end */
        x->now = there;
        return 0;
    }
    if (r == 0 && retried)
        document_ticket(x->call, "document", there->bot, there->id, there->version);
    if (r == 0)
        storing_show(x, there, true);
    if (r != STORE_NONE)
        return r;
    if (x->upload) {
        r = store_upload_turn(x->call, x->upload, &new, &x->now);
        x->upload = NULL;
        return r;
    }
    new.id = CS_NEW(x->call->arena, char, CS_ID_SIZE);
    cs_id_new((char *)(uintptr_t) new.id);
    return store_insert_begun(x->call, &new, &x->now);
}

static int storing_data(struct storing *x, const char *data, size_t len)
{
    int r = 0;

    for (size_t n; r == 0 && len > 0; data += n, len -= n) {
        n = CS_MAX_PART - x->len < len ? CS_MAX_PART - x->len : len;
        memcpy(x->bytes + x->len, data, n);
        x->len += n;
        if (x->len == CS_MAX_PART)
            r = storing_part(x);
    }
    return r;
}

static int storing_run(struct storing *x)
{
    struct block_reader in;
    struct cs_arena round;
    char type = 0, *data;
    size_t len;
    bool listed = false;
    int r = block_reader_open(&in, x->call->arena, x->archive->fd) ? 0 : STORE_NONE;

    cs_arena_init(&round);
    while (r == 0 && block_read_file(&in, &round, &type, &data, &len) > 0) {
        if (type == 'n') {
            r = storing_file_ends(x);
            listed = r == 0 && archive_name(&round, data);
            if (listed)
                r = storing_file_begins(x);
        } else if (listed && x->now) {
            r = storing_data(x, data, len);
        }
        cs_arena_reset(&round);
    }
    cs_arena_dispose(&round);
    if (r == 0)
        r = storing_file_ends(x);
    return r == 0 && x->upload ? store_upload_remove(x->call, x->upload) : r;
}

int archive_store(struct cs_call *call, const char *id, const struct archive *archive,
                  Document *rep)
{
    struct storing x = {.call = call, .archive = archive, .upload = id, .rep = rep};
    struct document *d;
    struct quota quota;
    int r = upload_quota(call, &quota);

    if (r < 0)
        return r;
    if ((r = store_lock(call, id, &d)) || d->uploaded) {
        cs_pg_rollback(call->pg);
        return r < 0 ? r : cs_fail(call, CS_CONFLICT, "The upload has ended.");
    }
    x.bot = d->bot;
    x.bytes = CS_NEW(call->arena, char, CS_MAX_PART);
    rep->members = CS_NEW(call->arena, Document *, archive->n);
    r = store_upload_empty(call, id);
    if (r == 0)
        r = storing_run(&x);
    if (r == 0)
        r = store_held(call, &quota, 0);
    if (r == 0)
        r = store_commit(call);
    cs_pg_rollback(call->pg);
    if (r)
        return r == STORE_NONE ? cs_fail(call, CS_CONFLICT, "The upload has ended.")
                               : upload_quota_fail(call, &quota, r);
    Document **members = rep->members;
    size_t n = rep->n_members;
    *rep = *members[0];
    rep->members = members;
    rep->n_members = n;
    return 0;
}

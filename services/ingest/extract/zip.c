/*
 * Archives. Taken apart, their files leave as they are, and each becomes a document. Read as one document, each file is a
 * section headed by its name, and what cannot be read is passed over with a warning.
 */
#include "ingest/extract/archive.h"

#include "base/utf8.h"

struct unpacking {
    const struct source *archive;
    struct emit *emit;
    size_t n;
    bool damaged; /* a file cannot be read */
};

/* What packers and systems leave in archives for themselves, and what is empty. */
static bool zip_is_litter(const char *name, size_t len)
{
    const char *slash = strrchr(name, '/');

    return len == 0 || strncmp(name, "__MACOSX/", 9) == 0 || (slash ? slash[1] : name[0]) == '.' ||
           strstr(name, "Thumbs.db");
}

static void zip_warn(struct emit *e, const char *name, const char *what)
{
    struct cs_buf b = {0};

    cs_buf_addf(&b, "%s: %s", name, what);
    emit_property(e, "warning", b.data, b.len);
    cs_buf_free(&b);
}

static bool zip_member(void *arg, const char *name, char *data, size_t len)
{
    struct unpacking *u = arg;

    if (data && zip_is_litter(name, len))
        return true;
    if (!data) {
        zip_warn(u->emit, name, "It is damaged or encrypted.");
        return true;
    }
    source_part(u->archive, u->emit, name, NULL, data, len);
    u->n++;
    return !u->emit->full;
}

const char *zip_read(const struct source *s, struct emit *e)
{
    struct unpacking u = {.archive = s, .emit = e};
    const char *reason = archive_walk(s, zip_member, &u);

    if (!reason && u.n == 0)
        reason = "The archive is empty or damaged.";
    return reason;
}

static bool zip_file(void *arg, const char *name, char *data, size_t len)
{
    struct unpacking *u = arg;

    u->damaged = !data;
    if (!data)
        return false;
    if (zip_is_litter(name, len) || cs_utf8_check(name, strlen(name)) < strlen(name))
        return true;
    emit_file(u->emit, name, data, len);
    return !u->emit->full;
}

const char *zip_split(struct source *s, struct emit *e)
{
    struct unpacking u = {.archive = s, .emit = e};
    const char *reason = NULL;
    const struct format *f = source_kind(s, &reason);

    if (!f)
        return reason;
    emit_format(e, f->mime, 0);
    if (s->confine && !s->confine())
        return "The server cannot confine the reading of files.";
    if (strcmp(f->name, "zip") == 0)
        reason = archive_walk(s, zip_file, &u);
    return u.damaged ? "A file in the archive is damaged or encrypted." : reason;
}

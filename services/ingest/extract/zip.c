/* Archives: each file in them is a section, headed by its name. What cannot be read is passed over with a warning. */
#include "ingest/extract/archive.h"

struct unpacking {
    const struct source *archive;
    struct emit *emit;
    size_t n;
};

static bool zip_member(void *arg, const char *name, char *data, size_t len)
{
    struct unpacking *u = arg;
    const char *slash = strrchr(name, '/');

    /* what packers and systems leave in archives for themselves */
    if (len == 0 || strncmp(name, "__MACOSX/", 9) == 0 || (slash ? slash[1] : name[0]) == '.' ||
        strstr(name, "Thumbs.db"))
        return true;
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

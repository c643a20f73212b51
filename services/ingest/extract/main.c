/*
 * chatsphere-extract: one document, read in a sandbox. The file comes on descriptor 0, its blocks
 * leave on descriptor 1 (block.h). ingest starts one for each document (ingest/extract.c).
 */
#include "ingest/extract/sandbox.h"
#include "ingest/extract/source.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "usage: chatsphere-extract [NAME [MEDIA-TYPE [PAGES]]] < file > blocks\n\n"
    "Reads a document of any supported format and writes its text as "
    "blocks: headings, paragraphs, list\n"
    "items, table rows, code and captions. The format is judged by "
    "content; name and media type decide\n"
    "between formats that are text. Exit status 1: there is no document, "
    "and the blocks hold the reason, or the pages that are pictures. With "
    "these as PAGES, such as\n"
    "1-3,7, it recognises their text by tesseract. With \"files\" as PAGES it writes the files of "
    "a ZIP "
    "archive\nas they are, and nothing of any other format.\n\n";

/* For AddressSanitizer, when it is there: its look-up of leaks starts a process that traces this one. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static int extract_help(void)
{
    printf("%s%-10s %-72s %s\n", usage, "format", "media type", "extensions");
    for (const struct format *f = formats; f->name; f++)
        printf("%-10s %-72s %s\n", f->name, f->mime, f->extensions);
    return 0;
}

/* The file with a terminator behind it; false when it is too long. */
static bool source_load(struct source *s)
{
    struct stat st;
    struct cs_buf b = {0};
    size_t room = fstat(0, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size + 1 : 64 * 1024;

    for (ssize_t n = 1; n > 0 && b.len <= SOURCE_MAX; b.len += n > 0 ? (size_t)n : 0) {
        size_t want = b.len < room ? room - b.len : 64 * 1024;
        n = read(0, cs_buf_grow(&b, want), want);
    }
    s->data = b.data;
    s->len = b.len;
    b.data[b.len] = '\0';
    return b.len <= SOURCE_MAX;
}

int main(int argc, char **argv)
{
    struct cs_arena arena;
    size_t inflated = 0;
    struct emit e = {.fd = 1};
    struct source s = {.arena = &arena, .inflated = &inflated, .confine = sandbox_close};

    if (argc > 1 && strcmp(argv[1], "--help") == 0)
        return extract_help();
    s.name = argc > 1 ? argv[1] : NULL;
    s.mime = argc > 2 ? argv[2] : NULL;
    s.pages = argc > 3 ? argv[3] : NULL;
    signal(SIGXFSZ, SIG_IGN); /* a write that is too long fails instead */
    if (!source_kind_init()) {
        emit_reason(&e, "The server lacks the tables of file types.");
        return 1;
    }
    if (!sandbox_enter()) {
        emit_reason(&e, "The server cannot confine the reading of files.");
        return 1;
    }
    cs_arena_init(&arena);
    bool apart = s.pages && strcmp(s.pages, "files") == 0;
    const char *reason = !source_load(&s) ? "The file has more than 32 MiB."
                         : apart          ? zip_split(&s, &e)
                                          : source_read(&s, &e);
    if (!reason && e.pictures)
        emit_pictures(&e);
    else if (!reason && !emit_end(&e))
        reason = "The file has more than 64 MiB of text.";
    if (reason)
        emit_reason(&e, reason);
    _exit(reason || e.pictures ? 1 : 0); /* its memory ends with it */
}

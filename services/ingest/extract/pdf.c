/* PDF by pdftotext, a program of its own: its library may not be linked. It runs in the same sandbox. */
#include "ingest/extract/pdf.h"

#include "ingest/extract/sandbox.h"
#include "ingest/extract/source.h"

#include <unistd.h>

#define PDFTOTEXT "/usr/bin/pdftotext"

enum {
    LINE_MAX_BYTES = 64 * 1024,
    CHARACTERS_OF_A_PAGE = 20, /* fewer on average: the pages are pictures */
};

/* whole lines of the output; false: it was too much */
static bool pages_read(struct pdf_pages *p, int fd)
{
    struct cs_buf b = {0};
    ssize_t n;
    bool room = true;

    while (room && (n = read(fd, cs_buf_grow(&b, 64 * 1024), 64 * 1024)) > 0) {
        char *line = b.data, *nl;
        b.len += (size_t)n;
        while ((nl = memchr(line, '\n', b.len - (size_t)(line - b.data)))) {
            *nl = '\0';
            pdf_pages_add(p, line);
            line = nl + 1;
        }
        size_t rest = b.len - (size_t)(line - b.data);
        memmove(b.data, line, rest);
        b.len = rest < LINE_MAX_BYTES ? rest : 0; /* no word is that long */
        room = p->text.len < EMIT_MAX_BYTES;
    }
    cs_buf_free(&b);
    return room;
}

static const char *pdf_reason(const struct pdf_pages *p, int status)
{
    if (status == 3 || status == 1)
        return status == 3 ? "The PDF does not permit its text to be copied, or is encrypted."
                           : "The PDF is damaged or encrypted.";
    if (status >= 128)
        return "The PDF could not be read within the limits of memory and time, or is damaged.";
    if (status != 0)
        return "The PDF could not be read.";
    if (p->pages == 0)
        return "The PDF has no pages.";
    if (pdf_pages_characters(p) < (size_t)p->pages * CHARACTERS_OF_A_PAGE)
        return "No text layer; OCR is not installed.";
    return NULL;
}

const char *pdf_read(const struct source *s, struct emit *e)
{
    static const char *const argv[] = {"pdftotext",    "-q",     "-enc", "UTF-8",
                                       "-bbox-layout", "fd://0", "-",    NULL};
    struct pdf_pages p = {0};
    int fd;

    if (s->depth > 0)
        return "A PDF within another file is not supported.";
    lseek(0, 0, SEEK_SET);
    fd = sandbox_helper(PDFTOTEXT, argv, s->file);
    if (s->confine && !s->confine())
        return "The server cannot confine the reading of files.";
    if (fd < 0)
        return "PDF is not supported on this server: pdftotext is not installed.";
    bool room = pages_read(&p, fd);
    close(fd);
    const char *reason = pdf_reason(&p, room ? sandbox_wait() : 0);
    if (!room)
        reason = "The file has more than 64 MiB of text.";
    if (!reason)
        pdf_pages_emit(&p, e);
    pdf_pages_free(&p);
    return reason;
}

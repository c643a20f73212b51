/* PDF by pdftotext, a program of its own: its library may not be linked. It runs in the same sandbox. Pages without a text
 * layer are read in a second reading, by OCR. */
#include "ingest/extract/pdf.h"

#include "ingest/extract/ocr.h"
#include "ingest/extract/sandbox.h"
#include "ingest/pages.h"

#include <unistd.h>

#define PDFTOTEXT "/usr/bin/pdftotext"

enum {
    LINE_MAX_BYTES = 64 * 1024,
    TEXT_CPU_S = 20,
};

/* a line of the output; what was recognised of a page stands before what its text layer has */
static void page_line(struct pdf_pages *p, const char *line, const struct ocr *scans)
{
    int page = p->pages;

    pdf_pages_add(p, line);
    const char *hocr = p->pages > page ? ocr_page_text(scans, p->pages) : NULL;
    if (hocr)
        hocr_add(p, hocr);
}

/* whole lines of the output; false: it was too much */
static bool pages_read(struct pdf_pages *p, int fd, const struct ocr *scans)
{
    struct cs_buf b = {0};
    ssize_t n;
    bool room = true;

    while (room && (n = read(fd, cs_buf_grow(&b, 64 * 1024), 64 * 1024)) > 0) {
        char *line = b.data, *nl;
        b.len += (size_t)n;
        while ((nl = memchr(line, '\n', b.len - (size_t)(line - b.data)))) {
            *nl = '\0';
            page_line(p, line, scans);
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
    return p->pages == 0 ? "The PDF has no pages." : NULL;
}

/* After a first reading: the pages that are pictures are asked for, or why a scan cannot be read. */
static const char *pdf_pictures(const struct source *s, const struct pdf_pages *p, struct emit *e)
{
    CS_BUF_AUTO struct cs_buf list = {0};
    bool scan = pdf_pages_pictures(p, &list);
    const char *why = NULL;

    if (!list.data)
        return NULL;
    if (!ocr_installed())
        why = "No text layer; OCR is not installed.";
    else if (pages_count(list.data) < 0)
        why = cs_printf(s->arena, "No text layer on more pages than the %d that OCR may read.",
                        PAGES_MAX);
    else
        e->pictures = cs_strdup(s->arena, list.data);
    if (why && !scan) {
        const char *warning = cs_printf(s->arena, "Pages %.200s: %s", list.data, why);
        emit_property(e, "warning", warning, strlen(warning));
    }
    return scan ? why : NULL;
}

const char *pdf_read(const struct source *s, struct emit *e)
{
    static const char *const argv[] = {"pdftotext",    "-q",     "-enc", "UTF-8",
                                       "-bbox-layout", "fd://0", "-",    NULL};
    struct pdf_pages p = {0};
    struct ocr scans = {0};

    if (s->depth > 0)
        return "A PDF within another file is not supported.";
    if (s->pages)
        ocr_read(s, e, true, &scans);
    lseek(s->file, 0, SEEK_SET);
    int fd = sandbox_helper(PDFTOTEXT, argv, s->file, TEXT_CPU_S);
    if (s->confine && !s->confine())
        return "The server cannot confine the reading of files.";
    if (fd < 0)
        return "PDF is not supported on this server: pdftotext is not installed.";
    bool room = pages_read(&p, fd, &scans);
    close(fd);
    const char *reason =
        room ? pdf_reason(&p, sandbox_wait()) : "The file has more than 64 MiB of text.";
    if (!reason && !s->pages)
        reason = pdf_pictures(s, &p, e);
    if (!reason && s->pages && pdf_pages_characters(&p) == 0)
        reason = cs_printf(s->arena, "No text layer. %s", ocr_nothing(&scans));
    if (!reason && !e->pictures) {
        ocr_warn(&scans, s->arena, e);
        pdf_pages_emit(&p, e);
    }
    pdf_pages_free(&p);
    ocr_free(&scans);
    return reason;
}

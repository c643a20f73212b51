/* The readers of formats that are ours: any bytes as RTF, mail, JSON, CSV, as what pdftotext and tesseract say of pages, as
 * a picture whose pages are counted, and as a file of an unknown kind. The first byte chooses. What comes out is well
 * formed, and its chunks are whole. */
#include "../support/whole.h"

#include "ingest/extract/pdf.h"
#include "ingest/pages.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_pages(struct emit *e, char *text, bool hocr)
{
    struct pdf_pages p = {.pages = hocr};

    if (hocr)
        hocr_add(&p, text);
    for (char *line = text, *nl; *line && !hocr; line = nl ? nl + 1 : line + strlen(line)) {
        if ((nl = strchr(line, '\n')))
            *nl = '\0';
        pdf_pages_add(&p, line);
    }
    emit_format(e, "application/pdf", 0);
    pdf_pages_emit(&p, e);
    pdf_pages_free(&p);
}

/* Its pages are counted; a helper would recognise them. */
static void read_picture(struct source *s, struct emit *e)
{
    emit_format(e, "image/tiff", 0);
    picture_read(s, e);
    if (e->pictures && pages_count(e->pictures) <= 0) {
        fprintf(stderr, "malformed pages: %s\n", e->pictures);
        abort();
    }
}

/* By its content; a helper's formats are only recognised. */
static void read_any(struct source *s, struct emit *e)
{
    const char *reason;
    const struct format *f = source_kind(s, &reason);

    emit_format(e, f ? f->mime : "text/plain", 0);
    if (f && !f->helper)
        source_reader_of(f)(s, e);
}

static void read_as(struct source *s, struct emit *e, const char *format)
{
    const struct format *f = format_named(format);

    emit_format(e, f->mime, 0);
    if (!f->text || source_decode(s, false))
        source_reader_of(f)(s, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"rtf", "eml", "mbox", "json", "csv", "html"};
    struct cs_arena a;
    size_t inflated = 0;
    struct emit e = {.fd = memfd_create("blocks", 0)};

    if (size < 2 || !source_kind_init())
        return 0;
    cs_arena_init(&a);
    char *copy = cs_alloc(&a, size);
    memcpy(copy, data + 1, size - 1);
    struct source s = {.data = copy, .len = size - 1, .arena = &a, .inflated = &inflated};
    switch (data[0] % 10) {
    case 6: read_pages(&e, copy, false); break;
    case 7: read_pages(&e, copy, true); break;
    case 8: read_picture(&s, &e); break;
    case 9: read_any(&s, &e); break;
    default: read_as(&s, &e, names[data[0] % 10]);
    }
    emit_end(&e);
    struct blocks x = blocks_in(&a, e.fd);
    const char *fault =
        x.n == (size_t)-1 ? "malformed frames" : whole_fault(&a, &x, chunk_sizes(200, 0));
    if (fault) {
        fprintf(stderr, "%s\n", fault);
        abort();
    }
    close(e.fd);
    cs_arena_dispose(&a);
    return 0;
}

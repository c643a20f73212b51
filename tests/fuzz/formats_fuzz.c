/* The readers of formats that are ours: any bytes as RTF, mail, JSON, CSV, and as what pdftotext says of pages. The first
 * byte chooses. What comes out is well formed, and its chunks are whole. */
#include "../support/whole.h"

#include "ingest/extract/pdf.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_pages(struct emit *e, char *text)
{
    struct pdf_pages p = {0};

    for (char *line = text, *nl; *line; line = nl ? nl + 1 : line + strlen(line)) {
        if ((nl = strchr(line, '\n')))
            *nl = '\0';
        pdf_pages_add(&p, line);
    }
    emit_format(e, "application/pdf", 0);
    pdf_pages_emit(&p, e);
    pdf_pages_free(&p);
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
    size_t choice = data[0] % 7;
    if (choice == 6)
        read_pages(&e, copy);
    else
        read_as(&s, &e, names[choice]);
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

/* Pictures: what OCR recognises on them. A TIFF may have several pages. */
#include "ingest/extract/ocr.h"
#include "ingest/extract/pdf.h"
#include "ingest/pages.h"

static uint32_t tiff_number(const struct source *s, size_t at, size_t bytes)
{
    uint32_t n = 0;

    for (size_t i = 0; i < bytes; i++)
        n |= (uint32_t)(unsigned char)s->data[at + i] << 8 * (*s->data == 'I' ? i : bytes - 1 - i);
    return n;
}

/* the directories of a TIFF, one for each page; of BigTIFF and all other pictures only the first page is read */
static int picture_pages(const struct source *s)
{
    int n = 0;

    if (s->len < 8 || (memcmp(s->data, "II*", 4) != 0 && memcmp(s->data, "MM\0*", 4) != 0))
        return 1;
    for (size_t at = tiff_number(s, 4, 4); at > 0 && at <= s->len - 2 && n < PAGES_MAX; n++) {
        size_t next = at + 2 + 12 * tiff_number(s, at, 2);
        at = next <= s->len - 4 ? tiff_number(s, next, 4) : 0;
    }
    return n ? n : 1;
}

const char *picture_read(const struct source *s, struct emit *e)
{
    struct pdf_pages p = {0};
    struct ocr scans = {0};

    if (s->depth > 0)
        return "A picture within another file is not supported.";
    if (!ocr_installed())
        return "The file is a picture; OCR is not installed.";
    if (!s->pages && s->confine && !s->confine())
        return "The server cannot confine the reading of files.";
    if (!s->pages) {
        int n = picture_pages(s);
        e->pictures = n > 1 ? cs_printf(s->arena, "1-%d", n) : "1";
        return NULL;
    }
    ocr_read(s, e, false, &scans);
    if (s->confine && !s->confine())
        return "The server cannot confine the reading of files.";
    for (size_t i = 0; i < scans.n; i++) {
        const char *hocr = ocr_page_text(&scans, scans.pages[i].page);
        p.pages = scans.pages[i].page;
        if (hocr)
            hocr_add(&p, hocr);
    }
    bool nothing = pdf_pages_characters(&p) == 0;
    if (!nothing) {
        ocr_warn(&scans, s->arena, e);
        pdf_pages_emit(&p, e);
    }
    pdf_pages_free(&p);
    ocr_free(&scans);
    return nothing ? ocr_nothing(&scans) : NULL;
}

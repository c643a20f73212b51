#pragma once
/*
 * ocr: what tesseract recognises on pictures and on the pages of a PDF that have no text layer.
 *
 * A page is drawn by pdftoppm and recognised by tesseract, one after the other, as helpers of the sandbox
 * (sandbox.h), while that may still start programs. Nothing of what they say is looked at before it is closed: their
 * output is only kept. Languages are those that tesseract has data of on this machine, eight at most.
 */
#include "ingest/extract/source.h"

struct ocr_page {
    int page;
    bool lost; /* it took too much time or memory, or the helper failed */
    size_t at; /* of its text in hocr, which is terminated */
};

struct ocr {
    struct cs_buf hocr;
    struct ocr_page *pages; /* in the arena of the source */
    size_t n, n_lost;
    const char *why; /* no page could be begun, or NULL */
};

bool ocr_installed(void);
/* Recognises the pages of s->pages, in that order: of a PDF, else of a picture. */
void ocr_read(const struct source *s, struct emit *e, bool pdf, struct ocr *ret);
/* The text of a page; NULL: it was not recognised. */
const char *ocr_page_text(const struct ocr *o, int page);
/* Why no page has text. */
const char *ocr_nothing(const struct ocr *o);
/* A warning for the pages that were lost. */
void ocr_warn(const struct ocr *o, struct cs_arena *a, struct emit *e);
void ocr_free(struct ocr *o);

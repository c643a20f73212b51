#pragma once
/*
 * pdf: what pdftotext says of the pages of a PDF, or tesseract of their pictures: lines in reading order with their
 * place and height. Pure parsers of their outputs (-bbox-layout, hOCR), and what becomes of the lines.
 */
#include "ingest/extract/emit.h"

#include <stdint.h>

struct pdf_line {
    uint32_t at, len; /* of its text */
    uint32_t block;   /* number of the paragraph that pdftotext sees */
    int page;
    float left, right, top, bottom; /* points, from the page's upper left */
    bool repeated;                  /* at the edge of several pages: a header or footer */
};

struct pdf_pages {
    struct cs_buf text;  /* of all lines */
    struct cs_buf about; /* what the file says of itself: name, NUL, value, NUL */
    struct pdf_line *lines;
    uint32_t n, room;
    int pages;
    float height; /* of the last page */
    /* the line that is read */
    uint32_t block;
    bool open;
};

/* One line of pdftotext's output, with or without its line end. */
void pdf_pages_add(struct pdf_pages *p, const char *line);
/* hocr.c: what tesseract recognised on the last page, terminated. */
void hocr_add(struct pdf_pages *p, const char *hocr);
/* A line of the last page, and a word of the last line, with character references. */
void pdf_line_add(struct pdf_pages *p, float left, float top, float right, float bottom);
void pdf_word_add(struct pdf_pages *p, const char *s, size_t len);
/* The pages that are pictures, into list: in a scan those with hardly a character, in a text those without any. The
 * document is a scan: true. */
bool pdf_pages_pictures(const struct pdf_pages *p, struct cs_buf *list);
/* Marks repeated headers and footers, then emits headings, paragraphs and list items. */
void pdf_pages_emit(struct pdf_pages *p, struct emit *e);
size_t pdf_pages_characters(const struct pdf_pages *p); /* that are seen */
void pdf_pages_free(struct pdf_pages *p);

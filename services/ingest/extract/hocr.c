/* What tesseract recognised on a page, as it writes it (hOCR): an element a line, with its place in pixels. */
#include "ingest/extract/pdf.h"

#include <math.h>

enum {
    PAGE_POINTS = 842, /* of the long side: as if every picture were a sheet of A4 */
    DOUBTFUL = 30,     /* of 100: words below are drawings, rarely letters */
    ELEMENT_MAX = 512,
};

/* the place of an element, in points; false: it has none */
static bool hocr_box(const char *element, float scale, float ret[4])
{
    const char *p = strstr(element, "bbox ");
    char *end;

    if (!p)
        return false;
    p += 5;
    for (int i = 0; i < 4; i++, p = end) {
        ret[i] = strtof(p, &end) * scale;
        if (end == p || !isfinite(ret[i]) || fabsf(ret[i]) > 1e6f)
            return false;
    }
    return true;
}

static float hocr_number(const char *element, const char *name, float otherwise)
{
    const char *p = strstr(element, name);

    return p ? strtof(p + strlen(name), NULL) : otherwise;
}

/* The height of a line's letters, which is the same for all lines of a size, stands for the line's own. */
static void hocr_line(struct pdf_pages *p, const char *element, float scale)
{
    float box[4];

    p->open = false;
    if (!hocr_box(element, scale, box))
        return;
    float height = hocr_number(element, "x_size ", 0) * scale;
    if (isfinite(height) && height > 0 && height < PAGE_POINTS)
        box[3] = box[1] + height;
    pdf_line_add(p, box[0], box[1], box[2], box[3]);
}

static void hocr_word(struct pdf_pages *p, const char *element)
{
    const char *from = strchr(element, '>'), *end = from ? strchr(from, '<') : NULL;

    while (from && end == from + 1 &&
           strncmp(end, "</span", 6) != 0) { /* bold, or another language */
        from = strchr(end, '>');
        end = from ? strchr(from, '<') : NULL;
    }
    if (from && end && hocr_number(element, "x_wconf ", 100) >= DOUBTFUL)
        pdf_word_add(p, from + 1, (size_t)(end - from) - 1);
}

void hocr_add(struct pdf_pages *p, const char *hocr)
{
    static const char *const lines[] = {"ocr_line'", "ocr_header'", "ocr_caption'",
                                        "ocr_textfloat'"};
    float scale = 1, box[4];

    for (const char *at = hocr; (at = strstr(at, " class='ocr")); at++) {
        char element[ELEMENT_MAX];
        const char *class = element + strlen(" class='");
        size_t len = strcspn(at, "\n");
        snprintf(element, sizeof(element), "%.*s", (int)(len < ELEMENT_MAX ? len : ELEMENT_MAX - 1),
                 at);
        if (strncmp(class, "ocr_page'", 9) == 0 && hocr_box(element, 1, box)) {
            float side = box[2] > box[3] ? box[2] : box[3];
            scale = side > 1 ? PAGE_POINTS / side : 1;
            p->height = box[3] * scale;
        } else if (strncmp(class, "ocr_par'", 8) == 0) {
            p->block++;
            p->open = false;
        } else if (strncmp(class, "ocrx_word'", 10) == 0) {
            hocr_word(p, element);
        }
        for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
            if (strncmp(class, lines[i], strlen(lines[i])) == 0)
                hocr_line(p, element, scale);
    }
    p->open = false;
}

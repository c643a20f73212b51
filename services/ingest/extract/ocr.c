/* Helpers are run one by one; a page is drawn into memory, since no file can be written. */
#include "ingest/extract/ocr.h"

#include "ingest/extract/sandbox.h"
#include "ingest/pages.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define TESSERACT "/usr/bin/tesseract"
#define PDFTOPPM "/usr/bin/pdftoppm"

enum {
    PAGE_CPU_S = 60,
    PIXELS = 3300, /* of the long side: A4 at 280 dpi, as small print needs it */
    DRAWN_MAX = PIXELS * PIXELS + 64,
    HOCR_MAX = 96 * 1024 * 1024, /* of all pages */
    LANGUAGES_MAX = 8,
    LANGUAGE_SIZE = 32,
    SHADES = 64,      /* a page with fewer is blank */
    LOST_IN_ROW = 10, /* pages; then the others are not tried */
};

bool ocr_installed(void)
{
    return sandbox_has_helper(TESSERACT);
}

/* All that a helper writes, terminated; its exit status, or -1: more than max bytes. */
static int helper_output(int fd, struct cs_buf *to, size_t max)
{
    ssize_t n = 1;
    size_t from = to->len;

    if (fd < 0)
        return 127;
    while (n > 0 && to->len - from <= max) {
        n = read(fd, cs_buf_grow(to, 64 * 1024), 64 * 1024);
        to->len += n > 0 ? (size_t)n : 0;
        to->data[to->len] = '\0';
    }
    close(fd);
    int status = sandbox_wait();
    return n > 0 ? -1 : status;
}

/* ---- languages ---- */

/* "eng+deu", and whether it can tell how a page is turned; false: none is installed */
static bool languages_installed(char ret[LANGUAGES_MAX * LANGUAGE_SIZE], bool *turns)
{
    static const char *const argv[] = {"tesseract", "--list-langs", NULL};
    CS_BUF_AUTO struct cs_buf b = {0};
    int n = 0;

    *ret = '\0';
    *turns = false;
    if (helper_output(sandbox_helper(TESSERACT, argv, 0, PAGE_CPU_S), &b, 64 * 1024) != 0)
        return false;
    for (const char *p = b.data; *p && n < LANGUAGES_MAX; p += *p == '\n') {
        size_t len = strcspn(p, "\n");
        bool osd = len == 3 && memcmp(p, "osd", 3) == 0;
        *turns = *turns || osd;
        if (!osd && !(len == 3 && memcmp(p, "equ", 3) == 0) && len > 0 && len < LANGUAGE_SIZE - 1 &&
            strcspn(p, " :/\n") == len)
            snprintf(ret + strlen(ret), LANGUAGE_SIZE, "%s%.*s", n++ ? "+" : "", (int)len, p);
        p += len;
    }
    return n > 0;
}

/* ---- a page ---- */

/* A picture as pdftoppm writes it, in grey: whether anything stands on it. */
static bool drawn_is_blank(const struct cs_buf *drawn)
{
    unsigned char low = 255, high = 0;

    for (size_t i = 32; i < drawn->len; i++) { /* behind the numbers in front */
        unsigned char c = (unsigned char)drawn->data[i];
        low = c < low ? c : low;
        high = c > high ? c : high;
    }
    return high < low || high - low < SHADES;
}

static bool page_draw(const struct source *s, int page, struct cs_buf *ret)
{
    char number[16], pixels[16];
    const char *const argv[] = {"pdftoppm", "-q", "-gray", "-scale-to", pixels, "-f",
                                number,     "-l", number,  "fd://0",    NULL};

    snprintf(number, sizeof(number), "%d", page);
    snprintf(pixels, sizeof(pixels), "%d", PIXELS);
    cs_buf_clear(ret);
    return lseek(s->file, 0, SEEK_SET) == 0 &&
           helper_output(sandbox_helper(PDFTOPPM, argv, s->file, PAGE_CPU_S), ret, DRAWN_MAX) == 0;
}

/* a helper's standard input; false: it went away */
static bool helper_feed(int fd, const struct cs_buf *b)
{
    size_t done = 0;
    ssize_t n = 1;

    signal(SIGPIPE, SIG_IGN);
    for (; n > 0 && done<b->len; done += n> 0 ? (size_t)n : 0)
        n = write(fd, b->data + done, b->len - done);
    signal(SIGPIPE, SIG_DFL);
    close(fd);
    return done == b->len;
}

/* what tesseract is told */
struct ocr_way {
    char languages[LANGUAGES_MAX * LANGUAGE_SIZE], number[48];
    const char *argv[12];
};

/* a drawn page, or the picture itself where none is drawn; true: its text stands behind the others */
static bool page_recognise(const struct source *s, const struct ocr_way *way,
                           const struct cs_buf *drawn, struct cs_buf *hocr)
{
    int in[2] = {s->file, -1};

    if (drawn ? pipe2(in, O_CLOEXEC) != 0 : lseek(s->file, 0, SEEK_SET) != 0)
        return false;
    int out = sandbox_helper(TESSERACT, way->argv, in[0], PAGE_CPU_S);
    if (drawn) {
        close(in[0]);
        helper_feed(in[1], drawn); /* if it fails, the exit status says so */
    }
    return helper_output(out, hocr, HOCR_MAX - hocr->len) == 0;
}

/* ---- all pages ---- */

static bool way_init(struct ocr_way *w)
{
    bool turns;

    if (!languages_installed(w->languages, &turns))
        return false;
    const char *const argv[] = {"tesseract", "stdin",           "stdout", "-l",      w->languages,
                                "--psm",     turns ? "1" : "3", "-c",     w->number, "hocr",
                                NULL};
    memcpy(w->argv, argv, sizeof(argv));
    return true;
}

void ocr_read(const struct source *s, struct emit *e, bool pdf, struct ocr *ret)
{
    CS_BUF_AUTO struct cs_buf drawn = {0};
    struct ocr_way way;
    int n = pages_count(s->pages);

    ret->pages = CS_NEW(s->arena, struct ocr_page, n > 0 ? n : 1);
    if (n <= 0 || !way_init(&way)) {
        ret->why = n <= 0 ? "The pages to recognise are malformed."
                          : "OCR has no data of a language on this server.";
        return;
    }
    for (int page = 0, in_row = 0; (page = pages_next(s->pages, page)) > 0 &&
                                   ret->hocr.len < HOCR_MAX && in_row < LOST_IN_ROW;) {
        struct ocr_page *p = &ret->pages[ret->n++];
        *p = (struct ocr_page){.page = page, .at = ret->hocr.len};
        snprintf(way.number, sizeof(way.number), "tessedit_page_number=%d", pdf ? 0 : page - 1);
        p->lost = pdf && !page_draw(s, page, &drawn);
        if (!p->lost && !(pdf && drawn_is_blank(&drawn)))
            p->lost = !page_recognise(s, &way, pdf ? &drawn : NULL, &ret->hocr);
        if (p->lost)
            ret->hocr.len = p->at;
        ret->n_lost += p->lost;
        in_row = p->lost ? in_row + 1 : 0;
        cs_buf_add(&ret->hocr, "", 1); /* its terminator */
        emit_progress(e, (int)ret->n);
    }
    emit_progress(e, 0);
}

const char *ocr_nothing(const struct ocr *o)
{
    if (o->why)
        return o->why;
    return o->n_lost == o->n ? "The picture is damaged, or could not be recognised within the "
                               "limits of memory and time."
                             : "OCR recognised no text.";
}

const char *ocr_page_text(const struct ocr *o, int page)
{
    for (size_t i = 0; i < o->n; i++)
        if (o->pages[i].page == page)
            return o->pages[i].lost ? NULL : o->hocr.data + o->pages[i].at;
    return NULL;
}

void ocr_warn(const struct ocr *o, struct cs_arena *a, struct emit *e)
{
    CS_BUF_AUTO struct cs_buf list = {0};

    for (size_t i = 0; i < o->n; i++)
        if (o->pages[i].lost)
            pages_add(&list, o->pages[i].page);
    if (!list.data && !o->why)
        return;
    const char *warning =
        o->why ? o->why : cs_printf(a, "OCR could not recognise the pages %s.", list.data);
    emit_property(e, "warning", warning, strlen(warning));
}

void ocr_free(struct ocr *o)
{
    cs_buf_free(&o->hocr);
}

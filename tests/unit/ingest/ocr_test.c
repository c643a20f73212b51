/* ocr: which pages are pictures, what tesseract says of them, and that a document of many does not hold up others. */
#include "test.h"

#include "../../support/blocks.h"

#include "ingest/extract.h"
#include "ingest/extract/pdf.h"
#include "ingest/pages.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>

#define DOCUMENTS "tests/data/documents/"

static void skip_without_ocr(void)
{
    if (access("/usr/bin/tesseract", X_OK) != 0 || access("/usr/bin/pdftoppm", X_OK) != 0)
        skip();
}

/* ---- lists of pages ---- */

static void test_lists(void **state)
{
    static const int pages[] = {1, 2, 3, 7, 9, 10};
    static const char *const malformed[] = {"",    "0",  "a",   "1,", "3-1",
                                            "3,3", "1-", "1 2", "-1", "1-99999999"};
    CS_BUF_AUTO struct cs_buf list = {0};

    (void)state;
    for (size_t i = 0; i < LEN(pages); i++)
        pages_add(&list, pages[i]);
    assert_string_equal(list.data, "1-3,7,9-10");
    assert_int_equal(pages_count(list.data), LEN(pages));
    for (int page = 0, i = 0; (page = pages_next(list.data, page)) > 0;)
        assert_int_equal(page, pages[i++]);
    for (size_t i = 0; i < LEN(malformed); i++)
        assert_int_equal(pages_count(malformed[i]), -1);
    assert_int_equal(pages_count("1-500"), 500);
    assert_int_equal(pages_count("1-501"), -1);
}

/* ---- which pages are pictures ---- */

static const char *pictures_of(const int *characters, int n, bool *scan)
{
    CS_BUF_AUTO struct cs_buf list = {0};
    struct pdf_pages p = {0};

    for (int i = 0; i < n; i++) {
        pdf_pages_add(&p, "<page width=\"600\" height=\"800\">");
        pdf_pages_add(&p, "<line xMin=\"1\" yMin=\"1\" xMax=\"9\" yMax=\"9\">");
        for (int k = 0; k < characters[i]; k++)
            pdf_pages_add(&p, "<word xMin=\"1\">x</word>");
    }
    *scan = pdf_pages_pictures(&p, &list);
    pdf_pages_free(&p);
    return cs_strdup(&arena, list.data ? list.data : "");
}

static void test_which(void **state)
{
    bool scan;

    (void)state;
    assert_string_equal(pictures_of((int[]){0, 5, 0}, 3, &scan), "1-3");
    assert_true(scan);
    assert_string_equal(pictures_of((int[]){300, 5, 0, 0, 80}, 5, &scan), "3-4");
    assert_false(scan);
    assert_string_equal(pictures_of((int[]){30, 2, 1}, 3, &scan), "2-3");
    assert_true(scan);
    assert_string_equal(pictures_of((int[]){30, 40}, 2, &scan), "");
}

/* ---- what tesseract says ---- */

static void test_hocr(void **state)
{
    static const char hocr[] =
        "  <div class='ocr_page' id='page_1' title='image \"stdin\"; bbox 0 0 2100 2970; ppageno "
        "0'>\n"
        "    <p class='ocr_par' id='par_1_1' lang='eng' title=\"bbox 209 58 417 264\">\n"
        "     <span class='ocr_header' id='line_1_1' title=\"bbox 209 58 408 130; baseline 0 -7; "
        "x_size 74\">\n"
        "      <span class='ocrx_word' id='w' title='bbox 209 59 291 89; x_wconf 96'>Pump</span>\n"
        "      <span class='ocrx_word' id='w' title='bbox 209 59 291 89; x_wconf 12'>~|;</span>\n"
        "    <p class='ocr_par' id='par_1_2' title=\"bbox 209 158 417 264\">\n"
        "     <span class='ocr_line' id='l' title=\"bbox 209 158 408 170; x_size 40\">\n"
        "      <span class='ocrx_word' id='w' title='bbox 1 1 2 2; x_wconf "
        "96'><strong>5</strong></span>\n"
        "      <span class='ocrx_word' id='w' title='bbox 1 1 2 2; x_wconf 96'>&lt;</span>\n"
        "      <span class='ocrx_word' id='w' title='bbox 1 1 2 2; x_wconf 96'>bars,</span>\n"
        "      <span class='ocrx_word' id='w' title='bbox 1 1 2 2; x_wconf 96'>exam-</span>\n"
        "     <span class='ocr_line' id='l' title=\"bbox 209 172 408 184; x_size 40\">\n"
        "      <span class='ocrx_word' id='w' title='bbox 1 1 2 2; x_wconf 96'>ple</span>\n"
        "      <span class='ocrx_word' id='w' title='bbox 1 1 2 2; x_wconf 96'>\u6771</span>\n"
        "      <span class='ocrx_word' id='w' title='bbox 1 1 2 2; x_wconf 96'>\u4eac</span>\n"
        "   <div class='ocr_photo' id='b' title=\"bbox 1 1 2 2\"></div>\n";
    struct pdf_pages p = {.pages = 4};
    struct emit e = {.fd = memfd_create("blocks", 0)};

    (void)state;
    emit_format(&e, "image/png", 0);
    hocr_add(&p, hocr);
    pdf_pages_emit(&p, &e);
    assert_true(emit_end(&e));
    pdf_pages_free(&p);
    struct blocks x = blocks_in(&arena, e.fd);
    close(e.fd);
    for (; x.n && x.at[0].kind == 0; x.n--) /* properties */
        x.at++;
    assert_int_equal(x.n, 2);
    assert_int_equal(x.at[0].kind, BLOCK_HEADING);
    assert_string_equal(x.at[0].text, "Pump");
    assert_string_equal(x.at[1].text, "5 < bars, example \u6771\u4eac");
    assert_int_equal(x.at[1].page, 4);
}

/* ---- a document ---- */

static int file_with(const void *data, size_t len)
{
    int file = extract_file();

    assert_int_equal(write(file, data, len), len);
    return file;
}

static char *document(const char *name, size_t *len)
{
    char *data = cs_alloc(&arena, 1 << 20);
    int fd = open(cs_printf(&arena, DOCUMENTS "%s", name), O_RDONLY);

    ssize_t n = read(fd, data, 1 << 20);
    assert_true(n > 0 && n < 1 << 20);
    close(fd);
    *len = (size_t)n;
    return data;
}

/* each block as its page and its text */
static const char *recognised(const char *name)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    size_t len;
    const char *data = document(name, &len), *reason;
    int blocks = -1;
    struct extract_job job = {.name = name, .file = file_with(data, len)};

    enum extract_outcome r = extract_run(&arena, &job, &blocks, &reason);
    close(job.file);
    if (r == EXTRACT_REFUSED)
        return reason;
    assert_int_equal(r, EXTRACT_OK);
    struct blocks x = blocks_in(&arena, blocks);
    close(blocks);
    for (size_t i = 0; i < x.n; i++)
        cs_buf_addf(&b, "%d %s\n", x.at[i].page, x.at[i].text);
    return cs_strdup(&arena, b.data ? b.data : "");
}

static void has_line(const char *name, const char *said, const char *line)
{
    if (!strstr(said, line))
        fail_msg("%s: %s", name, said);
}

static void test_pictures(void **state)
{
    static const struct {
        const char *name, *lines[2];
    } files[] = {
        {"page.png", {"1 Press the green key and wait until the lamp is lit.\n", ""}},
        {"page.jpg", {"1 Press the green key and wait until the lamp is lit.\n", ""}},
        {"pages.tiff",
         {"1 Press the green key and wait until the lamp is lit.\n",
          "2 Clean the filter once a month, and more often in summer.\n"}},
        {"scanned.pdf",
         {"1 Press the green key and wait until the lamp is lit.\n",
          "3 Clean the filter once a month, and more often in summer.\n"}},
        {"mixed.pdf",
         {"1 This page has a text layer of its own, and the next one has none.\n",
          "2 Clean the filter once a month, and more often in summer.\n"}},
    };

    (void)state;
    skip_without_ocr();
    for (size_t i = 0; i < LEN(files); i++) {
        const char *said = recognised(files[i].name);
        has_line(files[i].name, said, files[i].lines[0]);
        has_line(files[i].name, said, files[i].lines[1]);
    }
    assert_string_equal(recognised("cut.png"), "The picture is damaged, or could not be recognised "
                                               "within the limits of memory and time.");
}

static void test_without(void **state)
{
    (void)state;
    if (access("/usr/bin/tesseract", X_OK) == 0)
        skip();
    assert_string_equal(recognised("page.png"), "The file is a picture; OCR is not installed.");
    has_line("mixed.pdf", recognised("mixed.pdf"), "Pages 2: No text layer; OCR is not installed.");
}

/* ---- many pages ---- */

/* the first page of a picture 500 times: its directory is repeated, and the pixels are the same */
static int long_picture(void)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    size_t len;
    const char *data = document("pages.tiff", &len);
    uint32_t first, next;

    memcpy(&first, data + 4, 4);
    size_t entries = 2 + 12 * (size_t)(unsigned char)data[first], link = first + entries;
    cs_buf_add(&b, data, len);
    for (int i = 1; i < PAGES_MAX; i++) {
        next = (uint32_t)b.len;
        memcpy(b.data + link, &next, 4);
        cs_buf_add(&b, data + first, entries);
        link = b.len;
        cs_buf_add(&b, "\0\0\0\0", 4);
    }
    return file_with(b.data, b.len);
}

/* a document that is recognised until the test lets go of it */
struct held {
    struct extract_job job;
    int done, total;
    atomic_int seen; /* pages, while it is read */
    atomic_bool let_go;
    enum extract_outcome outcome;
};

static bool held_goes_on(void *arg)
{
    struct held *h = arg;

    atomic_store(&h->seen, h->total == PAGES_MAX ? h->done : 0);
    return !atomic_load(&h->let_go);
}

static void *held_run(void *arg)
{
    struct held *h = arg;
    struct cs_arena a;
    const char *reason;
    int blocks;

    cs_arena_init(&a);
    h->outcome = extract_run(&a, &h->job, &blocks, &reason);
    cs_arena_dispose(&a);
    return NULL;
}

/* Its progress is seen. The next picture is told to come later, a text is read at once, and both after it has ended. */
static void test_busy(void **state)
{
    static struct held held[EXTRACT_OCR_CHILDREN];
    pthread_t threads[EXTRACT_OCR_CHILDREN];
    size_t n =
        sysconf(_SC_NPROCESSORS_ONLN) / 2 < 1 ? 1 : (size_t)sysconf(_SC_NPROCESSORS_ONLN) / 2;
    size_t len;
    int blocks;
    const char *data = document("page.png", &len), *reason;
    struct extract_job text = {.name = "a.md", .file = file_with("# A", 3)},
                       picture = {.name = "page.png", .file = file_with(data, len)};

    (void)state;
    skip_without_ocr();
    n = n < LEN(held) ? n : LEN(held);
    for (size_t i = 0; i < n; i++) {
        struct held *h = &held[i];
        h->job = (struct extract_job){.name = "a.tiff",
                                      .file = long_picture(),
                                      .goes_on = held_goes_on,
                                      .arg = h,
                                      .done = &h->done,
                                      .total = &h->total};
        pthread_create(&threads[i], NULL, held_run, h);
    }
    for (size_t i = 0; i < n; i++)
        while (atomic_load(&held[i].seen) == 0)
            usleep(10000);
    assert_int_equal(extract_run(&arena, &picture, &blocks, &reason), EXTRACT_BUSY);
    int64_t wait = extract_wait_ms();
    assert_in_range(wait, 1000, 10000);
    assert_true(extract_wait_ms() > wait);
    assert_int_equal(extract_run(&arena, &text, &blocks, &reason), EXTRACT_OK);
    close(blocks);
    for (size_t i = 0; i < n; i++)
        atomic_store(&held[i].let_go, true);
    for (size_t i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(held[i].outcome, EXTRACT_STOPPED);
        close(held[i].job.file);
    }
    assert_int_equal(extract_wait_ms(), wait);
    assert_int_equal(extract_run(&arena, &picture, &blocks, &reason), EXTRACT_OK);
    close(blocks);
    close(picture.file);
    close(text.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),   cmocka_unit_test(test_which),
        cmocka_unit_test(test_hocr),    cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_without), cmocka_unit_test(test_busy),
    };
    return test_run(tests);
}

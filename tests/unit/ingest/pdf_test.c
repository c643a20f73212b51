/* pdf: what pdftotext says before the pages. */
#include "test.h"

#include "ingest/block.h"
#include "ingest/extract/pdf.h"

#include <sys/mman.h>
#include <unistd.h>

static void the_file_says_who_wrote_it(void **state)
{
    static const char *const lines[] = {
        "<head>",
        "<title>Pumps &amp; valves</title>",
        "<meta name=\"Author\" content=\"Ada Crane\"/>",
        "<meta name=\"Producer\" content=\"x\"/>",
        "<page width=\"100\" height=\"100\">",
        "<block xMin=\"1\">",
        "<line xMin=\"1\" xMax=\"9\" yMin=\"1\" yMax=\"9\">",
        "<word xMin=\"1\">Text.</word>",
        "<page width=\"100\" height=\"100\">",
        "<page width=\"100\" height=\"100\">",
    };
    struct emit e = {.fd = memfd_create("pdf", 0)};
    struct pdf_pages p = {0};
    struct block_reader r;
    struct block b;
    char seen[400] = "";

    (void)state;
    for (size_t i = 0; i < LEN(lines); i++)
        pdf_pages_add(&p, lines[i]);
    emit_format(&e, "application/pdf", 0);
    pdf_pages_emit(&p, &e);
    assert_true(emit_end(&e));
    assert_true(block_reader_open(&r, &arena, e.fd));
    while (block_read(&r, &arena, &b) > 0)
        snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s=%s;", b.info, b.text);
    assert_string_equal(seen, "title=Pumps & valves;author=Ada Crane;pages=3;"
                              "=Text.;");
    pdf_pages_free(&p);
    close(e.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_file_says_who_wrote_it)};

    return test_run(tests);
}

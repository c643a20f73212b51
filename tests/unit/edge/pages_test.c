/* Which file answers a path, in which coding, and what of a request's headers counts. */
#include "test.h"

#include "edge/pages.h"

#include "base/file.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/pages_test.XXXXXX";

static void file_put(const char *name, const char *text)
{
    assert_int_equal(
        cs_file_write(cs_printf(&arena, "%s/%s", folder, name), text, strlen(text), 0600), 0);
}

static int folder_set_up(void **state)
{
    (void)state;

    if (!mkdtemp(folder) || mkdir(cs_printf(&arena, "%s/assets", folder), 0700))
        return -1;
    file_put("index.html", "<!doctype html>");
    file_put("widget.js", "loader");
    file_put("widget.js.gz", "loader, gzip");
    file_put("widget.js.br", "loader, brotli");
    file_put("assets/index-1.js", "code");
    file_put("notes.txt", "not of a kind that is served");
    file_put(".hidden.js", "hidden");
    return 0;
}

static int file_remove(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;

    return remove(path);
}

static int folder_tear_down(void **state)
{
    (void)state;

    return nftw(folder, file_remove, 4, FTW_DEPTH | FTW_PHYS);
}

static void test_paths(void **state)
{
    (void)state;
    static const char *const none[] = {"/assets/../index.html",
                                       "/assets//index-1.js",
                                       "/assets",
                                       "/notes.txt",
                                       "/.hidden.js",
                                       "index.html",
                                       "/widget.js.gz",
                                       "/%69ndex.html",
                                       ""};
    struct pages p;
    const char *wrong;

    assert_true(pages_load(&p, folder, &wrong));
    assert_int_equal(p.n, 3);
    const struct page_file *f = pages_find(&p, "/assets/index-1.js");
    assert_non_null(f);
    assert_string_equal(f->type, "text/javascript; charset=utf-8");
    for (size_t i = 0; i < LEN(none); i++)
        assert_null(pages_find(&p, none[i]));
    pages_free(&p);
}

static void test_codings(void **state)
{
    (void)state;
    static const struct {
        const char *accept, *data;
    } cases[] = {
        {NULL, "loader"},
        {"", "loader"},
        {"identity", "loader"},
        {"gzip, deflate, br", "loader, brotli"},
        {"gzip", "loader, gzip"},
        {"BR;q=1.0", "loader, brotli"},
        {"br;q=0, gzip;q=0.5", "loader, gzip"},
        {"br; q=0.000, gzip;q=0", "loader"},
        {"brx, xbr", "loader"},
    };
    struct pages p;
    const char *wrong;

    assert_true(pages_load(&p, folder, &wrong));
    const struct page_file *f = pages_find(&p, "/widget.js");
    for (size_t i = 0; i < LEN(cases); i++)
        assert_string_equal(pages_body(f, cases[i].accept)->data, cases[i].data);
    /* each coding is a representation of its own */
    assert_string_not_equal(f->body[PAGE_GZIP].etag, f->body[PAGE_BROTLI].etag);
    pages_free(&p);
}

static void test_a_folder_of_sources_has_no_pages(void **state)
{
    (void)state;
    struct pages p;
    const char *wrong;

    assert_int_equal(mkdir(cs_printf(&arena, "%s/sources", folder), 0700), 0);
    file_put("sources/index.html", "<!doctype html>");
    assert_true(pages_load(&p, cs_printf(&arena, "%s/sources", folder), &wrong));
    assert_int_equal(p.n, 0);
    assert_null(pages_find(&p, "/index.html"));
    pages_free(&p);
}

static void test_a_file_that_is_too_large(void **state)
{
    (void)state;
    char *large = cs_alloc(&arena, PAGE_FILE_MAX + 2);
    struct pages p;
    const char *wrong = NULL;

    memset(large, 'x', PAGE_FILE_MAX + 1);
    file_put("assets/large.js", large);
    assert_false(pages_load(&p, folder, &wrong));
    assert_non_null(strstr(wrong, "assets/large.js"));
    pages_free(&p);
    unlink(cs_printf(&arena, "%s/assets/large.js", folder));
}

static void test_unchanged(void **state)
{
    (void)state;

    assert_true(pages_unchanged("\"a1\"", "\"a1\""));
    assert_true(pages_unchanged("W/\"a1\"", "\"a1\""));
    assert_true(pages_unchanged("\"b2\", \"a1\"", "\"a1\""));
    assert_true(pages_unchanged("*", "\"a1\""));
    assert_false(pages_unchanged("\"a12\"", "\"a1\""));
    assert_false(pages_unchanged(NULL, "\"a1\""));
}

static void test_paths_of_the_dashboard(void **state)
{
    (void)state;

    assert_true(pages_of_dashboard("/bots/1/documents"));
    assert_true(pages_of_dashboard("/apiary"));
    assert_false(pages_of_dashboard("/api"));
    assert_false(pages_of_dashboard("/api/v1/nothing"));
    assert_false(pages_of_dashboard("/v1/models"));
    assert_false(pages_of_dashboard("/assets/gone-1.js"));
    assert_false(pages_of_dashboard("/widget/gone-1.js"));
    assert_false(pages_of_dashboard("/.well-known/security.txt"));
}

static void test_ancestors(void **state)
{
    (void)state;
    char *two[] = {cs_strdup(&arena, "https://a.example"),
                   cs_strdup(&arena, "http://b.example:8080")};
    char *bad[] = {cs_strdup(&arena, "https://a.example; script-src *"),
                   cs_strdup(&arena, "https://b.example\r\nset-cookie: x"),
                   cs_strdup(&arena, "'self'")};
    char *many[200];

    for (size_t i = 0; i < LEN(many); i++)
        many[i] = cs_printf(&arena, "https://%0100zu.example", i);
    assert_string_equal(pages_ancestors(&arena, NULL, 0), "*");
    assert_string_equal(pages_ancestors(&arena, two, 2), "https://a.example http://b.example:8080");
    assert_string_equal(pages_ancestors(&arena, bad, LEN(bad)), "'none'");
    assert_true(strlen(pages_ancestors(&arena, many, LEN(many))) < 8 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_codings),
        cmocka_unit_test(test_a_folder_of_sources_has_no_pages),
        cmocka_unit_test(test_a_file_that_is_too_large),
        cmocka_unit_test(test_unchanged),
        cmocka_unit_test(test_paths_of_the_dashboard),
        cmocka_unit_test(test_ancestors),
    };
    return test_run_with(tests, folder_set_up, folder_tear_down);
}

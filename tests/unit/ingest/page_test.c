/* page: title, links and robots' words of HTML, whole or cut at each byte. */
#include "test.h"

#include "ingest/fetch/page.h"

#include <stdio.h>
#include <stdlib.h>

static void play(const struct suite_case *c)
{
    size_t len;
    const char *html = case_text(c, "html", &len);
    const struct suite_part *charset = suite_part(c, "charset");
    struct page_links found;
    char *text = cs_strdup(&arena, "");

    page_scan(&arena, html, len, charset ? charset->text : NULL, &found);
    if (found.title)
        text = cs_printf(&arena, "title %s\n", found.title);
    if (found.base)
        text = cs_printf(&arena, "%sbase %s\n", text, found.base);
    if (found.robots)
        text = cs_printf(&arena, "%srobots %u\n", text, found.robots);
    for (size_t i = 0; i < found.n; i++)
        text = cs_printf(&arena, "%slink %s\n", text, found.links[i]);
    assert_string_equal(text, case_text(c, "found", NULL));
    for (size_t i = 0; i <= len; i++) {
        char *part = malloc(i ? i : 1);
        memcpy(part, html, i);
        page_scan(&arena, part, i, NULL, &found);
        free(part);
    }
}

/* Time and memory of what is never closed grow with the page. */
static void test_what_is_never_closed(void **state)
{
    static const char *const pieces[] = {"<a href=\"", "<!--", "<script>", "<title>",
                                         "<",          "&",    "<a b=c ",  "<a href=/>"};
    enum { N = 1000 * 1000 };
    char *html = malloc(N + 64);

    (void)state;
    for (size_t i = 0; i < LEN(pieces); i++) {
        struct cs_arena a;
        struct page_links found;
        size_t n = strlen(pieces[i]);

        cs_arena_init(&a);
        for (size_t at = 0; at < N; at += n)
            memcpy(html + at, pieces[i], n);
        page_scan(&a, html, N, NULL, &found);
        assert_true(a.bytes < 1024 * 1024);
        assert_true(found.n <= PAGE_LINKS);
        cs_arena_dispose(&a);
    }
    free(html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_never_closed)};

    return test_run_cases(tests, "page", play);
}

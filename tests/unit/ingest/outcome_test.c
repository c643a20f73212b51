/* outcome: what answers mean for a page, and what is known without asking. */
#include "test.h"

#include "ingest/fetch/crawl.h"

static struct site site;
static struct site_page page;

/* The answer to a first page of its first try. */
static struct fetch fetch_with(int status)
{
    struct fetch f = {.site = &site, .page = &page, .status = status};

    site = (struct site){.root = "https://a.example", .rules = "", .depth = 2};
    page = (struct site_page){.kind = "page", .url = "https://a.example/x/y", .attempts = 1};
    cs_arena_init(&f.arena);
    return f;
}

static void test_statuses(void **state)
{
    static const struct {
        int status;
        enum outcome_kind first, last; /* at the first try, at the last one */
    } cases[] = {
        {200, OUTCOME_CONTENT, OUTCOME_CONTENT},     {204, OUTCOME_SKIPPED, OUTCOME_SKIPPED},
        {206, OUTCOME_FAILED, OUTCOME_FAILED},       {301, OUTCOME_MOVED, OUTCOME_MOVED},
        {304, OUTCOME_UNCHANGED, OUTCOME_UNCHANGED}, {308, OUTCOME_MOVED, OUTCOME_MOVED},
        {400, OUTCOME_FAILED, OUTCOME_FAILED},       {401, OUTCOME_FAILED, OUTCOME_FAILED},
        {403, OUTCOME_FAILED, OUTCOME_FAILED},       {404, OUTCOME_GONE, OUTCOME_GONE},
        {408, OUTCOME_AGAIN, OUTCOME_FAILED},        {410, OUTCOME_GONE, OUTCOME_GONE},
        {429, OUTCOME_AGAIN, OUTCOME_FAILED},        {500, OUTCOME_AGAIN, OUTCOME_FAILED},
        {503, OUTCOME_AGAIN, OUTCOME_FAILED},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        struct fetch f = fetch_with(cases[i].status);
        assert_int_equal(outcome_of(&f).kind, cases[i].first);
        page.attempts = CRAWL_TRIES;
        assert_int_equal(outcome_of(&f).kind, cases[i].last);
        cs_arena_dispose(&f.arena);
    }
}

static void test_waits(void **state)
{
    struct fetch f = fetch_with(503);

    (void)state;
    assert_int_equal(outcome_of(&f).wait_ms, 2000);
    page.attempts = 2;
    assert_int_equal(outcome_of(&f).wait_ms, 8000);
    f.retry_after_ms = 60 * 1000;
    assert_int_equal(outcome_of(&f).wait_ms, 60 * 1000);
    f.retry_after_ms = CRAWL_RETRY_AFTER_MAX_MS + 1;
    assert_int_equal(outcome_of(&f).kind, OUTCOME_FAILED);
    cs_arena_dispose(&f.arena);
}

static void test_no_answer(void **state)
{
    struct fetch f = fetch_with(0);

    (void)state;
    f.refused = true;
    assert_int_equal(outcome_of(&f).kind,
                     OUTCOME_FAILED); /* at once: another try would lead to the same address */
    f.refused = false;
    f.too_large = true;
    assert_string_equal(outcome_of(&f).reason, "The page has more than 8 MiB.");
    f.too_large = false;
    f.limited = true;
    page.attempts = CRAWL_TRIES;
    assert_true(outcome_of(&f).free); /* the share of the workspace is no fault of the page */
    assert_int_equal(outcome_of(&f).kind, OUTCOME_AGAIN);
    f.limited = false;
    page.attempts = 1;
    f.error = "Timeout was reached";
    assert_string_equal(outcome_of(&f).reason, "The server did not answer within 20 seconds.");
    cs_arena_dispose(&f.arena);
}

static void test_redirects(void **state)
{
    static const struct {
        const char *location, *target;
    } cases[] = {
        {"../z", "https://a.example/z"},   {"//b.example/", "https://b.example/"},
        {"?q", "https://a.example/x/y?q"}, {"ftp://a.example/", NULL},
        {"https://u:p@a.example/", NULL},  {NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        struct fetch f = fetch_with(302);
        f.got[GOT_LOCATION] = (char *)(uintptr_t)cases[i].location;
        struct outcome o = outcome_of(&f);
        assert_int_equal(o.kind, OUTCOME_MOVED);
        if (cases[i].target)
            assert_string_equal(o.target, cases[i].target);
        else
            assert_null(o.target);
        cs_arena_dispose(&f.arena);
    }
}

static void test_what_is_not_asked_for(void **state)
{
    struct fetch f = fetch_with(0);

    (void)state;
    assert_int_equal(outcome_before(&f).kind, OUTCOME_CONTENT);
    site.rules = "disallow /x/\n";
    assert_string_equal(outcome_before(&f).reason, "robots.txt of the site forbids the page.");
    site.rules = "";
    page.depth = 3;
    assert_int_equal(outcome_before(&f).kind, OUTCOME_SKIPPED);
    page.depth = 1;
    site.exclude = (char *[]){(char[]){"/x/"}};
    site.n_exclude = 1;
    assert_string_equal(outcome_before(&f).reason,
                        "The page is left out by the patterns of the source.");
    page.depth = 0; /* the first page is wanted whatever the patterns are */
    assert_int_equal(outcome_before(&f).kind, OUTCOME_CONTENT);
    page.hops = 1;
    page.url = "https://b.example/";
    assert_int_equal(outcome_before(&f).kind, OUTCOME_SKIPPED);
    page.hops = 0;
    page.attempts = 2 * CRAWL_TRIES + 1;
    assert_int_equal(outcome_before(&f).kind, OUTCOME_FAILED);
    cs_arena_dispose(&f.arena);
}

static void test_types(void **state)
{
    static const struct {
        const char *type, *url, *kept;
    } cases[] = {
        {"text/html; charset=utf-8", "https://a.example/", "text/html"},
        {"APPLICATION/PDF", "https://a.example/x", "application/pdf"},
        {"application/octet-stream", "https://a.example/a.md?x=.pdf", "text/markdown"},
        {NULL, "https://a.example/a.docx",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {NULL, "https://a.example/a", NULL},
        {"image/png", "https://a.example/a.md", NULL},
        {"text/css", "https://a.example/a", NULL},
        {"application/zip", "https://a.example/a", NULL},
    };
    const char *reason = NULL;

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        struct fetch f = fetch_with(200);
        f.got[GOT_TYPE] = (char *)(uintptr_t)cases[i].type;
        page.url = cases[i].url;
        const char *kept = outcome_type(&f, &reason);
        if (cases[i].kept)
            assert_string_equal(kept, cases[i].kept);
        else
            assert_null(kept);
        assert_true(kept || reason);
        cs_arena_dispose(&f.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_no_answer),
        cmocka_unit_test(test_redirects),
        cmocka_unit_test(test_what_is_not_asked_for),
        cmocka_unit_test(test_types),
    };

    return test_run(tests);
}

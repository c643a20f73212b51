/* robots: files and what they allow. */
#include "test.h"

#include "ingest/fetch/robots.h"

#include <stdio.h>
#include <stdlib.h>

static void play(const struct suite_case *c)
{
    size_t len;
    const char *text = case_text(c, "robots", &len);
    const struct suite_part *delay = suite_part(c, "delay"), *sitemaps = suite_part(c, "sitemaps");
    struct robots r;
    char *rest;

    robots_parse(&arena, text, len, &r);
    for (char *line = strtok_r(case_text(c, "paths", NULL), "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest))
        if (robots_allow(r.rules, line + 1) != (*line == '+'))
            fail_msg("%s, with the rules:\n%s", line, r.rules);
    assert_int_equal(r.delay_ms, delay ? strtol(delay->text, NULL, 10) : 0);
    assert_int_equal(r.n_sitemaps, sitemaps ? 1 : 0);
    if (sitemaps)
        assert_memory_equal(r.sitemaps[0], sitemaps->text, strlen(r.sitemaps[0]));
}

static void test_words(void **state)
{
    (void)state;
    assert_int_equal(robots_words("noindex, nofollow", 17), ROBOTS_NOINDEX | ROBOTS_NOFOLLOW);
    assert_int_equal(robots_words("NONE", 4), ROBOTS_NOINDEX | ROBOTS_NOFOLLOW);
    assert_int_equal(robots_words("noindexed max-snippet:-1", 24), 0);
    assert_int_equal(robots_words("chatsphere: noindex", 19), ROBOTS_NOINDEX);
    assert_int_equal(robots_words("", 0), 0);
}

/* What lies beyond the first 512 KiB is not read, and what is read is enough for the rule of the RFC (500 KiB). */
static void test_a_large_file(void **state)
{
    struct cs_arena a;
    struct robots r;
    size_t n = 4 * ROBOTS_MAX;
    char *text = malloc(n + 100);

    (void)state;
    cs_arena_init(&a);
    memset(text, '#', n);
    for (size_t i = 99; i < n; i += 100)
        text[i] = '\n';
    memcpy(text, "User-agent: *\n", 14);
    memcpy(text + 500 * 1024, "\nDisallow: /near\n", 17);
    memcpy(text + n - 100, "\nDisallow: /far\n", 16);
    robots_parse(&a, text, n, &r);
    assert_false(robots_allow(r.rules, "/near"));
    assert_true(robots_allow(r.rules, "/far"));
    assert_true(a.bytes < ROBOTS_MAX);
    free(text);
    cs_arena_dispose(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words),
                                       cmocka_unit_test(test_a_large_file)};

    return test_run_cases(tests, "robots", play);
}

/* sitemap: what is found in one, whole or cut at each byte, compressed or not. */
#include "test.h"

#include "ingest/fetch/sitemap.h"
#include "ingest/fetch/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

static char *gzip(const char *text, size_t len, size_t *ret_len)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)text, .avail_in = (unsigned)len};
    size_t room = len + 1024;
    char *out = malloc(room);

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = (unsigned char *)out;
    z.avail_out = (unsigned)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    *ret_len = room - z.avail_out;
    deflateEnd(&z);
    return out;
}

static void check(const struct suite_case *c, const char *body, size_t len)
{
    struct sitemap s;
    char *joined = cs_strdup(&arena, "");
    bool found = sitemap_parse(&arena, body, len, 100, &s);

    assert_int_equal(found, !suite_part(c, "none"));
    if (!found)
        return;
    for (size_t i = 0; i < s.n; i++)
        joined = cs_printf(&arena, "%s%s\n", joined, s.urls[i]);
    assert_string_equal(joined, case_text(c, "urls", NULL));
    assert_int_equal(s.index, suite_part(c, "index") != NULL);
    assert_false(s.cut);
}

static void play(const struct suite_case *c)
{
    size_t len, zipped_len;
    const char *text = case_text(c, "text", &len);
    char *zipped = gzip(text, len, &zipped_len);
    struct sitemap s;

    check(c, text, len);
    if (len)
        check(c, zipped, zipped_len);
    free(zipped);
    for (size_t i = 0; i <= len; i++) { /* cut anywhere it is read to there */
        char *part = malloc(i ? i : 1);
        memcpy(part, text, i);
        sitemap_parse(&arena, part, i, 100, &s);
        free(part);
    }
}

/* 60 MiB of a few kilobytes: what is beyond 50 MiB is not read, and memory stays small. */
static void test_a_bomb(void **state)
{
    struct cs_arena a;
    struct sitemap s;
    size_t n = 60 * 1024 * 1024, len;
    char *text = malloc(n), *zipped;
    static const char head[] = "<urlset><url><loc>https://example.org/a</loc></url><x>",
                      tail[] = "</x><loc>https://example.org/b</loc>";

    (void)state;
    cs_arena_init(&a);
    memset(text, ' ', n);
    memcpy(text, head, sizeof(head) - 1);
    memcpy(text + n - sizeof(tail), tail, sizeof(tail) - 1);
    zipped = gzip(text, n, &len);
    free(text);
    assert_true(len < 100 * 1000);
    assert_true(sitemap_parse(&a, zipped, len, 100, &s));
    assert_int_equal(s.n, 1);
    assert_true(s.cut);
    assert_true(a.bytes < 64 * 1024);
    free(zipped);
    cs_arena_dispose(&a);
}

static void test_more_than_is_wanted(void **state)
{
    struct sitemap s;
    static const char text[] =
        "<urlset><loc>http://a.example/1</loc><loc>http://a.example/2</loc></urlset>";
    char *too_long =
        cs_printf(&arena, "<urlset><loc>http://a.example/%0*d</loc></urlset>", URL_MAX, 1);

    (void)state;
    assert_true(sitemap_parse(&arena, text, sizeof(text) - 1, 1, &s));
    assert_int_equal(s.n, 1);
    assert_true(s.cut);
    assert_true(sitemap_parse(&arena, too_long, strlen(too_long), 1, &s));
    assert_int_equal(s.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_bomb),
                                       cmocka_unit_test(test_more_than_is_wanted)};

    return test_run_cases(tests, "sitemap", play);
}

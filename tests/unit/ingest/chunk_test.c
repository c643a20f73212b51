/* chunk: the suite, and what holds for every text. */
#include "test.h"

#include "../../support/chunks.h"
#include <jansson.h>

#include "base/buf.h"
#include "bot/configuration.h"
#include "ingest/chunk.h"
#include "ingest/outline.h"
#include "base/utf8.h"

#include <unistd.h>

static bool is_space(char c)
{
    return strchr(" \n\t\f\v", c) && c;
}

/* as for a bot with this size and overlap in its configuration; NULL: with neither */
static struct chunk_sizes sizes_of(enum text_kind kind, const json_t *set)
{
    const json_t *size = json_object_get(set, "size"), *overlap = json_object_get(set, "overlap");
    BotConfiguration c = BOT_CONFIGURATION_INIT;
    Chunking chunking = CHUNKING_INIT;

    if (size)
        Chunking_set_size(&chunking, (int32_t)json_integer_value(size));
    if (overlap)
        Chunking_set_overlap(&chunking, (int32_t)json_integer_value(overlap));
    c.chunking = &chunking;
    return chunk_sizes(cs_bot_chunk_size(&c), cs_bot_chunk_overlap(&c, kind == TEXT_PLAIN));
}

/* without overlap: every byte that is no white space is in exactly one chunk, in order */
static void check_invariants(const struct extracted *x, struct chunk_sizes sizes)
{
    struct chunk *k, *again;
    size_t n = all_chunks(&arena, x, sizes, &k), at = 0;

    assert_int_equal(all_chunks(&arena, x, sizes, &again), n);
    for (size_t i = 0; i < n; i++) {
        size_t len = k[i].end - k[i].start;
        assert_true(k[i].start < k[i].end && k[i].end <= x->len);
        assert_true(k[i].start == again[i].start && k[i].end == again[i].end);
        assert_string_equal(k[i].heading_path, again[i].heading_path);
        assert_int_equal(cs_utf8_check(x->text + k[i].start, len), len);
        assert_true((int)cs_utf8_count(x->text + k[i].start, len) <= sizes.max + sizes.overlap);
        assert_true(k[i].tokens > 0);
        if (sizes.overlap > 0) {
            assert_true(k[i].start <= at || is_space(x->text[at]));
            at = k[i].end;
            continue;
        }
        for (; at < k[i].start; at++)
            assert_true(is_space(x->text[at]));
        assert_int_equal(at, k[i].start);
        at = k[i].end;
    }
    for (; at < x->len; at++)
        assert_true(is_space(x->text[at]));
}

static void play(const struct suite_case *c)
{
    size_t len;
    const char *input = case_text(c, "input", &len);
    json_t *expected = json_loads(case_text(c, "expected", NULL), 0, NULL);
    json_t *chunks = json_object_get(expected, "chunks");
    bool plain = json_is_true(json_object_get(expected, "plain"));
    struct extracted x = {plain ? TEXT_PLAIN : TEXT_MARKDOWN, input, len};
    struct chunk_sizes sizes = sizes_of(x.kind, expected);
    struct chunk *k;

    assert_non_null(expected);
    size_t n = all_chunks(&arena, &x, sizes, &k);
    for (size_t i = 0; i < n && i < json_array_size(chunks); i++) {
        json_t *want = json_array_get(chunks, i);
        char *text = cs_strndup(&arena, input + k[i].start, k[i].end - k[i].start);
        const char *want_path = json_string_value(json_object_get(want, "heading_path"));
        const char *want_text = json_string_value(json_object_get(want, "text"));
        if (strcmp(k[i].heading_path, want_path) != 0 || strcmp(text, want_text) != 0)
            fail_msg("chunk %zu: [%s]\n%s\nnot [%s]\n%s", i, k[i].heading_path, text, want_path,
                     want_text);
    }
    if (n != json_array_size(chunks))
        fail_msg("%zu chunks, not %zu", n, json_array_size(chunks));
    check_invariants(&x, sizes);
    json_decref(expected);
}

/* a repeatable text of any shape */
static struct extracted noise(unsigned seed, enum text_kind kind)
{
    static const char *const bits[] = {
        "word ",
        "another. ",
        "\n",
        "\n\n",
        "# Heading\n",
        "## Sub *x*\n\n",
        "- item\n",
        "  - nested\n",
        "```\ncode\n\nmore\n```\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "> quote\n",
        "\xc3\xa9t\xc3\xa9 ",
        "\xe4\xb8\xad\xe6\x96\x87\xe3\x80\x82",
        "    indented\n",
        "<div>\n",
        "---\n",
        "&amp; ",
        "[a](b) ",
        "```\n",
        "verylongwordwithoutanybreakatall",
        "\xf0\x9f\x98\x80",
        "1. one\n",
        "\t",
    };
    struct cs_buf b = {0};
    size_t pieces = 20 + seed % 800;

    for (size_t i = 0; i < pieces; i++) {
        seed = seed * 1103515245U + 12345U;
        cs_buf_adds(&b, bits[(seed >> 16) % (sizeof(bits) / sizeof(*bits))]);
    }
    struct extracted x = {kind, cs_strdup(&arena, b.data), b.len};
    cs_buf_free(&b);
    return x;
}

static void test_invariants(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed < 400; seed++) {
        struct extracted x = noise(seed * 7919, seed % 2 ? TEXT_MARKDOWN : TEXT_PLAIN);
        check_invariants(&x, chunk_sizes(CS_BOT_CHUNK_SIZE, 0));
        check_invariants(&x, chunk_sizes(200, 0));
        check_invariants(&x, sizes_of(x.kind, NULL));
        check_invariants(&x, chunk_sizes(200, 1000));
        cs_arena_reset(&arena);
    }
}

static void test_hostile(void **state)
{
    static const char *const bits[] = {"[", "*a_ ", ">",   "`",    "# ",  "- ",
                                       "a", "|",    "\n|", "![](", "<a ", "- - "};
    enum { SIZE = 300 * 1000 };

    (void)state;
    for (size_t i = 0; i < sizeof(bits) / sizeof(*bits); i++) {
        struct cs_buf b = {0};
        while (b.len < SIZE)
            cs_buf_adds(&b, bits[i]);
        struct extracted x = {TEXT_MARKDOWN, b.data, b.len};
        check_invariants(&x, chunk_sizes(CS_BOT_CHUNK_SIZE, 0));
        cs_buf_free(&b);
        cs_arena_reset(&arena);
    }
}

/* many rows of many columns: md4c would tell each of the cells that are not there */
static void test_wide_table(void **state)
{
    struct cs_buf b = {0};

    (void)state;
    for (int line = 0; line < 2; line++) {
        for (int i = 0; i < 30000; i++)
            cs_buf_adds(&b, line ? "|-" : "|a");
        cs_buf_adds(&b, "|\n");
    }
    for (int i = 0; i < 30000; i++)
        cs_buf_adds(&b, "|b|\n");
    struct extracted x = {TEXT_MARKDOWN, b.data, b.len};
    check_invariants(&x, chunk_sizes(CS_BOT_CHUNK_SIZE, 0));
    cs_buf_free(&b);
}

static struct extracted repeated(struct cs_buf *b, enum text_kind kind, const char *bit, size_t n)
{
    while (n-- > 0)
        cs_buf_adds(b, bit);
    cs_buf_adds(b, "the end");
    return (struct extracted){kind, b->data, b->len};
}

/* each of these lines was once looked for to the end of the text */
static void test_blank_lines(void **state)
{
    struct cs_buf b = {0};
    struct extracted x = repeated(&b, TEXT_PLAIN, "\n", 4 << 20);
    struct chunk *k;

    (void)state;
    alarm(60);
    assert_int_equal(all_chunks(&arena, &x, sizes_of(x.kind, NULL), &k), 1);
    alarm(0);
    assert_int_equal(k[0].start, 4 << 20);
    cs_buf_free(&b);
}

/* headings without end: what follows so many is plain text */
static void test_too_many_headings(void **state)
{
    struct cs_buf b = {0};
    struct extracted x = repeated(&b, TEXT_MARKDOWN, "# a\n", 2 * OUTLINE_MAX_HEADINGS);
    struct outliner o = outliner(&x);
    struct cs_arena piece;
    struct outline blocks;
    size_t headings = 0, end = 0;

    (void)state;
    for (bool more = true; more;) {
        cs_arena_init(&piece);
        if ((more = outline_next(&o, &piece, &blocks)))
            end = blocks.at[blocks.n - 1].end;
        for (size_t i = 0; i < blocks.n; i++)
            headings += blocks.at[i].level > 0;
        cs_arena_dispose(&piece);
    }
    assert_int_equal(end, x.len);
    assert_in_range(headings, OUTLINE_MAX_HEADINGS, OUTLINE_MAX_HEADINGS + OUTLINE_PIECE);
    cs_buf_free(&b);
}

/* whatever a text looks like, what md4c is given and what is kept of it at a time is small */
static void test_pieces_are_small(void **state)
{
    static const char *const bits[] = {
        "# Title\n\nSome text, and some more.\n\n",
        "- a\n",
        "| a | b |\n",
        "a\n\n",
        "word ",
        "[",
        "\n",
        "> > > a\n",
        "<!--\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bits) / sizeof(*bits); i++) {
        struct cs_buf b = {0};
        struct extracted x = repeated(&b, TEXT_MARKDOWN, bits[i], (2 << 20) / strlen(bits[i]));
        struct outliner o = outliner(&x);
        struct outline piece;
        size_t end = 0, n = 0;
        for (; outline_next(&o, &arena, &piece); n++) {
            assert_int_equal(piece.at[0].start, end);
            end = piece.at[piece.n - 1].end;
            assert_true(piece.n == 1 || end - piece.at[0].start <= OUTLINE_PIECE);
        }
        assert_int_equal(end, x.len);
        assert_true(n < 30);
        cs_arena_reset(&arena);
        cs_buf_free(&b);
    }
}

static size_t headings_of(const struct extracted *x)
{
    struct outliner o = outliner(x);
    struct outline piece;
    size_t n = 0;

    while (outline_next(&o, &arena, &piece))
        for (size_t i = 0; i < piece.n; i++)
            n += piece.at[i].level > 0;
    return n;
}

/* wherever a piece ends, what follows is what it was */
static void test_pieces(void **state)
{
    static const char unit[] = "# Title\n\nText\nand text\n===\n\n```sh\n# no title\n\n# nor this\n"
                               "```\n\n- item\n\n  # of an item\n- item\n\n| a | b |\n|---|---|\n"
                               "| # c | d |\n\n> # quoted\n\n    # code\n\n";
    struct cs_buf b = {0};

    (void)state;
    for (size_t shift = 0; shift < sizeof(unit); shift++) {
        size_t units = 2 * OUTLINE_PIECE / (sizeof(unit) - 1);
        cs_buf_clear(&b);
        for (size_t i = 0; i < shift; i++)
            cs_buf_adds(&b, "\n");
        for (size_t i = 0; i < units; i++)
            cs_buf_adds(&b, unit);
        struct extracted x = {TEXT_MARKDOWN, b.data, b.len};
        assert_int_equal(headings_of(&x), 2 * units);
        cs_arena_reset(&arena);
    }
    cs_buf_free(&b);
}

/* code that is longer than a piece is one block, to its end */
static void test_long_code(void **state)
{
    struct cs_buf b = {0};

    (void)state;
    cs_buf_adds(&b, "# Title\n\n````\n");
    while (b.len < 3 * OUTLINE_PIECE)
        cs_buf_adds(&b, "# a remark\n```\n\n");
    cs_buf_adds(&b, "````\n\n# Another\n\nText\n");
    struct extracted x = {TEXT_MARKDOWN, b.data, b.len};
    struct chunk *k;
    size_t n = all_chunks(&arena, &x, sizes_of(x.kind, NULL), &k);
    assert_true(n > 2);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(k[i].heading_path, i + 1 < n ? "Title" : "Another");
    cs_buf_free(&b);
}

static void test_empty(void **state)
{
    struct chunk *k;
    struct extracted nothing = {TEXT_MARKDOWN, "", 0}, blank = {TEXT_PLAIN, " \n\n ", 4};

    (void)state;
    assert_int_equal(all_chunks(&arena, &nothing, sizes_of(TEXT_MARKDOWN, NULL), &k), 0);
    assert_int_equal(all_chunks(&arena, &blank, sizes_of(TEXT_PLAIN, NULL), &k), 0);
}

static void test_tokens(void **state)
{
    (void)state;
    assert_int_equal(chunk_tokens("", 0), 0);
    assert_int_equal(chunk_tokens("abcdefghijklmnopqrstuvwxyz012345678901234", 40), 11);
    assert_int_equal(chunk_tokens("a b c d e f", 11), 9); /* words count */
    assert_int_equal(chunk_tokens("\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6"
                                  "\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87",
                                  30),
                     11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_invariants),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_wide_table),
        cmocka_unit_test(test_blank_lines),
        cmocka_unit_test(test_too_many_headings),
        cmocka_unit_test(test_pieces_are_small),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_long_code),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_tokens),
    };
    return test_run_cases(tests, "chunker", play);
}

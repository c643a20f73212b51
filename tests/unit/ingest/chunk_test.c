/* chunk: the suite, and what holds for every text. */
#include "test.h"

#include "ratio.h"

#include "../../support/whole.h"
#include <jansson.h>

#include "base/buf.h"
#include "bot/configuration.h"
#include "ingest/chunk.h"

#include <unistd.h>

/* as for a bot with this size and overlap in its configuration; NULL: with neither */
static struct chunk_sizes sizes_of(const struct blocks *blocks, const json_t *set)
{
    const json_t *size = json_object_get(set, "size"), *overlap = json_object_get(set, "overlap");
    BotConfiguration c = BOT_CONFIGURATION_INIT;
    Chunking chunking = CHUNKING_INIT;

    if (size)
        Chunking_set_size(&chunking, (int32_t)json_integer_value(size));
    if (overlap)
        Chunking_set_overlap(&chunking, (int32_t)json_integer_value(overlap));
    c.chunking = &chunking;
    return chunk_sizes(cs_bot_chunk_size(&c),
                       cs_bot_chunk_overlap(&c, blocks->format & FORMAT_FLAT));
}

static void check_whole(const struct blocks *b, struct chunk_sizes sizes)
{
    const char *fault;

    assert_true(b->n != (size_t)-1);
    if ((fault = whole_fault(&arena, b, sizes)))
        fail_msg("%s", fault);
}

static void play(const struct suite_case *c)
{
    size_t len;
    const char *input = case_text(c, "input", &len);
    json_t *expected = json_loads(case_text(c, "expected", NULL), 0, NULL);
    json_t *chunks = json_object_get(expected, "chunks");
    bool plain = json_is_true(json_object_get(expected, "plain"));
    struct blocks blocks = blocks_of(&arena, plain ? "a.txt" : "a.md", NULL, input, len);
    struct chunk_sizes sizes = sizes_of(&blocks, expected);
    struct chunk *k;

    assert_non_null(expected);
    assert_null(blocks.reason);
    size_t n = chunks_of(&arena, &blocks, sizes, &k);
    for (size_t i = 0; i < n && i < json_array_size(chunks); i++) {
        json_t *want = json_array_get(chunks, i);
        const char *want_path = json_string_value(json_object_get(want, "heading_path"));
        const char *want_text = json_string_value(json_object_get(want, "text"));
        if (strcmp(k[i].heading_path, want_path) != 0 || strcmp(k[i].text, want_text) != 0)
            fail_msg("chunk %zu: [%s]\n%s\nnot [%s]\n%s", i, k[i].heading_path, k[i].text,
                     want_path, want_text);
    }
    if (n != json_array_size(chunks))
        fail_msg("%zu chunks, not %zu", n, json_array_size(chunks));
    check_whole(&blocks, sizes);
    json_decref(expected);
}

/* a repeatable text of any shape */
static struct blocks noise(unsigned seed, const char *name)
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
    struct blocks blocks = blocks_of(&arena, name, NULL, b.data, b.len);
    cs_buf_free(&b);
    return blocks;
}

static void test_invariants(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed < 400; seed++) {
        struct blocks x = noise(seed * 7919, seed % 2 ? "a.md" : "a.txt");
        check_whole(&x, chunk_sizes(CS_BOT_CHUNK_SIZE, 0));
        check_whole(&x, chunk_sizes(200, 0));
        check_whole(&x, sizes_of(&x, NULL));
        check_whole(&x, chunk_sizes(200, 1000));
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
        struct blocks x = blocks_of(&arena, "a.md", NULL, b.data, b.len);
        if (!x.reason) /* nothing is to be seen of some */
            check_whole(&x, chunk_sizes(CS_BOT_CHUNK_SIZE, 0));
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
    struct blocks x = blocks_of(&arena, "a.md", NULL, b.data, b.len);
    assert_null(x.reason);
    check_whole(&x, chunk_sizes(CS_BOT_CHUNK_SIZE, 0));
    cs_buf_free(&b);
}

static struct blocks repeated(const char *name, const char *bit, size_t n)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    while (n-- > 0)
        cs_buf_adds(&b, bit);
    cs_buf_adds(&b, "the end");
    return blocks_of(&arena, name, NULL, b.data, b.len);
}

/* each of these lines was once looked for to the end of the text */
static void test_blank_lines(void **state)
{
    struct blocks x = repeated("a.txt", "\n", 4 << 20);
    struct chunk *k;

    (void)state;
    alarm(60);
    assert_int_equal(chunks_of(&arena, &x, sizes_of(&x, NULL), &k), 1);
    alarm(0);
    assert_int_equal(k[0].start, 4 << 20);
}

/* a table or list of any length has its head to its end */
static void test_long_table(void **state)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    struct chunk *k;

    (void)state;
    cs_buf_adds(&b, "| Model | Warranty months |\n|---|---|\n");
    for (int i = 0; i < 30000; i++)
        cs_buf_addf(&b, "| PX-%d | %d |\n", i, i % 40);
    struct blocks x = blocks_of(&arena, "a.md", NULL, b.data, b.len);
    size_t n = chunks_of(&arena, &x, sizes_of(&x, NULL), &k);
    assert_true(n > 100);
    for (size_t i = 0; i < n; i++)
        assert_non_null(strstr(k[i].text, "| Model | Warranty months |\n|---|---|\n| PX-"));
    check_whole(&x, sizes_of(&x, NULL));
}

static size_t headings_of(const struct blocks *x)
{
    size_t n = 0;

    for (size_t i = 0; i < x->n; i++)
        n += x->at[i].kind == BLOCK_HEADING;
    return n;
}

/* nothing is taken for a heading that is none */
static void test_headings(void **state)
{
    static const char unit[] = "# Title\n\nText\nand text\n===\n\n```sh\n# no title\n\n# nor this\n"
                               "```\n\n- item\n\n  # of an item\n- item\n\n| a | b |\n|---|---|\n"
                               "| # c | d |\n\n> # quoted\n\n    # code\n\n";
    struct blocks x = repeated("a.md", unit, 2000);

    (void)state;
    assert_int_equal(headings_of(&x), 2 * 2000);
    check_whole(&x, sizes_of(&x, NULL));
}

/* code that is longer than a block may be: fences and language stand around each piece */
static void test_long_code(void **state)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    (void)state;
    cs_buf_adds(&b, "# Title\n\n````sh\n");
    while (b.len < 3 * BLOCK_MAX_TEXT)
        cs_buf_adds(&b, "# a remark\n```\n\n");
    cs_buf_adds(&b, "````\n\n# Another\n\nText\n");
    struct blocks x = blocks_of(&arena, "a.md", NULL, b.data, b.len);
    struct chunk *k;
    size_t n = chunks_of(&arena, &x, sizes_of(&x, NULL), &k);
    assert_true(n > 2);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(k[i].heading_path, i + 1 < n ? "Title" : "Another");
        if (i + 1 < n) {
            assert_non_null(strstr(k[i].text, "````sh\n"));
            assert_string_equal(k[i].text + k[i].len - 5, "\n````");
        }
    }
    check_whole(&x, sizes_of(&x, NULL));
}

/* a chunk's offsets enclose its text in the source, whatever stood between */
static void test_offsets(void **state)
{
    static const char text[] =
        "\xef\xbb\xbf# One &amp; two\r\n\r\nFirst *word*, and [a link](/x).\r\n"
        "<!-- hidden -->\r\nSecond line.\r\n\r\n# Three\r\n\r\nLast.\r\n";
    struct blocks x = blocks_of(&arena, "a.md", NULL, text, sizeof(text) - 1);
    struct chunk *k;

    (void)state;
    assert_int_equal(chunks_of(&arena, &x, sizes_of(&x, NULL), &k), 2);
    assert_string_equal(k[0].text, "# One & two\n\nFirst word, and a link.\n\nSecond line.");
    assert_int_equal(k[0].start, 3);
    assert_memory_equal(text + k[0].end - 12, "Second line.", 12);
    assert_memory_equal(text + k[1].start, "# Three", 7);
    assert_memory_equal(text + k[1].end - 5, "Last.", 5);
}

/* wherever a text is cut off, what is left of it is whole */
static void test_cut_anywhere(void **state)
{
    static const char text[] =
        "---\ntitle: \"A\"\n---\n# H\xc3\xa9 {#x}\n\nSteps &gt; all:\n\n1. **one**\n   - two "
        "`x`\n2. three\n\n"
        "| a | b |\n|---|---|\n| \xe4\xb8\xad | 2 |\n\n```c\nint "
        "x;\n```\n\n<table><tr><th>q<td>r</table>\n"
        "![p](data:image/png;base64,AAAABBBBCCCCDDDDEEEE) [l](https://example.org/a)\n";

    (void)state;
    for (size_t len = 0; len < sizeof(text); len++) {
        struct blocks x = blocks_of(&arena, "a.md", NULL, text, len);
        if (!x.reason)
            check_whole(&x, chunk_sizes(200, 0));
        cs_arena_reset(&arena);
    }
}

static void test_empty(void **state)
{
    struct blocks none = {0};
    struct chunk *k;

    (void)state;
    assert_int_equal(chunks_of(&arena, &none, sizes_of(&none, NULL), &k), 0);
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

static void chunk_all(struct cs_arena *a, const char *name, char *data, size_t len)
{
    struct blocks b = blocks_of(a, name, NULL, data, len);
    struct chunk *k;

    if (!b.reason && b.n != (size_t)-1)
        chunks_of(a, &b, chunk_sizes(CS_BOT_CHUNK_SIZE, 50), &k);
}

static void parse_markdown(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    (void)work;
    chunk_all(a, "a.md", data, len);
}

static void parse_plain(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    (void)work;
    chunk_all(a, "a.txt", data, len);
}

/* where a text has pieces, each is read once */
#define PIECES .bytes = (size_t)100 * 1024 /* NOLINT(bugprone-macro-parentheses) */

static void work_is_linear(void **state)
{
    static const struct ratio texts[] = {
        {.name = "words", .piece = "word ", PIECES, .parse = parse_plain},
        {.name = "one word", .piece = "a", .parse = parse_plain},
        {.name = "lines", .piece = "a\n", .parse = parse_plain},
        {.name = "paragraphs", .piece = "a\n\n", .parse = parse_plain},
        {.name = "blank lines", .head = "a", .piece = "\n", .tail = "b", .parse = parse_plain},
        {.name = "blanks", .head = "a", .piece = " ", .tail = "b", .parse = parse_plain},
        {.name = "sentences", .piece = "A. ", .parse = parse_plain},
        {.name = "line ends", .piece = "a\r\n", .parse = parse_plain},
        {.name = "UTF-16", .head = "\xff\xfe", .piece = "ab", .parse = parse_plain},
        {.name = "no UTF-8", .piece = "a", .tail = "\xff", .parse = parse_plain},
    };
    static const struct ratio markdown[] = {
        {.name = "headings", .piece = "# a\n\nb\n\n", PIECES, .parse = parse_markdown},
        {.name = "headings alone", .piece = "#\n", .parse = parse_markdown},
        {.name = "one heading", .head = "# ", .piece = "a ", .parse = parse_markdown},
        {.name = "list", .piece = "- a\n", .parse = parse_markdown},
        {.name = "nested list", .piece = "- - - ", .parse = parse_markdown},
        {.name = "quotes", .piece = "> ", .parse = parse_markdown},
        {.name = "quoted lines", .piece = "> > a\n", .parse = parse_markdown},
        {.name = "table", .head = "|a|b|\n|-|-|\n", .piece = "|1|2|\n", .parse = parse_markdown},
        {.name = "wide table", .head = "|a\n|-", .piece = "|-", .parse = parse_markdown},
        {.name = "brackets", .piece = "[", .parse = parse_markdown},
        {.name = "links", .piece = "[a](b) ", .parse = parse_markdown},
        {.name = "open links", .piece = "[a](", .parse = parse_markdown},
        {.name = "references", .piece = "[a]: b\n", .parse = parse_markdown},
        {.name = "back quotes", .piece = "`a``b", .parse = parse_markdown},
        {.name = "emphasis", .piece = "*a **b ", .parse = parse_markdown},
        {.name = "stars", .piece = "*", .parse = parse_markdown},
        {.name = "entities", .piece = "&a;&", .parse = parse_markdown},
        {.name = "tags", .piece = "<a ", .parse = parse_markdown},
        {.name = "comments", .piece = "<!-- a\n", .parse = parse_markdown},
        {.name = "addresses", .piece = "http://a.b ", .parse = parse_markdown},
        {.name = "code", .piece = "```\na\n```\n", .parse = parse_markdown},
        {.name = "open code", .head = "```\n", .piece = "a\n", .parse = parse_markdown},
        {.name = "back slashes", .piece = "\\", .parse = parse_markdown},
        {.name = "front matter", .head = "---\n", .piece = "a: b\n", .parse = parse_markdown},
    };

    (void)state;
    ratio_check_all(texts);
    ratio_check_all(markdown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_invariants),   cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_wide_table),   cmocka_unit_test(test_blank_lines),
        cmocka_unit_test(test_long_table),   cmocka_unit_test(test_headings),
        cmocka_unit_test(test_long_code),    cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_cut_anywhere), cmocka_unit_test(test_empty),
        cmocka_unit_test(test_tokens),       cmocka_unit_test(work_is_linear),
    };
    return test_run_cases(tests, "chunker", play);
}

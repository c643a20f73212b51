/* Sentences: the suite, and the same places whichever way a text is read. */
#include "texts.h"

#include "ratio.h"

#include "base/utf8.h"
#include "text/sentence_impl.h"

static void play(const struct suite_case *c)
{
    struct cs_buf lines = {0};
    size_t len;
    const char *s = case_text(c, "input", &len);

    cs_buf_adds(&lines, "");
    for (size_t n; len > 0; s += n, len -= n) {
        n = cs_sentence_len(s, len);
        size_t end = n;
        while (end > 0 && (s[end - 1] == ' ' || s[end - 1] == '\n'))
            end--;
        cs_buf_add(&lines, s, end);
        cs_buf_adds(&lines, "\n");
    }
    assert_string_equal(lines.data, case_text(c, "expected", NULL));
    cs_buf_free(&lines);
}

/* Any bytes end in finitely many sentences of at least one byte, and nothing outside is read. */
static void hostile_text(void **state)
{
    uint32_t seed = 9;
    char *text = cs_alloc(&arena, 20000);
    static const char some[] = ". !?\n\xe3\x80\x82\xe0\xb8\x81\xd8\x9f"
                               "a9\"";

    (void)state;
    for (size_t i = 0; i < 20000; i++) {
        seed = seed * 1664525U + 1013904223U;
        text[i] = i % 3 ? some[(seed >> 20) % (sizeof(some) - 1)] : (char)(seed >> 24);
    }
    for (size_t at = 0; at < 20000;) {
        size_t n = cs_sentence_len(text + at, 20000 - at);
        assert_true(n > 0 && n <= 20000 - at);
        at += n;
    }
    for (size_t at = 1; at < 20000; at++)
        (void)cs_sentence_ends(text, 20000, at);
}

static bool is_blank(const char *text, size_t len)
{
    uint32_t c = 0;

    cs_utf8_next(text, len, &c);
    return c == 0xa0 || c == 0x3000 || c == ' ' || (c >= '\t' && c <= '\r');
}

/* The end of the first sentence by the rule alone, tried at each character. */
static size_t sentence_len(const char *text, size_t len)
{
    bool before = false;

    for (size_t at = 0, n; at < len; at += n ? n : 1) {
        n = cs_utf8_next(text + at, len - at, NULL);
        if (is_blank(text + at, len - at))
            continue;
        if (before && cs_sentence_ends_anywhere(text, len, at))
            return at;
        before = true;
    }
    return len;
}

static void both_ways(const char *text, size_t len)
{
    for (size_t at = 1; at < len; at++)
        if (cs_sentence_ends(text, len, at) != cs_sentence_ends_anywhere(text, len, at))
            fail_msg("at %zu of '%.*s'", at, (int)len, text);
    for (size_t at = 0, n; at < len; at += n) {
        n = cs_sentence_len(text + at, len - at);
        if (n != sentence_len(text + at, len - at))
            fail_msg("from %zu, %zu bytes of '%.*s'", at, n, (int)len, text);
    }
}

/* Places within words are passed over unseen, which is the same but for the time. */
static void a_shortcut_changes_nothing(void **state)
{
    (void)state;
    texts_each(both_ways);
}

static void parse(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    (void)a;
    for (size_t n; len > 0; data += n, len -= n, ++*work)
        n = cs_sentence_len(data, len);
}

static void work_is_linear(void **state)
{
    static const struct ratio texts[] = {
        {.name = "sentences", .piece = "A. B", .parse = parse},
        {.name = "blanks", .piece = " ", .parse = parse},
        {.name = "lines", .piece = "a\n", .parse = parse},
        {.name = "dots", .piece = ".", .parse = parse},
        {.name = "numbers", .piece = "1. ", .parse = parse},
        {.name = "abbreviations", .piece = "Dr. x", .parse = parse},
        {.name = "quotes", .piece = "\"", .parse = parse},
        {.name = "full stops", .piece = "\u3002", .parse = parse},
        {.name = "Thai", .piece = "\u0e19\u0e49 ", .parse = parse},
        {.name = "malformed", .piece = "\x80", .parse = parse},
    };

    (void)state;
    ratio_check_all(texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_text),
        cmocka_unit_test(a_shortcut_changes_nothing),
        cmocka_unit_test(work_is_linear),
    };

    return test_run_cases(tests, "sentence", play);
}

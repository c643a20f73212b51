/* Words: the suite, hostile text, and UTF-8. */
#include "texts.h"

#include "ratio.h"

#include "base/utf8.h"
#include "text/word_impl.h"

struct seen {
    struct cs_buf lines;
    const char *input;
    size_t input_len;
};

static void see(void *state, const struct cs_word *t)
{
    static const char *const kinds[] = {"word", "whole", "part", "pair", "single", "lone"};
    struct seen *s = state;

    assert_true(t->start < t->end && t->end <= s->input_len);
    cs_buf_addf(&s->lines, "%s %.*s\n", kinds[t->kind], (int)t->len, t->text);
}

static void play(const struct suite_case *c)
{
    struct seen s = {0};

    s.input = case_text(c, "input", &s.input_len);
    cs_buf_adds(&s.lines, "");
    cs_words(s.input, s.input_len, see, &s);
    assert_string_equal(s.lines.data, case_text(c, "expected", NULL));
    cs_buf_free(&s.lines);
}

struct longest {
    size_t whole, part, n;
};

static void measure(void *state, const struct cs_word *t)
{
    struct longest *l = state;
    size_t *at = t->kind == CS_WORD_WHOLE ? &l->whole : &l->part;

    l->n++;
    if (t->len > *at)
        *at = t->len;
}

/* what comes from outside may be long, and may be no text at all */
static void hostile_text(void **state)
{
    struct cs_buf b = {0};
    struct longest l = {0};
    uint32_t seed = 5;

    (void)state;
    for (int i = 0; i < 3000; i++)
        cs_buf_adds(&b, "äb");
    cs_buf_adds(&b, " ");
    for (int i = 0; i < 3000; i++)
        cs_buf_adds(&b, i % 60 == 59 ? "a." : "a");
    cs_words(b.data, b.len, measure, &l);
    assert_int_equal(l.part, CS_WORD_MAX - 1); /* ends with a whole character */
    assert_true(l.whole <= CS_WORD_WHOLE_MAX && l.whole > CS_WORD_WHOLE_MAX - CS_WORD_MAX);
    cs_buf_clear(&b);
    for (int i = 0; i < 100000; i++) {
        seed = seed * 1664525U + 1013904223U;
        char c = (char)(seed >> 24);
        cs_buf_add(&b, &c, 1);
    }
    cs_words(b.data, b.len, measure, &l);
    cs_words(b.data, 0, measure, &l);
    assert_true(l.n > 1000);
    cs_buf_free(&b);
}

/* Time is linear: a character with any number of marks is passed over once, and each word is said once. */
static void marks_without_end(void **state)
{
    struct cs_buf b = {0};
    struct longest l = {0};

    (void)state;
    cs_buf_adds(&b, "a");
    for (int i = 0; i < 100000; i++)
        cs_buf_adds(&b, i % 2 ? "\u0301" : "\u0327");
    cs_words(b.data, b.len, measure, &l);
    assert_int_equal(l.n, 1);
    assert_true(l.part <= CS_WORD_MAX);
    cs_buf_free(&b);
}

static void plain(const char *word, const char *want)
{
    char out[64];
    size_t n = cs_word_plain(word, strlen(word), out);

    assert_int_equal(n, strlen(want));
    assert_memory_equal(out, want, n);
}

static void words_without_accents(void **state)
{
    (void)state;
    plain("hernández", "hernandez");
    plain("łódź", "lodz");
    plain("thuế", "thue");
    plain("đường", "duong");
    plain("œuvre", "oeuvre");
    plain("ısparta", "isparta");
    plain("smørrebrød", "smorrebrod");
    plain("plain", "");
    plain("ёлка", "");
    plain("がぎ", "");
    plain("", "");
}

/* The short ways of common letters lead where the tables do, which a soft hyphen behind a letter forces. */
static void short_ways(void **state)
{
    (void)state;
    for (uint32_t c = 1; c < 0x30000; c++) {
        char text[2 * CS_UTF8_MAX];
        struct cs_char a, b;

        if (c >= 0xd800 && c < 0xe000)
            continue;
        size_t n = cs_utf8_put(text, c);
        cs_char_next(text, n, 0, &a);
        cs_char_next(text, n + cs_utf8_put(text + n, 0xad), 0, &b);
        if (a.kind != b.kind || a.upper != b.upper || a.n != b.n ||
            memcmp(a.at, b.at, a.n * sizeof(*a.at)) != 0)
            fail_msg("U+%04X", c);
    }
}

static void cuts(const char *text, size_t max, size_t want)
{
    assert_int_equal(cs_char_cut(text, strlen(text), max), want);
}

static void cuts_between_characters(void **state)
{
    (void)state;
    cuts("abc", 2, 2);
    cuts("abc", 9, 3);
    cuts("aé", 2, 1);
    cuts("ae\u0301b", 2, 1); /* not between letter and accent */
    cuts("ae\u0301b", 4, 4);
    cuts("\u0e01\u0e49\u0e01", 3, 3); /* nothing else is left */
    cuts("x\u0e01\u0e49\u0e01", 4, 1);
    cuts("x\U0001f469\u200d\U0001f4bb", 8, 1);
    cuts("", 3, 0);
}

static void list(void *state, const struct cs_word *w)
{
    cs_buf_addf(state, "%d %d %zu %zu %.*s\n", w->kind, w->capitals, w->start, w->end, (int)w->len,
                w->text);
}

static void both_ways(const char *text, size_t len)
{
    CS_BUF_AUTO struct cs_buf shortly = {0}, slowly = {0};

    cs_buf_adds(&shortly, "");
    cs_buf_adds(&slowly, "");
    cs_words_with(text, len, true, list, &shortly);
    cs_words_with(text, len, false, list, &slowly);
    if (strcmp(shortly.data, slowly.data) != 0)
        fail_msg("'%.*s':\n%s-- slowly:\n%s", (int)len, text, shortly.data, slowly.data);
}

/* Plain words of ASCII are found by a way of their own, which is the same but for the time. */
static void a_shortcut_changes_nothing(void **state)
{
    (void)state;
    texts_each(both_ways);
}

static void count_bytes(void *state, const struct cs_word *w)
{
    *(size_t *)state += w->len;
}

/* its work: bytes of the words */
static void parse(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    (void)a;
    cs_words(data, len, count_bytes, work);
}

static void work_is_linear(void **state)
{
    static const struct ratio texts[] = {
        {.name = "words", .piece = "word ", .parse = parse},
        {.name = "one word", .piece = "a", .parse = parse},
        {.name = "identifiers", .piece = "a.", .parse = parse},
        {.name = "lines below", .piece = "a_", .parse = parse},
        {.name = "many lines below", .head = "a", .piece = "_", .tail = "a", .parse = parse},
        {.name = "grams", .piece = "\xe6\x9d\xb1", .parse = parse},
        {.name = "combining marks", .head = "a", .piece = "\xcc\x81", .parse = parse},
        {.name = "ligatures", .piece = "\xef\xb7\xba", .parse = parse},
        {.name = "soft hyphens", .head = "a", .piece = "\xc2\xad", .parse = parse},
        {.name = "jamo", .head = "\xe1\x84\x80", .piece = "\xe1\x85\xa1", .parse = parse},
        {.name = "malformed", .piece = "\xff", .parse = parse},
        {.name = "cut off", .piece = "\xe6\x9d", .parse = parse},
    };

    (void)state;
    ratio_check_all(texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_text),
        cmocka_unit_test(marks_without_end),
        cmocka_unit_test(words_without_accents),
        cmocka_unit_test(short_ways),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(a_shortcut_changes_nothing),
        cmocka_unit_test(work_is_linear),
    };

    return test_run_cases(tests, "word", play);
}

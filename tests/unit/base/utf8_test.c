/* Well-formed and malformed UTF-8, counted, cut and composed. */
#include "test.h"

#include "base/utf8.h"

#define LIT(s_) s_, sizeof(s_) - 1

static void malformed_text_is_found(void **state)
{
    static const struct {
        const char *s;
        size_t bad;
    } cases[] = {
        {"", 0},
        {"plain", 5},
        {"a\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80", 10},
        {"\xf4\x8f\xbf\xbf", 4},     /* U+10FFFF, the last */
        {"\xf4\x90\x80\x80", 0},     /* beyond it */
        {"\xc0\xaf", 0},             /* overlong */
        {"\xe0\x80\xaf", 0},         /* overlong */
        {"\xf0\x80\x80\xaf", 0},     /* overlong */
        {"ab\xed\xa0\x80", 2},       /* surrogate */
        {"ab\xed\xbf\xbf", 2},       /* surrogate */
        {"\xed\x9f\xbf", 3},         /* before them */
        {"\xee\x80\x80", 3},         /* behind them */
        {"abc\xe4\xb8", 3},          /* cut */
        {"abc\xe4\xb8z", 3},         /* cut by another */
        {"\x80", 0},                 /* begins nothing */
        {"\xff", 0},                 /* never occurs */
        {"\xf8\x88\x80\x80\x80", 0}, /* five bytes */
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(cs_utf8_check(cases[i].s, strlen(cases[i].s)), cases[i].bad);
    assert_int_equal(cs_utf8_check(LIT("a\0b")), 3);
}

/* every code point there is, written and read */
static void every_character_reads_back(void **state)
{
    (void)state;

    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        char text[CS_UTF8_MAX];
        uint32_t back = 0xffffffff;
        if (c == 0xd800)
            c = 0xe000;
        size_t n = cs_utf8_put(text, c);
        assert_int_equal(n, c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);
        assert_int_equal(cs_utf8_next(text, n, &back), n);
        assert_int_equal(back, c);
        assert_int_equal(cs_utf8_next(text, n - 1, &back), 0);
    }
}

static void characters_are_counted(void **state)
{
    (void)state;

    assert_int_equal(cs_utf8_count(LIT("")), 0);
    assert_int_equal(cs_utf8_count(LIT("a\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80")), 4);
    assert_int_equal(cs_utf8_head(LIT("a\xc3\xa9\xe4\xb8\xad"), 0), 0);
    assert_int_equal(cs_utf8_head(LIT("a\xc3\xa9\xe4\xb8\xad"), 2), 3);
    assert_int_equal(cs_utf8_head(LIT("a\xc3\xa9"), 9), 3);
}

static void cuts_between_characters(void **state)
{
    static const char text[] = "a\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80";
    static const size_t at[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    (void)state;

    for (size_t max = 0; max < sizeof(at) / sizeof(*at); max++) {
        assert_int_equal(cs_utf8_cut(text, 10, max), at[max]);
        if (max <= 10) /* the text itself ends within a character */
            assert_int_equal(cs_utf8_cut(text, max, 99), at[max]);
    }
    assert_int_equal(cs_utf8_cut(LIT("\x80\x80\x80\x80\x80"), 3), 3);
}

static void blank_texts(void **state)
{
    static const struct {
        const char *s;
        bool blank;
    } cases[] = {
        {"", true},
        {" \t\r\n\v\f", true},
        {"\xc2\xa0\xe2\x80\x83\xe3\x80\x80", true},         /* spaces of other widths */
        {"\xe2\x80\xa8\xe2\x80\xa9", true},                 /* separators of lines, paragraphs */
        {"\xe2\x80\x8b\xe2\x80\x8c\xe2\x80\x8d", true},     /* zero width */
        {"\xe2\x81\xa0\xef\xbb\xbf\xc2\xad", true},         /* word joiner, mark, soft hyphen */
        {"\xe2\x80\xae\xe2\x81\xa6", true},                 /* direction */
        {"\x01\x7f\xc2\x85", true},                         /* controls */
        {"\xe3\x85\xa4\xef\xbe\xa0\xe1\x85\x9f", true},     /* Hangul fillers */
        {"\xe2\xa0\x80\xef\xb8\x8f\xf3\xa0\x84\x80", true}, /* braille blank, selectors */
        {"x", false},
        {" \xe2\x80\x8b.", false},
        {"\xf0\x9f\x98\x80", false},
        {"\xe5\xad\x97", false},
        {" \xff", false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(cs_utf8_blank(cases[i].s, strlen(cases[i].s)), cases[i].blank);
}

static void composes(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"e\xcc\x81", "\xc3\xa9"},
        {"e\xcc\x82\xcc\x81", "\xe1\xba\xbf"},                    /* two marks */
        {"a\xcc\x81\xcc\xa3", "\xe1\xba\xa1\xcc\x81"},            /* in canonical order */
        {"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c"}, /* Hangul letters */
        {"\xe3\x81\x8b\xe3\x82\x99", "\xe3\x81\x8c"},             /* kana with its mark */
        {"\xe2\x84\xab", "\xc3\x85"},                             /* the sign of Angstrom */
        {"\xef\xac\x81", "\xef\xac\x81"}, /* a ligature is not taken apart */
        {"\xe0\xa4\x95\xe0\xa4\xbc", "\xe0\xa4\x95\xe0\xa4\xbc"}, /* excluded from composition */
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(cs_utf8_nfc(&arena, cases[i].from), cases[i].to);
    assert_null(cs_utf8_nfc(&arena, "a\xff"));
    assert_null(cs_utf8_nfc(&arena, "\xed\xa0\x80"));
}

/* "a" and n acute accents */
static char *marks(size_t n)
{
    char *s = cs_alloc(&arena, 2 * n + 2);

    s[0] = 'a';
    for (size_t i = 0; i < n; i++)
        memcpy(s + 1 + 2 * i, "\xcc\x81", 2);
    s[2 * n + 1] = '\0';
    return s;
}

static void runs_of_marks_are_limited(void **state)
{
    (void)state;
    assert_non_null(cs_utf8_nfc(&arena, marks(CS_UTF8_MARKS)));
    assert_null(cs_utf8_nfc(&arena, marks(CS_UTF8_MARKS + 1)));
    assert_null(cs_utf8_nfc(&arena, marks(1 << 20)));
    assert_non_null(
        cs_utf8_nfc(&arena, cs_printf(&arena, "%s%s", marks(CS_UTF8_MARKS), marks(CS_UTF8_MARKS))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_text_is_found),
        cmocka_unit_test(every_character_reads_back),
        cmocka_unit_test(characters_are_counted),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(blank_texts),
        cmocka_unit_test(composes),
        cmocka_unit_test(runs_of_marks_are_limited),
    };
    return test_run(tests);
}

/* A short path for ASCII, and the C library's classes for the rest. */
#include "retrieve/unicode.h"

#include "base/utf8.h"

#include <locale.h>
#include <stdbool.h>
#include <wchar.h>
#include <wctype.h>

static locale_t unicode;

int unicode_start(void)
{
    if (!unicode)
        unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
    return unicode ? 0 : -1;
}

static bool without_spaces(uint32_t c)
{
    return (c >= 0x0e00 && c < 0x1000) || /* Thai, Lao, Tibetan */
           (c >= 0x1000 && c < 0x10a0) || /* Myanmar */
           (c >= 0x1780 && c < 0x1800) || /* Khmer */
           (c >= 0x3005 && c < 0x3008) || /* iteration marks */
           (c >= 0x3040 && c < 0x3100) || /* kana */
           (c >= 0x3400 && c < 0xa000) || /* Han */
           (c >= 0xac00 && c < 0xd7b0) || /* Hangul */
           (c >= 0xf900 && c < 0xfb00) || /* Han, compatibility */
           (c >= 0x20000 && c < 0x32000); /* Han, supplements */
}

/* marks of the letter before and what is invisible; no table composes most: the word is without them */
static bool mark_attaches(uint32_t c)
{
    return (c >= 0x0300 && c < 0x0370) ||                       /* European */
           (c >= 0x0591 && c < 0x05be) ||                       /* Hebrew points */
           (c >= 0x064b && c < 0x0660) ||                       /* Arabic vowels */
           (c >= 0x0900 && c < 0x0d80 && (c & 0x7f) == 0x3c) || /* Indic nukta */
           (c >= 0x0900 && c < 0x0d80 && (c & 0x7f) == 0x4d) || /* Indic virama */
           c == 0xad || (c >= 0x200b && c <= 0x200d) || c == 0x2060 || c == 0xfeff; /* invisible */
}

/* letter and mark as one character; the letter alone where there is none */
static uint32_t letter_composed(uint32_t letter, uint32_t mark)
{
    static const struct {
        uint32_t mark;
        const wchar_t *letters, *with;
    } marks[] = {
        {0x300, L"aeiou", L"àèìòù"},
        {0x301, L"aeiouycnszl", L"áéíóúýćńśźĺ"},
        {0x302, L"aeioucghjsw", L"âêîôûĉĝĥĵŝŵ"},
        {0x303, L"aonui", L"ãõñũĩ"},
        {0x304, L"aeiou", L"āēīōū"},
        {0x306, L"aguи", L"ăğŭй"},
        {0x307, L"zeg", L"żėġ"},
        {0x308, L"aeiouyеі", L"äëïöüÿёї"},
        {0x30a, L"au", L"åů"},
        {0x30b, L"ou", L"őű"},
        {0x30c, L"cszrendt", L"čšžřěňďť"},
        {0x327, L"cst", L"çşţ"},
        {0x328, L"aeiu", L"ąęįų"},
    };

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        const wchar_t *at =
            marks[i].mark == mark ? wcschr(marks[i].letters, (wchar_t)letter) : NULL;
        if (at && letter)
            return (uint32_t)marks[i].with[at - marks[i].letters];
    }
    return letter;
}

/* ligatures apart, full-width forms plain, hyphens of all kinds to one */
static void char_fold(uint32_t c, struct unicode_char *ret)
{
    static const char *const ligatures[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};

    ret->n = 1;
    if (c >= 0xfb00 && c <= 0xfb06) {
        const char *s = ligatures[c - 0xfb00];
        for (ret->n = 0; s[ret->n]; ret->n++)
            ret->at[ret->n] = (unsigned char)s[ret->n];
        return;
    }
    if (c >= 0xff01 && c <= 0xff5e)
        c -= 0xff01 - '!';
    if (c == 0x2010 || c == 0x2011)
        c = '-';
    ret->at[0] = (uint32_t)towlower_l((wint_t)c, unicode);
}

/* most of most texts: no table, no function of the C library */
static bool next_ascii(const char *text, size_t len, size_t at, struct unicode_char *ret)
{
    signed char c = (signed char)text[at];

    if (c < 0 || (at + 1 < len && (signed char)text[at + 1] < 0))
        return false;
    if (c >= 'A' && c <= 'Z')
        c |= 0x20;
    ret->at[0] = (unsigned char)c;
    ret->n = 1;
    ret->end = at + 1;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        ret->kind = UNICODE_LETTER;
    else
        ret->kind = c == '.' || c == '-' || c == '_' ? UNICODE_JOINER : UNICODE_OTHER;
    return true;
}

void unicode_next(const char *text, size_t len, size_t at, struct unicode_char *ret)
{
    uint32_t c = 0, mark;

    ret->kind = UNICODE_END;
    ret->start = at;
    ret->end = len;
    ret->n = 0;
    if (at >= len || next_ascii(text, len, at, ret))
        return;
    size_t n = cs_utf8_next(text + at, len - at, &c);
    if (n == 0) {
        ret->kind = UNICODE_OTHER;
        ret->end = at + 1;
        return;
    }
    char_fold(c, ret);
    uint32_t first = ret->at[0];
    ret->kind = first == '.' || first == '-' || first == '_' ? UNICODE_JOINER
                : without_spaces(first)                      ? UNICODE_GRAM
                : iswalnum_l((wint_t)first, unicode)         ? UNICODE_LETTER
                                                             : UNICODE_OTHER;
    ret->end = at + n;
    while ((n = cs_utf8_next(text + ret->end, len - ret->end, &mark)) > 0 && mark_attaches(mark)) {
        ret->at[ret->n - 1] = letter_composed(ret->at[ret->n - 1], mark);
        ret->end += n;
    }
}

/* A short path for ASCII; utf8proc for the rest, then the customs of each script. */
#include "text/character.h"

#include "base/utf8.h"

#include <utf8proc.h>

bool cs_char_is_han(uint32_t c)
{
    return (c >= 0x3400 && c < 0xa000) || (c >= 0xf900 && c < 0xfb00) ||
           (c >= 0x20000 && c < 0x32400) || c == 0x3005 || c == 0x3007;
}

bool cs_char_is_thai(uint32_t c)
{
    return c >= 0x0e00 && c < 0x0f00;
}

bool cs_char_is_hebrew(uint32_t c)
{
    return c >= 0x0590 && c < 0x0600;
}

bool cs_char_is_cyrillic(uint32_t c)
{
    return (c >= 0x0400 && c < 0x0530) || (c >= 0x1c80 && c < 0x1c90) ||
           (c >= 0x2de0 && c < 0x2e00) || (c >= 0xa640 && c < 0xa6a0);
}

static bool char_is_dense(uint32_t c)
{
    return (c >= 0x0e00 && c < 0x10a0) || /* Thai, Lao, Tibetan, Myanmar */
           (c >= 0x1780 && c < 0x1800) || /* Khmer */
           (c >= 0x1100 && c < 0x1200) || /* Hangul letters that make no syllable */
           (c >= 0x3040 && c < 0x3100) || (c >= 0x31f0 && c < 0x3200) || /* kana */
           (c >= 0xac00 && c < 0xd7b0) ||                                /* Hangul */
           cs_char_is_han(c);
}

/* What belongs to the character before it. */
static bool char_attaches(uint32_t c)
{
    if (c < 0x300)
        return c == 0xad;
    /* the second and third letters of a Hangul syllable, also half-width; half-width kana marks */
    if ((c >= 0x1160 && c < 0x1200) || (c >= 0xffc2 && c <= 0xffdc) || c == 0xff9e || c == 0xff9f)
        return true;
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF: return true;
    default: return c == 0x0640; /* tatweel, which only widens */
    }
}

/* The mark does not tell one word from another to readers of the script of `base`. */
static bool mark_is_dropped(uint32_t base, uint32_t mark)
{
    if (mark == 0x0640)
        return true;
    if (cs_char_is_hebrew(base))
        return mark >= 0x0591 && mark < 0x05c8;
    if (base >= 0x0600 && base < 0x0780)
        return (mark >= 0x0610 && mark < 0x061b) || (mark >= 0x064b && mark < 0x0660) ||
               mark == 0x0670 || (mark >= 0x06d6 && mark < 0x06ee);
    if (base >= 0x0370 && base < 0x0400)
        return mark >= 0x0300 && mark < 0x0370;
    if (cs_char_is_cyrillic(base)) {
        bool vowel = false;
        for (const uint16_t *v = (const uint16_t[]){0x430, 0x435, 0x438, 0x43e, 0x443, 0x44b, 0x44d,
                                                    0x44e, 0x44f, 0x454, 0x456, 0};
             *v; v++)
            vowel |= *v == base;
        return (vowel && (mark == 0x0300 || mark == 0x0301)) || (base == 0x435 && mark == 0x0308);
    }
    if (base >= 0x0900 && base < 0x0d80)
        return (mark & 0x7f) == 0x3c;
    return base == 'i' && mark == 0x0307; /* of the Turkish capital İ */
}

/* One letter for those that Arabic and Persian keyboards write differently. */
static uint32_t arabic_letter(uint32_t c)
{
    switch (c) {
    case 0x0671: return 0x0627;
    case 0x0649:
    case 0x06cc: return 0x064a;
    case 0x0629:
    case 0x06be:
    case 0x06c1: return 0x0647;
    case 0x06a9: return 0x0643;
    default: return c;
    }
}

/* The digits of a script stand one after the other from its zero on. */
static uint32_t digit_ascii(uint32_t c)
{
    uint32_t value = 0;

    if (utf8proc_category((utf8proc_int32_t)c) != UTF8PROC_CATEGORY_ND || c < 0x80)
        return c;
    while (value < 9 &&
           utf8proc_category((utf8proc_int32_t)(c - value - 1)) == UTF8PROC_CATEGORY_ND)
        value++;
    return '0' + value;
}

static enum cs_char_kind char_kind(uint32_t c)
{
    if (char_is_dense(c) && utf8proc_category((utf8proc_int32_t)c) <= UTF8PROC_CATEGORY_ME)
        return CS_CHAR_DENSE;
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return CS_CHAR_LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return CS_CHAR_DIGIT;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC: return CS_CHAR_SPACE;
    default: return CS_CHAR_SIGN;
    }
}

/* Most of most texts: no table. */
static bool next_ascii(const char *text, size_t len, size_t at, struct cs_char *ret)
{
    signed char c = (signed char)text[at];

    if (c < 0 || (at + 1 < len && (signed char)text[at + 1] < 0))
        return false;
    ret->upper = c >= 'A' && c <= 'Z';
    if (ret->upper)
        c |= 0x20;
    ret->at[0] = (unsigned char)c;
    ret->n = 1;
    ret->end = at + 1;
    ret->kind = c >= 'a' && c <= 'z'   ? CS_CHAR_LETTER
                : c >= '0' && c <= '9' ? CS_CHAR_DIGIT
                : c <= ' ' || c == 127 ? CS_CHAR_SPACE
                                       : CS_CHAR_SIGN;
    return true;
}

/* Letters that the tables of most scripts leave as they are, or in lower case; 0: c is none of them. */
static uint32_t letter_known(uint32_t c, enum cs_char_kind *ret_kind)
{
    *ret_kind = CS_CHAR_DENSE;
    if ((c >= 0x4e00 && c < 0x9fa6) || (c >= 0xac00 && c < 0xd7a4) || (c >= 0x3041 && c < 0x3097) ||
        (c >= 0x30a1 && c < 0x30fb) || (c >= 0x0e01 && c < 0x0e2f) || (c >= 0x0e40 && c < 0x0e45))
        return c;
    *ret_kind = CS_CHAR_LETTER;
    if (c >= 0x0410 && c < 0x0450)
        return c < 0x0430 ? c + 0x20 : c;
    if ((c >= 0x0391 && c < 0x03aa && c != 0x03a2) || (c >= 0x03b1 && c < 0x03ca && c != 0x03c2))
        return c < 0x03b1 ? c + 0x20 : c;
    if (c == 0x0627 || c == 0x0628 || (c >= 0x062a && c < 0x063b) || (c >= 0x0641 && c < 0x0649) ||
        c == 0x064a || (c >= 0x05d0 && c < 0x05eb) || (c >= 0x0905 && c < 0x0929) ||
        (c >= 0x0935 && c < 0x093a))
        return c;
    return 0;
}

/* Code points of the n bytes at s into ret->at, decomposed and in lower case. */
static size_t char_decompose(const char *s, size_t n, struct cs_char *ret)
{
    utf8proc_int32_t c[CS_CHAR_MAX];
    utf8proc_ssize_t got =
        utf8proc_decompose((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, c, CS_CHAR_MAX,
                           UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                               UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);

    if (got < 0 || got > CS_CHAR_MAX)
        return 0;
    for (utf8proc_ssize_t i = 0; i < got; i++)
        ret->at[i] = (uint32_t)c[i];
    return (size_t)got;
}

static void char_compose(struct cs_char *ret)
{
    utf8proc_int32_t c[CS_CHAR_MAX];

    for (size_t i = 0; i < ret->n; i++)
        c[i] = (utf8proc_int32_t)ret->at[i];
    utf8proc_ssize_t n =
        utf8proc_normalize_utf32(c, (utf8proc_ssize_t)ret->n, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    for (utf8proc_ssize_t i = 0; i < n; i++)
        ret->at[i] = (uint32_t)c[i];
    ret->n = n > 0 ? (size_t)n : ret->n;
}

/* The end of the character whose first code point ends at `end`; *ret_kept is the end of what counts. */
static size_t char_end(const char *text, size_t len, size_t end, size_t *ret_kept)
{
    uint32_t c;
    size_t n;

    *ret_kept = end;
    for (int marks = 0; (n = cs_utf8_next(text + end, len - end, &c)) > 0 && char_attaches(c);
         end += n)
        if (marks++ < CS_CHAR_MARKS)
            *ret_kept = end + n;
    return end;
}

void cs_char_next(const char *text, size_t len, size_t at, struct cs_char *ret)
{
    uint32_t c = 0;
    size_t kept, n, left = 0;

    ret->kind = CS_CHAR_END;
    ret->upper = false;
    ret->n = 0;
    ret->start = at;
    ret->end = len;
    if (at >= len || next_ascii(text, len, at, ret))
        return;
    ret->n = 1;
    ret->at[0] = 0xfffd;
    if (!(n = cs_utf8_next(text + at, len - at, &c))) {
        ret->kind = CS_CHAR_SIGN;
        ret->end = at + 1;
        return;
    }
    ret->end = char_end(text, len, at + n, &kept);
    uint32_t known = ret->end == at + n ? letter_known(c, &ret->kind) : 0;
    if (known) {
        ret->upper = known != c;
        ret->at[0] = known;
        return;
    }
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
    ret->upper = category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LT;
    size_t got = char_decompose(text + at, kept - at, ret);
    if (!got)
        got = char_decompose(text + at, n, ret);
    if (!got) { /* nothing of it is visible */
        ret->kind = CS_CHAR_SIGN;
        return;
    }
    for (size_t i = 1; i < got; i++)
        if (!mark_is_dropped(ret->at[0], ret->at[i]))
            ret->at[++left] = ret->at[i];
    ret->n = left + 1;
    char_compose(ret);
    ret->at[0] = digit_ascii(arabic_letter(ret->at[0]));
    /* ™ is no tm: what is a sign in the text stays one */
    ret->kind = c == 0x2120 || c == 0x2122 ? CS_CHAR_SIGN : char_kind(ret->at[0]);
}

size_t cs_char_cut(const char *text, size_t n, size_t max)
{
    size_t cut = cs_utf8_cut(text, n, max), at = cut;

    for (int i = 0; i < CS_CHAR_MARKS && at > 0 && at < n; i++) {
        uint32_t before = 0, behind = 0;
        size_t start = at - 1;

        while (start > 0 && ((unsigned char)text[start] & 0xc0) == 0x80)
            start--;
        (void)cs_utf8_next(text + start, at - start, &before);
        (void)cs_utf8_next(text + at, n - at, &behind);
        if (before != 0x200d && /* joins what stands on both sides */
            utf8proc_grapheme_break((utf8proc_int32_t)before, (utf8proc_int32_t)behind))
            return at;
        at = start;
    }
    return at > 0 && at < n ? cut : at ? at : cut;
}

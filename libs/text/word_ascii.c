/* Plain words of ASCII: runs of one kind of byte, and what follows decides whether they are words. */
#include "text/word_impl.h"

/* The kind of each byte: a small letter, a capital, a digit, a sign or white space; 0: it is not of ASCII. */
enum { LOWER = 'a', UPPER = 'A', DIGIT = '0' };
static const char kinds[256] = "................"
                               "................"
                               "................"
                               "0000000000......"
                               ".AAAAAAAAAAAAAAA"
                               "AAAAAAAAAAA....."
                               ".aaaaaaaaaaaaaaa"
                               "aaaaaaaaaaa.....";

static char kind_at(const char *text, size_t at)
{
    return kinds[(unsigned char)text[at]];
}

static bool is_alnum(char kind)
{
    return kind > '.';
}

/* Whether the byte at `at` is a character by itself: what is attached to one is never of ASCII. */
static bool ascii_alone(const char *text, size_t len, size_t at)
{
    return kind_at(text, at) && (at + 1 == len || kind_at(text, at + 1));
}

/* The first place from `at` on that is no sign or white space, or one that the next word may need. */
static size_t ascii_gap_end(const char *text, size_t len, size_t at)
{
    while (at < len && !is_alnum(kind_at(text, at)) && ascii_alone(text, len, at)) {
        if (text[at] == '.' && at + 1 < len && is_alnum(kind_at(text, at + 1)))
            break; /* .NET */
        at++;
    }
    return at;
}

/* Whether nothing at `at` joins, changes or follows the word that ends there. */
static bool ascii_word_ends(const char *text, size_t len, size_t at)
{
    if (at == len)
        return true;
    if (is_alnum(kind_at(text, at)) || !ascii_alone(text, len, at))
        return false;
    switch (text[at]) {
    case '.':
    case ',':
    case '-':
    case '@':
    case '&': return at + 1 == len || !is_alnum(kind_at(text, at + 1));
    case '_':
    case '\'':
    case '#':
    case '+': return false;
    default: return true;
    }
}

/*
 * The end of the word at `at`: digits, capitals, or a letter and small ones behind it. One that is longer than a word
 * may be ends within it.
 */
static size_t ascii_run_end(const char *text, size_t len, size_t at, bool *ret_capitals)
{
    size_t end = len - at > CS_WORD_MAX + 1 ? at + CS_WORD_MAX + 1 : len;
    char kind = kind_at(text, at);

    *ret_capitals = kind == UPPER && at + 1 < len && kind_at(text, at + 1) == UPPER;
    if (kind == UPPER && !*ret_capitals)
        kind = LOWER;
    for (at++; at < end && kind_at(text, at) == kind;)
        at++;
    return at;
}

size_t cs_words_ascii(const char *text, size_t len, size_t at,
                      void (*fn)(void *state, const struct cs_word *word), void *state)
{
    char lower[CS_WORD_MAX];
    struct cs_word word = {.kind = CS_WORD};

    for (;;) {
        size_t start = ascii_gap_end(text, len, at);

        if (start == len || !is_alnum(kind_at(text, start)))
            return start;
        at = ascii_run_end(text, len, start, &word.capitals);
        word.len = at - start;
        if (word.len > CS_WORD_MAX || !ascii_word_ends(text, len, at))
            return start;
        word.text = text + start;
        if (kind_at(text, start) == UPPER) {
            for (size_t i = 0; i < word.len; i++)
                lower[i] = (char)(text[start + i] | 0x20);
            word.text = lower;
        }
        word.start = start;
        word.end = at;
        fn(state, &word);
    }
}

/* A strict reading first; a copy is mended and read again only when that fails. */
#include "provider/json.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "pbjson/json.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char REPLACED[] = "\xef\xbf\xbd"; /* U+FFFD */

/* The four digits of \uXXXX, or -1. */
static int escape_unit(const char *at, const char *end)
{
    unsigned unit = 0;
    int used = 0;
    char digits[5];

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    memcpy(digits, at + 2, 4);
    digits[4] = '\0';
    return sscanf(digits, "%4x%n", &unit, &used) == 1 && used == 4 ? (int)unit : -1;
}

/* One escape of a string; the bytes read. */
static size_t mend_escape(struct cs_buf *out, const char *at, const char *end)
{
    int unit = escape_unit(at, end);
    size_t n = unit >= 0 ? 6 : end - at > 1 ? 2 : 1;

    if (unit < 0 && n == 2 && !strchr("\"\\/bfnrt", at[1])) { /* a backslash that escapes nothing */
        cs_buf_adds(out, "\\\\");
        return 1;
    }

    if (unit >= 0xd800 && unit < 0xdc00) {
        int low = escape_unit(at + 6, end);
        if (low >= 0xdc00 && low < 0xe000)
            n = 12;
        else
            unit = 0;
    } else if (unit >= 0xdc00 && unit < 0xe000) {
        unit = 0;
    }
    if (unit == 0)
        cs_buf_adds(out, REPLACED);
    else
        cs_buf_add(out, at, n);
    return n;
}

/* One character of a string; the bytes read. */
static size_t mend_character(struct cs_buf *out, const char *at, const char *end)
{
    size_t n = cs_utf8_next(at, (size_t)(end - at), NULL);

    if (n == 0)
        cs_buf_adds(out, REPLACED);
    else if ((unsigned char)*at < ' ')
        cs_buf_adds(out, " ");
    else
        cs_buf_add(out, at, n);
    return n ? n : 1;
}

/* A word that is no value of JSON; the bytes read, or 0 when there is none. */
static size_t mend_word(struct cs_buf *out, const char *at, const char *end)
{
    static const struct {
        const char *word, *value;
    } words[] = {{"NaN", "null"},       {"-NaN", "null"}, {"nan", "null"},   {"Infinity", "null"},
                 {"-Infinity", "null"}, {"inf", "null"},  {"-inf", "null"},  {"None", "null"},
                 {"undefined", "null"}, {"True", "true"}, {"False", "false"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        size_t n = strlen(words[i].word);
        if ((size_t)(end - at) >= n && memcmp(at, words[i].word, n) == 0) {
            cs_buf_adds(out, words[i].value);
            return n;
        }
    }
    return 0;
}

/* Whether a number is written as JSON has it, and no longer than 64 bits hold. */
static bool number_is_plain(const char *text, size_t n)
{
    enum { DIGITS = 18 };
    const char *digits = text + (*text == '-');

    if (digits == text + n)
        return true; /* a sign alone, which is no number either way */
    return n <= DIGITS && *text != '+' && *digits != '.' && text[n - 1] != '.' &&
           !(digits[0] == '0' && digits + 1 < text + n && digits[1] >= '0' && digits[1] <= '9') &&
           !memchr(text, 'e', n) && !memchr(text, 'E', n);
}

/* A number that JSON or a double does not have; the bytes read, or 0 when there is none at all. */
static size_t mend_number(struct cs_buf *out, const char *at, const char *end)
{
    size_t n = 0;
    char text[64];

    while (at + n < end && at[n] && strchr("+-.0123456789eE", at[n]))
        n++;
    if (n == 0 || !strchr("+-.0123456789", *at))
        return 0;
    if (number_is_plain(at, n)) {
        cs_buf_add(out, at, n);
        return n;
    }
    snprintf(text, sizeof(text), "%.*s", (int)(n < sizeof(text) ? n : 0), at);
    double value = n < sizeof(text) ? strtod(text, NULL) : NAN;
    if (isfinite(value))
        cs_buf_addf(out, "%.17g", value);
    else
        cs_buf_adds(out, "null");
    return n;
}

/* A comma in front of a bracket; the bytes read, or 0 when there is none. */
static size_t mend_comma(const char *at, const char *end)
{
    const char *next = at + 1;

    if (*at != ',')
        return 0;
    while (next < end && strchr(" \t\r\n", *next) && *next)
        next++;
    return next < end && (*next == '}' || *next == ']') ? 1 : 0;
}

static void json_mend(struct cs_buf *out, const char *text, size_t len)
{
    const char *at = text, *end = text + len;
    bool within = false; /* a string */

    while (at < end) {
        size_t n;
        if (within && *at == '\\') {
            n = mend_escape(out, at, end);
        } else if (within && *at != '"') {
            n = mend_character(out, at, end);
        } else if (*at == '"' ||
                   ((n = mend_word(out, at, end)) == 0 && (n = mend_number(out, at, end)) == 0 &&
                    (n = mend_comma(at, end)) == 0)) {
            within ^= *at == '"';
            cs_buf_add(out, *at ? at : " ", 1);
            n = 1;
        }
        at += n;
    }
}

json_t *cs_provider_json(const char *text, size_t len, size_t ceiling)
{
    CS_BUF_AUTO struct cs_buf mended = {0};
    bool exceeded;
    json_t *root = pbjson_load(text, len, 0, ceiling, NULL, &exceeded);

    if (root || exceeded || len == 0)
        return root;
    json_mend(&mended, text, len);
    return pbjson_load(mended.data, mended.len, 0, ceiling, NULL, NULL);
}

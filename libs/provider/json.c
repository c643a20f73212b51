/* A strict reading first; a copy is mended and read again only when that fails. */
#include "provider/json.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "pbjson/json.h"

#include <stdbool.h>
#include <stdio.h>
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
    static const char *const words[] = {"NaN", "-NaN", "Infinity", "-Infinity"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(end - at) >= n && memcmp(at, words[i], n) == 0) {
            cs_buf_adds(out, "null");
            return n;
        }
    }
    return 0;
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
        } else if (*at == '"' || (n = mend_word(out, at, end)) == 0) {
            within ^= *at == '"';
            cs_buf_add(out, at, 1);
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
    return pbjson_load(mended.data, mended.len, JSON_DECODE_INT_AS_REAL, ceiling, NULL, NULL);
}

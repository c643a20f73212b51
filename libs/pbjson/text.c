/* Pieces of JSON text: strings, numbers and whole free values. */
#include "pbjson/field.h"

#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_SIZE = 32 };

/* The character at s, of n readable bytes, that cannot stand as it is; how many bytes it had. */
static size_t write_special(struct cs_buf *b, const unsigned char *s, size_t n)
{
    static const char letters[] = {
        ['"'] = '"',  ['\\'] = '\\', ['\n'] = 'n', ['\t'] = 't',
        ['\r'] = 'r', ['\b'] = 'b',  ['\f'] = 'f',
    };
    size_t len = cs_utf8_next((const char *)s, n, NULL);

    if (len > 1)
        cs_buf_add(b, s, len);
    else if (len == 0)
        cs_buf_adds(b, "\xef\xbf\xbd"); /* U+FFFD: what came in was not UTF-8 */
    else if (*s < sizeof(letters) && letters[*s])
        cs_buf_addf(b, "\\%c", letters[*s]);
    else
        cs_buf_addf(b, "\\u%04x", *s);
    return len ? len : 1;
}

void pbjson_put_string(struct cs_buf *b, const char *text)
{
    const unsigned char *s = (const unsigned char *)text, *end = s + strlen(text);

    cs_buf_add(b, "\"", 1);
    while (s < end) {
        const unsigned char *plain = s;
        while (s < end && *s >= 0x20 && *s < 0x80 && *s != '"' && *s != '\\')
            s++;
        cs_buf_add(b, plain, (size_t)(s - plain));
        if (s < end)
            s += write_special(b, s, (size_t)(end - s));
    }
    cs_buf_add(b, "\"", 1);
}

/* A real number is told from a whole one by its point or exponent. */
static void put_number(struct cs_buf *b, const char *text)
{
    cs_buf_adds(b, text);
    if (!strpbrk(text, ".e"))
        cs_buf_adds(b, ".0");
}

void pbjson_put_real(struct cs_buf *b, double n)
{
    char text[NUMBER_SIZE];

    if (!isfinite(n)) {
        cs_buf_adds(b, "null");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, n);
        if (strtod(text, NULL) == n)
            break;
    }
    put_number(b, text);
}

void pbjson_put_single(struct cs_buf *b, float n)
{
    char text[NUMBER_SIZE];

    if (!isfinite(n)) {
        cs_buf_adds(b, "null");
        return;
    }
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, (double)n);
        if (strtof(text, NULL) == n)
            break;
    }
    put_number(b, text);
}

static void put_object(struct cs_buf *b, const json_t *v)
{
    const char *key, *before = "";
    json_t *value;

    cs_buf_add(b, "{", 1);
    json_object_foreach((json_t *)v, key, value) {
        cs_buf_adds(b, before);
        pbjson_put_string(b, key);
        cs_buf_add(b, ":", 1);
        pbjson_put_json(b, value);
        before = ",";
    }
    cs_buf_add(b, "}", 1);
}

static void put_array(struct cs_buf *b, const json_t *v)
{
    cs_buf_add(b, "[", 1);
    for (size_t i = 0; i < json_array_size(v); i++) {
        if (i)
            cs_buf_add(b, ",", 1);
        pbjson_put_json(b, json_array_get(v, i));
    }
    cs_buf_add(b, "]", 1);
}

void pbjson_put_json(struct cs_buf *b, const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT: put_object(b, v); break;
    case JSON_ARRAY: put_array(b, v); break;
    case JSON_STRING: pbjson_put_string(b, json_string_value(v)); break;
    case JSON_INTEGER: cs_buf_addf(b, "%" JSON_INTEGER_FORMAT, json_integer_value(v)); break;
    case JSON_REAL: pbjson_put_real(b, json_real_value(v)); break;
    case JSON_TRUE: cs_buf_adds(b, "true"); break;
    case JSON_FALSE: cs_buf_adds(b, "false"); break;
    case JSON_NULL: cs_buf_adds(b, "null"); break;
    }
}

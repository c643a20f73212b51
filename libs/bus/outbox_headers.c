/* Written by hand, because each value is a text; read in place, or by jansson when a text has escapes. */
#include "bus/outbox_headers.h"

#include "base/arena.h"
#include "pbjson/pbjson.h"

#include <jansson.h>
#include <string.h>

enum { PLAIN_MAX = 24 };

void cs_outbox_header_put(struct cs_buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    cs_buf_adds(out, out->len ? "," : "{");
    pbjson_put_string(out, name);
    cs_buf_adds(out, ":");
    pbjson_put_string(out, value);
}

void cs_outbox_headers_end(struct cs_buf *out)
{
    cs_buf_adds(out, out->len ? "}" : "{}");
}

/* Ends the text of JSON that begins at *at, and moves behind it; NULL: it is none, or not written plainly. */
static char *plain_text(char **at)
{
    char *text = *at + 1, *end = text;

    if (**at != '"')
        return NULL;
    while ((unsigned char)*end >= ' ' && (unsigned char)*end < 0x7f && *end != '"' && *end != '\\')
        end++;
    if (*end != '"')
        return NULL;
    *end = '\0';
    *at = end + 1;
    return text;
}

/* Names and values by turns, at most twice PLAIN_MAX; 0: it is not written plainly. The text is changed. */
static size_t plain_headers(char *text, char **ret)
{
    size_t n = 0;

    if (*text != '{')
        return 0;
    for (char mark = ','; mark == ','; n += 2) {
        text++;
        if (n == 2 * PLAIN_MAX || !(ret[n] = plain_text(&text)) || *text++ != ':' ||
            !(ret[n + 1] = plain_text(&text)))
            return 0;
        mark = *text;
    }
    return *text == '}' && text[1] == '\0' ? n : 0;
}

void cs_outbox_headers_each(struct cs_arena *a, const char *text,
                            void (*fn)(void *state, const char *name, const char *value),
                            void *state)
{
    char *plain[2 * PLAIN_MAX];
    size_t n = plain_headers(cs_strdup(a, text), plain);
    const char *name;
    json_t *value;

    for (size_t i = 0; i < n; i += 2)
        fn(state, plain[i], plain[i + 1]);
    if (n > 0)
        return;
    json_t *headers = json_loads(text, 0, NULL);
    json_object_foreach(headers, name, value) {
        if (json_is_string(value))
            fn(state, name, json_string_value(value));
    }
    json_decref(headers);
}

#pragma once
/*
 * json_span: where a JSON object or list in a run of bytes ends, by its brackets and strings alone.
 *
 * Bytes are fed one by one, split anywhere; nothing is kept of them and nothing is checked but the depth. Pure;
 * any thread.
 *
 *     struct cs_json_span s = {0};
 *     while (more && !cs_json_span_ends(&s, c)) ...
 */
#include <stdbool.h>
#include <stddef.h>

struct cs_json_span {
    unsigned depth;
    bool string, escaped;
};

/* Takes one byte; true when it closes what the first one opened. */
static inline bool cs_json_span_ends(struct cs_json_span *s, char c)
{
    if (s->string) {
        if (s->escaped)
            s->escaped = false;
        else if (c == '\\')
            s->escaped = true;
        else if (c == '"')
            s->string = false;
        return false;
    }
    s->string = c == '"';
    s->depth += c == '{' || c == '[';
    return (c == '}' || c == ']') && s->depth > 0 && --s->depth == 0;
}

/* Bytes of the object or list that a text begins with; 0: it begins with none, or it does not end. */
static inline size_t cs_json_span(const char *text, size_t len)
{
    struct cs_json_span s = {0};

    if (len == 0 || (*text != '{' && *text != '['))
        return 0;
    for (size_t i = 0; i < len; i++)
        if (cs_json_span_ends(&s, text[i]))
            return i + 1;
    return 0;
}

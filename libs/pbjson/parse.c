/* JSON text -> jansson value, with limits of our own and errors that name the value. */
#include "pbjson/field.h"
#include "pbjson/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_MAX = 400, /* characters; the shortest texts of what a double can hold are within */
    INT_DIGITS = 18,  /* of a whole number that surely has 64 bits */
};

/* An object or array that is open at some place of a text. */
struct json_level {
    bool object;
    size_t index;    /* of an array's element */
    const char *key; /* of an object's member, with its escapes; NULL before the first */
    size_t key_len;
};

struct json_place {
    struct json_level at[PBJSON_MAX_DEPTH + 1];
    int depth; /* one more than the maximum where the text nests too deep */
};

/* The string at s, of which the text up to end is readable; where it ends, its quote included. */
static const char *json_string_end(const char *s, const char *end)
{
    for (s++; s < end && *s != '"'; s++)
        s += *s == '\\';
    return s < end ? s + 1 : end;
}

static const char *json_number_end(const char *s, const char *end)
{
    while (s < end && memchr("+-.0123456789eE", *s, 15))
        s++;
    return s;
}

/* Whether a number that is not zero is read as zero, or is too long to tell. */
static bool json_number_vanishes(const char *s, size_t n)
{
    char text[NUMBER_MAX + 1];

    if (n > NUMBER_MAX)
        return true;
    memcpy(text, s, n);
    text[n] = '\0';
    char first = text[strcspn(text, "123456789eE")];
    return first >= '1' && first <= '9' && strtod(text, NULL) == 0;
}

/*
 * Walks over the text up to `end` and notes what is open there. Stops at a number that would vanish
 * and where the nesting is too deep; returns where it stopped.
 */
static const char *json_walk(const char *s, const char *end, struct json_place *ret)
{
    bool key = false; /* a string here is one */

    ret->depth = 0;
    ret->at[0] = (struct json_level){.object = false};
    while (s < end) {
        struct json_level *level = &ret->at[ret->depth > 0 ? ret->depth - 1 : 0];
        const char *from = s;
        switch (*s) {
        case '"':
            s = json_string_end(s, end);
            if (key && s < end)
                *level = (struct json_level){true, 0, from + 1, (size_t)(s - from) - 2};
            key = false;
            break;
        case '{':
        case '[':
            if (++ret->depth > PBJSON_MAX_DEPTH)
                return s;
            ret->at[ret->depth - 1] = (struct json_level){.object = *s == '{'};
            key = *s++ == '{';
            break;
        case '}':
        case ']':
            ret->depth -= ret->depth > 0;
            key = false;
            s++;
            break;
        case ',':
            level->index++;
            key = ret->depth > 0 && level->object;
            s++;
            break;
        default:
            if (*s != '-' && !isdigit((unsigned char)*s)) {
                s++;
                break;
            }
            s = json_number_end(s, end);
            if (json_number_vanishes(from, (size_t)(s - from)))
                return from;
        }
    }
    return s;
}

/* Notes what is wrong with the value that the walk ended in. */
static void json_fail(struct cs_arena *a, struct pbjson_errors *errors,
                      const struct pbjson_path *up, const struct json_place *place,
                      const char *message)
{
    struct pbjson_path path[PBJSON_MAX_DEPTH];

    for (int i = 0; i < place->depth && i < PBJSON_MAX_DEPTH; i++) {
        const struct json_level *level = &place->at[i];
        if (level->object && !level->key)
            continue;
        path[i] = (struct pbjson_path){.up = up, .index = level->index};
        if (level->object)
            path[i].name = cs_strndup(a, level->key, level->key_len);
        up = &path[i];
    }
    pbjson_fail(a, errors, up, "%s", message);
}

/* The message where jansson met a value that cannot be kept; NULL: the text is not JSON. */
static const char *json_unkept(const json_error_t *e)
{
    switch (json_error_code(e)) {
    case json_error_numeric_overflow:
        return strstr(e->text, "integer")
                   ? "The value must be a whole number of at most 64 bits."
                   : "The value must be a number up to 1.7976931348623157e308.";
    case json_error_null_character:
    case json_error_null_byte_in_key: return "The value must not contain the character U+0000.";
    case json_error_duplicate_key: return "The name must not be given twice.";
    default:
        return strncmp(e->text, "invalid Unicode", 15) == 0
                   ? "The value must not contain half of a surrogate pair."
                   : NULL;
    }
}

json_t *pbjson_parse_at(struct cs_arena *a, const struct pbjson_path *up, const char *text,
                        size_t len, struct pbjson_errors *errors)
{
    struct json_place place;
    json_error_t e;
    bool exceeded;
    const char *stop = json_walk(text, text + len, &place), *unkept;

    if (place.depth > PBJSON_MAX_DEPTH) {
        pbjson_fail(a, errors, up, "The JSON must not be nested deeper than %d levels.",
                    PBJSON_MAX_DEPTH);
        return NULL;
    }
    if (stop < text + len) {
        json_fail(a, errors, up, &place,
                  "The number is too close to 0 or has more than 400 characters.");
        return NULL;
    }
    json_t *v = pbjson_load(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, PBJSON_TREE_MAX,
                            &e, &exceeded);
    if (v)
        return v;
    if (exceeded) {
        a->exceeded = true;
        pbjson_fail(a, errors, up, "The JSON must have fewer values.");
        return NULL;
    }
    if ((unkept = json_unkept(&e))) {
        json_walk(text, text + e.position, &place);
        json_fail(a, errors, up, &place, unkept);
        return NULL;
    }
    /* jansson quotes what stands there, which may be a secret */
    const char *near = strstr(e.text, " near ");
    pbjson_fail(a, errors, up, "The text is not valid JSON: line %d, column %d: %.*s.", e.line,
                e.column, near ? (int)(near - e.text) : (int)strlen(e.text), e.text);
    return NULL;
}

json_t *pbjson_parse(struct cs_arena *a, const char *text, size_t len, struct pbjson_errors *errors)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'};
    size_t skip = len >= sizeof(mark) && memcmp(text, mark, sizeof(mark)) == 0 ? sizeof(mark) : 0;

    return pbjson_parse_at(a, NULL, text + skip, len - skip, errors);
}

/* The text with an exponent behind each whole number that may have more than 64 bits. */
static const char *json_widen(struct cs_arena *a, const char *text)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    const char *end = text + strlen(text), *s = text, *from;

    while (s < end) {
        from = s;
        if (*s == '"')
            s = json_string_end(s, end);
        else if (*s == '-' || isdigit((unsigned char)*s))
            s = json_number_end(s, end);
        else
            s++;
        cs_buf_add(&b, from, (size_t)(s - from));
        if (*from != '"' && s - from > INT_DIGITS && !memchr(from, '.', (size_t)(s - from)) &&
            !memchr(from, 'e', (size_t)(s - from)) && !memchr(from, 'E', (size_t)(s - from)))
            cs_buf_adds(&b, "e0");
    }
    return cs_strdup(a, b.data ? b.data : "");
}

json_t *pbjson_parse_stored(struct cs_arena *a, const char *text)
{
    struct pbjson_errors errors = {.n = 0};
    json_t *v = text ? pbjson_parse(a, text, strlen(text), &errors) : NULL;

    if (v || !text)
        return v;
    errors.n = 0;
    text = json_widen(a, text);
    return pbjson_parse(a, text, strlen(text), &errors);
}

char *pbjson_text_stored(struct cs_arena *a, const char *text)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    json_auto_t *v = pbjson_parse_stored(a, text);

    if (!v)
        return NULL;
    pbjson_put_json(&b, v);
    return cs_memdup(a, b.data, b.len + 1);
}

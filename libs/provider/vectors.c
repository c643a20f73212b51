/* A reply whose vectors are decoded without a JSON value for each number or string. */
#include "provider/vectors.h"

#include "base/buf.h"
#include "provider/half.h"
#include "provider/json.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <string.h>

enum { TREE_BYTES = 2 << 20 }; /* of the answer without its vectors */

static const char TOO_MUCH[] = "sent vectors that take too much memory";

/*
 * A JSON parser goes through a string character by character and makes a value of each number, and
 * nearly all of an answer is vectors. So long strings and long lists of numbers are taken out first
 * and numbers put in their place.
 */
enum { LONG = 256 };

struct texts {
    struct text {
        const char *at;
        size_t len;
        bool numbers; /* a list, without its brackets */
    } * items;
    size_t n, room;
};

static void texts_add(struct cs_arena *a, struct texts *t, struct text text)
{
    if (t->n == t->room) {
        size_t room = t->room ? 2 * t->room : 64;
        struct text *items = CS_NEW(a, struct text, room);
        if (t->n)
            memcpy(items, t->items, t->n * sizeof(*items));
        t->items = items;
        t->room = room;
    }
    t->items[t->n++] = text;
}

/* The quote that ends the string which begins at p, or NULL; plain: it has no escape. */
static const char *string_end(const char *p, const char *end, bool *ret_plain)
{
    for (*ret_plain = true; p < end && *p != '"'; p++) {
        if (*p == '\\') {
            *ret_plain = false;
            p++;
        }
    }
    return p < end ? p : NULL;
}

/* The bracket that ends the list of numbers which begins at p, or NULL when it holds other things. */
static const char *numbers_end(const char *p, const char *end)
{
    static const bool in_numbers[256] = {
        ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1,  ['4'] = 1,  ['5'] = 1, ['6'] = 1,
        ['7'] = 1, ['8'] = 1, ['9'] = 1, ['+'] = 1,  ['-'] = 1,  ['.'] = 1, [','] = 1,
        ['e'] = 1, ['E'] = 1, [' '] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1};

    while (p < end && in_numbers[(unsigned char)*p])
        p++;
    return p < end && *p == ']' ? p : NULL;
}

/* The body, with the n-th long string or list replaced by the number n. */
static void texts_take(struct cs_arena *a, const char *body, size_t len, struct texts *texts,
                       struct cs_buf *rest)
{
    const char *at = body, *end = body + len, *p = body, *close;

    while (p && p < end) {
        bool string = *p == '"', plain = true;
        if (!string && *p != '[') {
            p++;
            continue;
        }
        close = string ? string_end(p + 1, end, &plain) : numbers_end(p + 1, end);
        if (close && plain && close - p > LONG) {
            cs_buf_add(rest, at, (size_t)(p - at));
            cs_buf_addf(rest, "%zu", texts->n);
            texts_add(a, texts, (struct text){p + 1, (size_t)(close - p - 1), !string});
            at = close + 1;
        } else if (string && !close) {
            break;
        }
        p = string || at > p ? close + 1 : p + 1;
    }
    cs_buf_add(rest, at, (size_t)(end - at));
}

/* little-endian floats as base64; the number of them, or 0 */
static size_t floats_from_base64(struct cs_arena *a, const char *s, size_t len, float **ret)
{
    size_t pad = 0;
    unsigned char *bytes;

    if (len == 0 || len % 4 || len > (size_t)CS_DIMENSIONS_MAX * 8 ||
        !(bytes = cs_try_alloc(a, len / 4 * 3 + 3)))
        return 0;
    while (pad < 2 && s[len - 1 - pad] == '=')
        pad++;
    int got = EVP_DecodeBlock(bytes, (const unsigned char *)s, (int)len);
    if (got < 0 || ((size_t)got - pad) % 4)
        return 0;
    size_t n = ((size_t)got - pad) / 4;
    if (!(*ret = cs_try_alloc(a, (n ? n : 1) * sizeof(float))))
        return 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned char *p = bytes + 4 * i; /* little-endian */
        uint32_t u =
            (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        memcpy(&(*ret)[i], &u, sizeof(u));
    }
    return n;
}

static size_t floats_from_array(struct cs_arena *a, const json_t *array, float **ret)
{
    size_t n = json_array_size(array);

    if (!(*ret = cs_try_alloc(a, (n ? n : 1) * sizeof(float))))
        return 0;
    for (size_t i = 0; i < n; i++) {
        const json_t *x = json_array_get(array, i);
        if (!json_is_number(x))
            return 0;
        (*ret)[i] = (float)json_number_value(x);
    }
    return n;
}

/* A list of numbers as text, which a bracket ends; as many as a vector may have, and one more. */
static size_t floats_from_numbers(struct cs_arena *a, const char *s, size_t len, float **ret)
{
    const char *end = s + len;
    size_t n = 0;

    if (!(*ret = cs_try_alloc(a, (CS_DIMENSIONS_MAX + 1) * sizeof(float))))
        return 0;
    while (n <= CS_DIMENSIONS_MAX) {
        char *behind;
        float f = strtof(s, &behind);
        if (behind == s)
            return 0;
        (*ret)[n++] = f;
        s = behind + strspn(behind, " \t\r\n");
        if (s == end)
            return n;
        if (*s++ != ',')
            return 0;
    }
    return n;
}

/* Numbers as they are, a short string of base64, or the number of what was taken out. */
static size_t floats_of(struct cs_arena *a, const json_t *e, const struct texts *texts, float **ret)
{
    if (json_is_string(e))
        return floats_from_base64(a, json_string_value(e), json_string_length(e), ret);
    if (!json_is_integer(e))
        return floats_from_array(a, e, ret);
    if (json_integer_value(e) < 0 || (size_t)json_integer_value(e) >= texts->n)
        return 0;
    const struct text *t = &texts->items[json_integer_value(e)];
    return t->numbers ? floats_from_numbers(a, t->at, t->len, ret)
                      : floats_from_base64(a, t->at, t->len, ret);
}

static const char *vectors_take_one(struct cs_arena *a, const json_t *e, size_t i,
                                    const struct texts *texts, bool *seen, struct cs_vectors *v)
{
    float *floats = NULL;
    size_t n = floats_of(a, e, texts, &floats);

    if (a->exceeded)
        return TOO_MUCH;
    if (n == 0 || n > CS_DIMENSIONS_MAX)
        return "sent a vector that cannot be read";
    if (i >= v->n || seen[i])
        return "numbered its vectors wrongly";
    if (!v->halves) {
        v->dimensions = n;
        if (!(v->halves = cs_try_alloc(a, v->n * n * 2)))
            return TOO_MUCH;
    }
    if (n != v->dimensions)
        return cs_printf(a, "sent vectors of %zu and of %zu dimensions", v->dimensions, n);
    seen[i] = true;
    return cs_half_pack(floats, n, v->halves + i * n * 2) ? NULL
                                                          : "sent a vector without direction";
}

struct cs_vectors_reply {
    struct texts texts;
    json_t *root;
};

struct cs_vectors_reply *cs_vectors_reply_open(struct cs_arena *a, const char *body, size_t len)
{
    struct cs_vectors_reply *r = CS_NEW(a, struct cs_vectors_reply, 1);
    CS_BUF_AUTO struct cs_buf rest = {0};

    texts_take(a, body, len, &r->texts, &rest);
    r->root = cs_provider_json(rest.data, rest.len, TREE_BYTES);
    return r->root ? r : NULL;
}

const json_t *cs_vectors_reply_root(const struct cs_vectors_reply *r)
{
    return r->root;
}

void cs_vectors_reply_close(struct cs_vectors_reply *r)
{
    if (r)
        json_decref(r->root);
}

const char *cs_vectors_take(struct cs_arena *a, const struct cs_vectors_reply *r,
                            const json_t *list, cs_vector_fn *vector, struct cs_vectors *ret)
{
    bool *seen = CS_NEW(a, bool, ret->n);

    if (json_array_size(list) != ret->n)
        return cs_printf(a, "sent %zu vectors for %zu texts", json_array_size(list), ret->n);
    for (size_t at = 0; at < ret->n; at++) {
        size_t i = at;
        const json_t *e = vector(json_array_get(list, at), &i);
        const char *wrong = vectors_take_one(a, e, i, &r->texts, seen, ret);
        if (wrong)
            return wrong;
    }
    return NULL;
}

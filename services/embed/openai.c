/*
 * The request as JSON, and a reply whose long base64 strings are decoded without a JSON value
 * each.
 */
#include "embed/openai.h"

#include "base/buf.h"
#include "embed/half.h"
#include "pbjson/json.h"
#include "provider/tokens.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <string.h>

enum { DIMENSIONS_MAX = 4096 };

char *openai_request(struct cs_arena *a, const struct embedder *e, char *const *texts, size_t n,
                     size_t *ret_len)
{
    json_t *input = json_array();
    json_t *o = json_pack("{s:s, s:s, s:o}", "model", e->model, "encoding_format", "base64",
                          "input", input);

    for (size_t i = 0; i < n; i++)
        json_array_append_new(input, json_string(texts[i]));
    if (e->dimensions)
        json_object_set_new(o, "dimensions", json_integer(e->dimensions));
    char *text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    *ret_len = strlen(text);
    char *copy = cs_memdup(a, text, *ret_len + 1);
    free(text);
    return copy;
}

/* ---- the reply ---- */

static float float_le(const unsigned char *p)
{
    uint32_t u = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    float f;

    memcpy(&f, &u, sizeof(f));
    return f;
}

/*
 * A JSON parser goes through a string character by character, and nearly all of an answer is
 * base64. So the long strings are taken out first and numbers put in their place.
 */
enum { LONG = 256 };

struct texts {
    struct text {
        const char *at;
        size_t len;
    } * items;
    size_t n, room;
};

static void keep_text(struct cs_arena *a, struct texts *t, const char *at, size_t len)
{
    if (t->n == t->room) {
        size_t room = t->room ? 2 * t->room : 64;
        struct text *items = CS_NEW(a, struct text, room);
        if (t->n)
            memcpy(items, t->items, t->n * sizeof(*items));
        t->items = items;
        t->room = room;
    }
    t->items[t->n++] = (struct text){at, len};
}

/* the quote that ends the string which begins at p, or NULL */
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

/* the body, with the n-th long string replaced by the number n */
static void take_texts(struct cs_arena *a, const char *body, size_t len, struct texts *texts,
                       struct cs_buf *rest)
{
    const char *at = body, *end = body + len, *open, *close;
    bool plain;

    while ((open = memchr(at, '"', (size_t)(end - at))) &&
           (close = string_end(open + 1, end, &plain))) {
        bool kept = plain && close - open > LONG;
        cs_buf_add(rest, at, (size_t)((kept ? open : close + 1) - at));
        if (kept) {
            cs_buf_addf(rest, "%zu", texts->n);
            keep_text(a, texts, open + 1, (size_t)(close - open - 1));
        }
        at = close + 1;
    }
    cs_buf_add(rest, at, (size_t)(end - at));
}

/* little-endian floats as base64; the number of them, or 0 */
static size_t from_base64(struct cs_arena *a, const char *s, size_t len, float **ret)
{
    size_t pad = 0;
    unsigned char *bytes = cs_alloc(a, len / 4 * 3 + 3);

    if (len == 0 || len % 4 || len > (size_t)DIMENSIONS_MAX * 8)
        return 0;
    while (pad < 2 && s[len - 1 - pad] == '=')
        pad++;
    int got = EVP_DecodeBlock(bytes, (const unsigned char *)s, (int)len);
    if (got < 0 || ((size_t)got - pad) % 4)
        return 0;
    size_t n = ((size_t)got - pad) / 4;
    *ret = CS_NEW(a, float, n ? n : 1);
    for (size_t i = 0; i < n; i++)
        (*ret)[i] = float_le(bytes + 4 * i);
    return n;
}

static size_t from_array(struct cs_arena *a, const json_t *array, float **ret)
{
    size_t n = json_array_size(array);

    *ret = CS_NEW(a, float, n ? n : 1);
    for (size_t i = 0; i < n; i++) {
        const json_t *x = json_array_get(array, i);
        if (!json_is_number(x))
            return 0;
        (*ret)[i] = (float)json_number_value(x);
    }
    return n;
}

/* numbers as they are, a short string of base64, or the number of a long one */
static size_t floats_of(struct cs_arena *a, const json_t *e, const struct texts *texts, float **ret)
{
    if (json_is_string(e))
        return from_base64(a, json_string_value(e), json_string_length(e), ret);
    if (!json_is_integer(e))
        return from_array(a, e, ret);
    if (json_integer_value(e) < 0 || (size_t)json_integer_value(e) >= texts->n)
        return 0;
    const struct text *t = &texts->items[json_integer_value(e)];
    return from_base64(a, t->at, t->len, ret);
}

static const char *take(struct cs_arena *a, const json_t *item, size_t at,
                        const struct texts *texts, bool *seen, struct vectors *v)
{
    const json_t *index = json_object_get(item, "index"), *e = json_object_get(item, "embedding");
    size_t i = json_is_integer(index) ? (size_t)json_integer_value(index) : at;
    float *floats = NULL;
    size_t n = floats_of(a, e, texts, &floats);

    if (n == 0 || n > DIMENSIONS_MAX)
        return "sent a vector that cannot be read";
    if (i >= v->n || seen[i])
        return "numbered its vectors wrongly";
    if (!v->halves) {
        v->dimensions = n;
        v->halves = cs_alloc(a, v->n * n * 2);
    }
    if (n != v->dimensions)
        return cs_printf(a, "sent vectors of %zu and of %zu dimensions", v->dimensions, n);
    seen[i] = true;
    return half_pack(floats, n, v->halves + i * n * 2) ? NULL : "sent a vector without direction";
}

static const char *take_all(struct cs_arena *a, const json_t *root, const struct texts *texts,
                            struct vectors *v)
{
    const json_t *data = json_object_get(root, "data");
    bool *seen = CS_NEW(a, bool, v->n);

    if (!json_is_array(data))
        return "sent an answer without data";
    if (json_array_size(data) != v->n)
        return cs_printf(a, "sent %zu vectors for %zu texts", json_array_size(data), v->n);
    for (size_t i = 0; i < v->n; i++) {
        const char *wrong = take(a, json_array_get(data, i), i, texts, seen, v);
        if (wrong)
            return wrong;
    }
    if (!cs_tokens_read(json_object_get(root, "usage"), "prompt_tokens", &v->tokens))
        v->tokens = 0;
    return NULL;
}

const char *openai_reply(struct cs_arena *a, const char *body, size_t len, size_t n,
                         struct vectors *ret)
{
    CS_BUF_AUTO struct cs_buf rest = {0};
    struct texts texts = {0};
    const char *wrong = "sent no JSON";

    take_texts(a, body, len, &texts, &rest);
    json_t *root = pbjson_load(rest.data, rest.len, 0, PBJSON_TREE_MAX, NULL, NULL);
    *ret = (struct vectors){.n = n};
    if (root)
        wrong = take_all(a, root, &texts, ret);
    json_decref(root);
    return wrong;
}

#include "embed/openai.h"

#include "embed/half.h"

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

/* little-endian floats as base64; the number of them, or 0 */
static size_t from_base64(struct cs_arena *a, const json_t *text, float **ret)
{
    size_t len = json_string_length(text), pad = 0;
    const char *s = json_string_value(text);
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

static const char *take(struct cs_arena *a, const json_t *item, size_t at, bool *seen,
                        struct vectors *v)
{
    const json_t *index = json_object_get(item, "index"), *e = json_object_get(item, "embedding");
    size_t i = json_is_integer(index) ? (size_t)json_integer_value(index) : at;
    float *floats = NULL;
    size_t n = json_is_string(e) ? from_base64(a, e, &floats) : from_array(a, e, &floats);

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

static const char *take_all(struct cs_arena *a, const json_t *root, struct vectors *v)
{
    const json_t *data = json_object_get(root, "data");
    bool *seen = CS_NEW(a, bool, v->n);

    if (!json_is_array(data))
        return "sent an answer without data";
    if (json_array_size(data) != v->n)
        return cs_printf(a, "sent %zu vectors for %zu texts", json_array_size(data), v->n);
    for (size_t i = 0; i < v->n; i++) {
        const char *wrong = take(a, json_array_get(data, i), i, seen, v);
        if (wrong)
            return wrong;
    }
    const json_t *usage = json_object_get(root, "usage");
    v->tokens = json_integer_value(json_object_get(usage, "prompt_tokens"));
    return NULL;
}

const char *openai_reply(struct cs_arena *a, const char *body, size_t len, size_t n,
                         struct vectors *ret)
{
    json_t *root = json_loadb(body, len, 0, NULL);
    const char *wrong = "sent no JSON";

    *ret = (struct vectors){.n = n};
    if (root)
        wrong = take_all(a, root, ret);
    json_decref(root);
    return wrong;
}

/* ---- errors ---- */

/* error.code, or error.type, when it is a plain word; "" otherwise. `error` may be a string. */
static void error_word(const char *body, size_t len, char out[64])
{
    json_t *root = json_loadb(body, len, 0, NULL);
    const json_t *error = json_object_get(root, "error");
    const char *word = json_string_value(json_object_get(error, "code"));

    if (!word)
        word = json_string_value(json_object_get(error, "type"));
    size_t n = word ? strspn(word, "abcdefghijklmnopqrstuvwxyz_") : 0;
    out[0] = '\0';
    if (n > 0 && n < 64 && word[n] == '\0')
        memcpy(out, word, n + 1);
    json_decref(root);
}

enum openai_verdict openai_verdict(int status, const char *body, size_t len)
{
    char word[64];

    error_word(body, len, word);
    if (status == 429)
        return strcmp(word, "insufficient_quota") == 0 ? OPENAI_NEVER : OPENAI_LIMITED;
    if (status == 408 || status == 409 || status == 425 || status >= 500)
        return OPENAI_AGAIN;
    return OPENAI_NEVER;
}

const char *openai_problem(struct cs_arena *a, const struct embedder *e, int status,
                           const char *body, size_t len)
{
    char word[64];

    error_word(body, len, word);
    const char *what = status == 401 || status == 403 ? "refused the key"
                       : status == 404 ? "does not know the model, or its base_url is wrong"
                       : status == 402 || strcmp(word, "insufficient_quota") == 0
                           ? "says that the key's quota is used up"
                       : status == 429 ? "is asked too often"
                       : status >= 500 ? "failed"
                                       : "refused the request";
    return cs_printf(a, "%s %s (%d%s%s)", e->provider, what, status, *word ? ", " : "", word);
}

/* What all formats share: the address, the JSON of the request, and the reading of an answer. */
#include "provider/embed_wire.h"

#include <stdlib.h>
#include <string.h>

const char *cs_embed_url(struct cs_arena *a, const struct cs_embed_wire *w, const char *base_url,
                         const char *model)
{
    size_t n = strlen(base_url), tail = w->tail ? strlen(w->tail) : 0;

    if (tail && n > tail && strcmp(base_url + n - tail, w->tail) == 0)
        n -= tail;
    return cs_printf(a, "%.*s%s", (int)n, base_url, w->path(a, model));
}

const char *cs_embed_body(struct cs_arena *a, const struct cs_embed_wire *w,
                          const struct cs_embed_request *q, size_t *ret_len)
{
    json_t *o = w->request(a, q);
    char *text = json_dumps(o, JSON_COMPACT);

    json_decref(o);
    *ret_len = strlen(text);
    const char *copy = cs_memdup(a, text, *ret_len + 1);
    free(text);
    return copy;
}

size_t cs_embed_reply_max(int dimensions, size_t n)
{
    enum { DIGITS = 24, SLACK = 64 * 1024, PER_TEXT = 256 };

    return n * ((dimensions ? (size_t)dimensions : CS_DIMENSIONS_MAX) * DIGITS + PER_TEXT) + SLACK;
}

/* The list of vectors in an answer of another format. */
static const json_t *embed_list(const json_t *root)
{
    static const char *const names[] = {"data", "embeddings", "vectors", "results", "output"};
    const json_t *list = json_is_array(root) ? root : NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !json_is_array(list); i++) {
        list = json_object_get(root, names[i]);
        if (json_is_object(list)) /* by their types, or one level deeper */
            list = json_object_get(list, json_object_get(list, "float") ? "float" : "embeddings");
    }
    return list;
}

static const json_t *embed_vector(const json_t *item, size_t *ret_i)
{
    static const char *const names[] = {"embedding", "values", "vector"};
    const json_t *index = json_object_get(item, "index"), *vector = NULL;

    if (json_is_integer(index))
        *ret_i = (size_t)json_integer_value(index);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !vector; i++)
        vector = json_object_get(item, names[i]);
    if (json_is_array(vector) && json_array_size(vector) == 1) /* of one text, as a list */
        vector = json_array_get(vector, 0);
    return json_is_object(item) ? vector : item;
}

const char *cs_embed_reply(struct cs_arena *a, const struct cs_embed_wire *w, const char *body,
                           size_t len, size_t n, struct cs_vectors *ret)
{
    struct cs_vectors_reply *r = cs_vectors_reply_open(a, body, len);
    const char *wrong = "sent no JSON";

    *ret = (struct cs_vectors){.n = n};
    if (r) {
        const json_t *list = w->list(cs_vectors_reply_root(r), ret);
        bool own = json_is_array(list);
        if (!own)
            list = embed_list(cs_vectors_reply_root(r));
        wrong = json_is_array(list)
                    ? cs_vectors_take(a, r, list, own ? w->vector : embed_vector, ret)
                    : "sent an answer without vectors";
    }
    cs_vectors_reply_close(r);
    return wrong;
}

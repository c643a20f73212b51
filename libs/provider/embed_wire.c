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

const char *cs_embed_reply(struct cs_arena *a, const struct cs_embed_wire *w, const char *body,
                           size_t len, size_t n, struct cs_vectors *ret)
{
    struct cs_vectors_reply *r = cs_vectors_reply_open(a, body, len);
    const char *wrong = "sent no JSON";

    *ret = (struct cs_vectors){.n = n};
    if (r) {
        const json_t *list = w->list(cs_vectors_reply_root(r), ret);
        wrong = json_is_array(list) ? cs_vectors_take(a, r, list, w->vector, ret)
                                    : "sent an answer without vectors";
    }
    cs_vectors_reply_close(r);
    return wrong;
}

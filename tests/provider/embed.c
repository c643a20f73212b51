/* The vectors are made at once and sent when the wait is over. */
#include "embed.h"
#include "answer.h"
#include "embed_wire.h"
#include "reply.h"
#include "vector.h"

#include <string.h>

static void embed_send(h2o_timeout_entry_t *t)
{
    struct answer *a = answer_of_timer(t);

    if (a->gone)
        return;
    if (a->b.cut >= 0)
        reply_hang_up(a->req);
    reply_text(a->req, 200, "application/json", a->out.data, a->out.len);
}

/* The size that a request wants; Gemini's is in each of its parts. */
static int embed_dimensions(const struct embed_wire *embed, json_t *body, const struct behaviour *b)
{
    json_t *first = json_array_get(json_object_get(body, "requests"), 0);
    int dims = (int)json_integer_value(json_object_get(first ? first : body, embed->size));

    return dims > 0 ? dims : b->dims;
}

void embed_serve(const struct wire *wire, h2o_req_t *req, json_t *body, const char *model,
                 const struct behaviour *b)
{
    json_t *input = wire->embed->texts(body), *vectors = json_array(), *text;
    const char *encoding = json_string_value(json_object_get(body, "encoding_format"));
    bool base64 = encoding && strcmp(encoding, "base64") == 0, empty = false;
    int dims = embed_dimensions(wire->embed, body, b), tokens = 0;
    size_t i;

    json_array_foreach(input, i, text) {
        const char *s = json_string_value(text);
        if ((empty = !s || !*s))
            break;
        tokens += (int)strlen(s) / 4;
        json_array_append_new(vectors, vector_of(s, dims, base64));
    }
    if (empty) {
        wire_refuse(
            wire, req,
            (struct refusal){400, "invalid_request_error", "input must not be empty", NULL});
    } else {
        struct answer *a = answer_new(req, b);
        answer_add(a, "", wire->embed->answer(model, vectors, tokens), "");
        answer_later(a, b->first_ms, embed_send);
    }
    json_decref(input);
    json_decref(vectors);
}

/* The cases are read once, when the first of them is asked for. */
#include "play.h"
#include "chat_wire.h"
#include "reply.h"

#include "../suite.h"

#include <string.h>

static const struct suite_case *play_find(const char *name)
{
    static struct cs_arena arena;
    static struct suite_case *cases;
    static size_t n;

    if (!cases) {
        cs_arena_init(&arena);
        cases = suite_load(&arena, "completion", &n);
    }
    for (size_t i = 0; i < n; i++)
        if (strcmp(cases[i].name, name) == 0)
            return &cases[i];
    return NULL;
}

bool play_serve(const struct wire *wire, h2o_req_t *req, const char *model)
{
    static const char key[] = "?play=";
    const char *name = strstr(model, key);
    const struct suite_case *c = name ? play_find(name + strlen(key)) : NULL;
    const struct suite_part *stream = c ? suite_part(c, "stream") : NULL;
    const struct suite_part *part = stream || !c ? stream : suite_part(c, "body");

    if (!name)
        return false;
    if (!part)
        wire_refuse(wire, req,
                    (struct refusal){404, "invalid_request_error", "no such case", NULL});
    else
        reply_text(req, 200, stream && wire->chat ? wire->chat->stream_type : "application/json",
                   part->text, part->len);
    return true;
}

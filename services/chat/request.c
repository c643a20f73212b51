#include "chat/request.h"

#include "chat/fault.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *messages(const struct prompt *p)
{
    json_t *list = json_array();

    for (size_t i = 0; i < p->n; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "role", p->messages[i].role, "content",
                                              p->messages[i].text));
    return list;
}

/* compatible servers often know only the older name */
static const char *max_name(const struct request *r)
{
    bool newer = strcmp(r->provider, "openai") == 0;

    if (r->without & ABOUT_MAX_NAME)
        newer = !newer;
    return newer ? "max_completion_tokens" : "max_tokens";
}

static void set_sampling(json_t *o, const struct request *r)
{
    const BotConfiguration *c = r->configuration;

    if (c->has_temperature && !(r->without & ABOUT_TEMPERATURE))
        json_object_set_new(o, "temperature", json_real(c->temperature));
    if (c->has_max_output_tokens && !(r->without & ABOUT_MAX_TOKENS))
        json_object_set_new(o, max_name(r), json_integer(c->max_output_tokens));
}

char *request_body(struct cs_arena *a, const struct request *r, size_t *ret_len)
{
    json_t *o = json_pack("{s:s, s:o, s:b}", "model", r->model, "messages", messages(r->prompt),
                          "stream", r->stream);
    char *text, *copy;

    set_sampling(o, r);
    if (r->stream && !(r->without & ABOUT_STREAM_OPTIONS))
        json_object_set_new(o, "stream_options", json_pack("{s:b}", "include_usage", 1));
    text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(o);
    if (!text)
        abort();
    *ret_len = strlen(text);
    copy = cs_memdup(a, text, *ret_len + 1);
    free(text);
    return copy;
}

/* The JSON body of a chat completion, written directly into a buffer. */
#include "chat/request.h"

#include "base/buf.h"
#include "chat/learned.h"
#include "pbjson/pbjson.h"

#include <string.h>

static void put_member(struct cs_buf *b, const char *name, const char *text)
{
    cs_buf_addf(b, "\"%s\":", name);
    pbjson_put_string(b, text);
}

/* Most of a request is text, so it is written at once rather than built and then written. */
static void put_messages(struct cs_buf *b, const struct prompt *p)
{
    cs_buf_adds(b, ",\"messages\":[");
    for (size_t i = 0; i < p->n; i++) {
        cs_buf_adds(b, i ? ",{" : "{");
        put_member(b, "role", p->messages[i].role);
        cs_buf_adds(b, ",");
        put_member(b, "content", p->messages[i].text);
        cs_buf_adds(b, "}");
    }
    cs_buf_adds(b, "]");
}

static void put_sampling(struct cs_buf *b, const struct request *r)
{
    const BotConfiguration *c = r->configuration;
    bool newer = strcmp(r->provider, "openai") == 0; /* others often know only the older name */

    if (r->without & LEARNED_MAX_NAME)
        newer = !newer;
    if (c->has_temperature && !(r->without & LEARNED_TEMPERATURE))
        cs_buf_addf(b, ",\"temperature\":%.6g", c->temperature);
    if (c->has_max_output_tokens && !(r->without & LEARNED_MAX_TOKENS))
        cs_buf_addf(b, ",\"%s\":%d", newer ? "max_completion_tokens" : "max_tokens",
                    c->max_output_tokens);
}

char *request_body(struct cs_arena *a, const struct request *r, size_t *ret_len)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    cs_buf_adds(&b, "{");
    put_member(&b, "model", r->model);
    put_messages(&b, r->prompt);
    cs_buf_addf(&b, ",\"stream\":%s", r->stream ? "true" : "false");
    put_sampling(&b, r);
    if (r->stream && !(r->without & LEARNED_STREAM_OPTIONS))
        cs_buf_adds(&b, ",\"stream_options\":{\"include_usage\":true}");
    cs_buf_adds(&b, "}");
    *ret_len = b.len;
    return cs_memdup(a, b.data, b.len + 1);
}

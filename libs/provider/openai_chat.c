/* Chat completions, as OpenAI defined them and most servers speak them. */
#include "provider/chat_wire.h"
#include "provider/tokens.h"

#include <string.h>

static const char *openai_path(struct cs_arena *a, const struct cs_chat_request *q)
{
    (void)a;
    (void)q;
    return "/chat/completions";
}

static void openai_put_sampling(struct cs_buf *b, const struct cs_chat_request *q)
{
    bool newer = strcmp(q->provider, "openai") == 0; /* others often know only the older name */

    if (q->without & CS_CHAT_MAX_NAME)
        newer = !newer;
    if (q->has_temperature && !(q->without & CS_CHAT_TEMPERATURE))
        cs_buf_addf(b, ",\"temperature\":%.6g", q->temperature);
    if (q->has_max_tokens && !(q->without & CS_CHAT_MAX_TOKENS))
        cs_buf_addf(b, ",\"%s\":%d", newer ? "max_completion_tokens" : "max_tokens", q->max_tokens);
}

/* Most of a request is text, so it is written at once rather than built and then written. */
static void openai_request(struct cs_buf *b, const struct cs_chat_request *q)
{
    cs_buf_adds(b, "{");
    cs_chat_put(b, "model", q->model);
    cs_buf_adds(b, ",\"messages\":[");
    for (size_t i = 0; i < q->n; i++) {
        if (i)
            cs_buf_adds(b, ",");
        cs_chat_put_message(b, &q->messages[i]);
    }
    cs_buf_addf(b, "],\"stream\":%s", q->stream ? "true" : "false");
    openai_put_sampling(b, q);
    if (q->stream && !(q->without & CS_CHAT_STREAM_OPTIONS))
        cs_buf_adds(b, ",\"stream_options\":{\"include_usage\":true}");
    cs_buf_adds(b, "}");
}

static void openai_take_choice(struct cs_completion *c, const json_t *choice)
{
    static const struct cs_finish_word words[] = {
        {"length", CS_FINISH_LENGTH}, {"content_filter", CS_FINISH_FILTER}, {0}};
    const json_t *text = json_object_get(choice, "delta");

    if (!json_is_object(text))
        text = json_object_get(choice, "message");
    cs_completion_say(c, json_object_get(text, "content"));
    c->refused |= cs_completion_say(c, json_object_get(text, "refusal"));
    cs_completion_finish(c, json_object_get(choice, "finish_reason"), words);
}

static void openai_take(struct cs_completion *c, const json_t *root)
{
    const json_t *usage = json_object_get(root, "usage");

    cs_completion_count(c, usage, "prompt_tokens", "completion_tokens");
    openai_take_choice(c, json_array_get(json_object_get(root, "choices"), 0));
}

const struct cs_chat_wire cs_openai_chat = {
    .name = "openai",
    .key = "Authorization: Bearer ",
    .path = openai_path,
    .models = "/models",
    .list = "data",
    .list_name = "id",
    .request = openai_request,
    .take = openai_take,
};

/* Chat completions, as OpenAI defined them and most servers speak them. */
#include "provider/provider.h"

#include <string.h>

static const char *openai_path(struct cs_arena *a, const struct cs_chat_request *q)
{
    (void)a;
    (void)q;
    return "/chat/completions";
}

static void openai_put_sampling(struct cs_buf *b, const struct cs_chat_request *q)
{
    const struct cs_provider *known = cs_provider_find(q->provider);
    bool newer = known && known->newer_max; /* others often know only the older name */

    if (q->without & CS_CHAT_MAX_NAME)
        newer = !newer;
    if (q->has_temperature && !(q->without & CS_CHAT_TEMPERATURE))
        cs_buf_addf(b, ",\"temperature\":%.6g", q->temperature);
    if (q->has_max_tokens && !(q->without & CS_CHAT_MAX_TOKENS))
        cs_buf_addf(b, ",\"%s\":%d", newer ? "max_completion_tokens" : "max_tokens", q->max_tokens);
}

static void openai_put_result(struct cs_buf *b, const struct cs_chat_message *m)
{
    cs_buf_adds(b, "{\"role\":\"tool\",");
    cs_chat_put(b, "tool_call_id", m->call->id);
    cs_buf_adds(b, ",");
    cs_chat_put(b, "content", m->text);
    cs_buf_adds(b, "}");
}

static void openai_put_calls(struct cs_buf *b, const struct cs_chat_message *m)
{
    cs_buf_adds(b, "{\"role\":\"assistant\",");
    if (*m->text)
        cs_chat_put(b, "content", m->text);
    else
        cs_buf_adds(b, "\"content\":null");
    cs_buf_adds(b, ",\"tool_calls\":[");
    for (size_t i = 0; i < m->n_calls; i++) {
        cs_buf_adds(b, i ? ",{" : "{");
        cs_chat_put(b, "id", m->calls[i].id);
        cs_buf_adds(b, ",\"type\":\"function\",\"function\":{");
        cs_chat_put(b, "name", m->calls[i].name);
        cs_buf_adds(b, ",");
        cs_chat_put(b, "arguments", m->calls[i].arguments);
        cs_buf_adds(b, "}}");
    }
    cs_buf_adds(b, "]}");
}

static void openai_put_message(struct cs_buf *b, const struct cs_chat_message *m, size_t n)
{
    if (m->n_calls > 0) {
        openai_put_calls(b, m);
    } else if (!m->call) {
        cs_chat_put_message(b, m);
    } else {
        for (size_t i = 0; i < n; i++) {
            cs_buf_adds(b, i ? "," : "");
            openai_put_result(b, &m[i]);
        }
    }
}

static void openai_put_tools(struct cs_buf *b, const struct cs_chat_request *q)
{
    if (q->n_tools == 0)
        return;
    cs_buf_adds(b, ",");
    cs_chat_put_tools(b, q);
    if (q->choice != CS_CHAT_MAY_CALL)
        cs_buf_addf(b, ",\"tool_choice\":\"%s\"",
                    q->choice == CS_CHAT_NO_CALL ? "none" : "required");
}

/* Most of a request is text, so it is written at once rather than built and then written. */
static void openai_request(struct cs_buf *b, const struct cs_chat_request *q)
{
    cs_buf_adds(b, "{");
    cs_chat_put(b, "model", q->model);
    cs_buf_adds(b, ",\"messages\":[");
    cs_chat_put_all(b, q, openai_put_message);
    cs_buf_addf(b, "],\"stream\":%s", q->stream ? "true" : "false");
    openai_put_tools(b, q);
    openai_put_sampling(b, q);
    if (q->stream && !(q->without & CS_CHAT_STREAM_OPTIONS))
        cs_buf_adds(b, ",\"stream_options\":{\"include_usage\":true}");
    cs_buf_adds(b, "}");
}

/* Without an index a call has that of its place in the list. */
static void openai_take_calls(struct cs_completion *c, const json_t *message)
{
    const json_t *list = json_object_get(message, "tool_calls"),
                 *old = json_object_get(message, "function_call");

    for (size_t i = 0; i < json_array_size(list) && i < 2 * CS_CALLS; i++) {
        const json_t *call = json_array_get(list, i), *index = json_object_get(call, "index");
        const json_t *function = json_object_get(call, "function");

        cs_completion_call(c, &(struct cs_calls_piece){
                                  .index = json_is_integer(index)
                                               ? (int)(json_integer_value(index) & 0xffff)
                                               : (int)i,
                                  .id = json_object_get(call, "id"),
                                  .name = json_object_get(function, "name"),
                                  .arguments = json_object_get(function, "arguments"),
                              });
    }
    if (json_is_object(old)) /* as it was before there were several */
        cs_completion_call(c, &(struct cs_calls_piece){
                                  .name = json_object_get(old, "name"),
                                  .arguments = json_object_get(old, "arguments"),
                              });
}

/* Thinking stands beside the content, under one of these names. */
static void openai_take_thinking(struct cs_completion *c, const json_t *text)
{
    static const char *const names[] = {"reasoning_content", "reasoning", "thinking",
                                        "reasoning_details"};
    bool thought = c->thought;

    c->thought = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !c->thought; i++)
        cs_completion_think(c, json_object_get(text, names[i]));
    c->thought |= thought;
}

static void openai_take_choice(struct cs_completion *c, const json_t *choice)
{
    const json_t *index = json_object_get(choice, "index"),
                 *text = json_object_get(choice, "delta");
    bool delta = json_object_size(text) > 0 || json_string_length(text) > 0;

    if (json_integer_value(index) > 0)
        return; /* one answer was asked for */
    if (!delta)
        text = c->pieces ? NULL : json_object_get(choice, "message");
    openai_take_thinking(c, text);
    bool said =
        cs_completion_say(c, json_is_string(text) ? text : json_object_get(text, "content"));
    openai_take_calls(c, text);
    if (cs_completion_say(c, json_object_get(text, "refusal")))
        said = c->refused = true;
    if (!text && !c->pieces)
        said = cs_completion_say(c, json_object_get(choice, "text")); /* of an older interface */
    c->pieces |= delta && (said || json_object_get(text, "tool_calls"));
    if (!cs_completion_fail(c, json_object_get(choice, "error")))
        cs_completion_finish(c, json_object_get(choice, "finish_reason"));
    cs_completion_count(c, json_object_get(choice, "usage"));
}

static void openai_take(struct cs_completion *c, const json_t *root)
{
    const json_t *choices = json_object_get(root, "choices");

    for (size_t i = 0; i < json_array_size(choices); i++)
        openai_take_choice(c, json_array_get(choices, i));
    if (json_is_object(choices)) /* the only one */
        openai_take_choice(c, choices);
    cs_completion_count(c, json_object_get(root, "timings"));
    cs_completion_count(c, json_object_get(json_object_get(root, "x_groq"), "usage"));
    cs_completion_count(c, json_object_get(root, "usage"));
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

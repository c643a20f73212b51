/* The format of OpenAI: chat, a stream of it as events of one line, and errors. */
#include "chat_wire.h"
#include "wire.h"

#include <string.h>

static bool openai_read(json_t *body, struct question *ret)
{
    json_t *messages = json_object_get(body, "messages"), *message;
    size_t i;

    ret->last = "";
    json_array_foreach(messages, i, message) {
        const char *text = json_string_value(json_object_get(message, "content"));
        ret->orders |= question_is_of_system(message);
        ret->last = text ? text : "";
        ret->bytes += strlen(ret->last);
    }
    ret->stream = json_is_true(json_object_get(body, "stream"));
    ret->usage =
        json_is_true(json_object_get(json_object_get(body, "stream_options"), "include_usage"));
    return json_array_size(messages) > 0;
}

static const char *openai_picky(json_t *body, const char **ret_param)
{
    if (json_object_get(body, *ret_param = "temperature"))
        return "Only the default value is supported.";
    if (json_object_get(body, *ret_param = "max_tokens"))
        return "Use 'max_completion_tokens' instead.";
    return NULL;
}

static json_t *openai_usage(const struct answer *a)
{
    int words = answer_words(a);

    if (a->b.lies)
        return json_pack("{s:I,s:I}", "prompt_tokens", (long long)INT64_MAX, "completion_tokens",
                         (long long)-5000000);
    return json_pack("{s:i,s:i,s:i}", "prompt_tokens", a->prompt_tokens, "completion_tokens", words,
                     "total_tokens", a->prompt_tokens + words);
}

static json_t *openai_chunk(const struct answer *a, json_t *choices)
{
    return json_pack("{s:s,s:s,s:i,s:s,s:o}", "id", "chatcmpl-test", "object",
                     "chat.completion.chunk", "created", 1790000000, "model", a->model, "choices",
                     choices);
}

static void openai_delta(struct answer *a, json_t *delta, const char *finish)
{
    json_t *choices =
        json_pack("[{s:i,s:o,s:s?}]", "index", 0, "delta", delta, "finish_reason", finish);

    answer_add(a, "data: ", openai_chunk(a, choices), "\n\n");
}

static void openai_begin(struct answer *a)
{
    openai_delta(a, json_pack("{s:s,s:s}", "role", "assistant", "content", ""), NULL);
}

static void openai_word(struct answer *a, const char *word)
{
    openai_delta(a, json_pack("{s:s}", "content", word), NULL);
}

static void openai_error_event(struct answer *a)
{
    json_t *error =
        json_pack("{s:{s:s,s:s,s:n,s:s}}", "error", "message", "The server had an error", "type",
                  "server_error", "param", "code", "server_error");

    answer_add(a, "data: ", error, "\n\n");
}

static void openai_end(struct answer *a)
{
    openai_delta(a, json_object(), "stop");
    if (a->usage) {
        json_t *chunk = openai_chunk(a, json_array());
        json_object_set_new(chunk, "usage", openai_usage(a));
        answer_add(a, "data: ", chunk, "\n\n");
    }
    cs_buf_adds(&a->out, "data: [DONE]\n\n");
}

static json_t *openai_whole(const struct answer *a, const char *text, size_t len)
{
    return json_pack("{s:s,s:s,s:i,s:s,s:[{s:i,s:s,s:{s:s,s:s%,s:n}}],s:o}", "id", "chatcmpl-test",
                     "object", "chat.completion", "created", 1790000000, "model", a->model,
                     "choices", "index", 0, "finish_reason", "stop", "message", "role", "assistant",
                     "content", text, len, "refusal", "usage", openai_usage(a));
}

const struct chat_wire chat_openai = {
    .stream_type = "text/event-stream",
    .read = openai_read,
    .picky = openai_picky,
    .begin = openai_begin,
    .word = openai_word,
    .error = openai_error_event,
    .end = openai_end,
    .whole = openai_whole,
};

json_t *openai_error(const struct refusal *r)
{
    const char *code = r->param                           ? "unsupported_parameter"
                       : strcmp(r->type, "requests") == 0 ? "rate_limit_exceeded"
                                                          : r->type;

    return json_pack("{s:{s:s,s:s,s:s?,s:s}}", "error", "message", r->message, "type", r->type,
                     "param", r->param, "code", code);
}

/* The format of Anthropic: messages, a stream of them as named events, and errors. */
#include "chat_wire.h"
#include "wire.h"

#include <string.h>

/* As the API: max_tokens is required, the first message is the user's, and none is empty. */
static bool anthropic_read(json_t *body, struct question *ret)
{
    json_t *messages = json_object_get(body, "messages"), *message;
    const char *role = json_string_value(json_object_get(json_array_get(messages, 0), "role"));
    size_t i;

    ret->last = "";
    json_array_foreach(messages, i, message) {
        const char *text = json_string_value(json_object_get(message, "content"));
        if (!text || !*text)
            return false;
        ret->last = text;
        ret->bytes += strlen(text);
    }
    ret->orders = json_object_get(body, "system") != NULL;
    ret->stream = json_is_true(json_object_get(body, "stream"));
    return role && strcmp(role, "user") == 0 &&
           json_is_integer(json_object_get(body, "max_tokens"));
}

static const char *anthropic_picky(json_t *body, const char **ret_param)
{
    *ret_param = NULL; /* this API has no member for it */
    return json_object_get(body, "temperature") ? "`temperature` is deprecated for this model."
                                                : NULL;
}

static void anthropic_event(struct answer *a, json_t *data)
{
    CS_BUF_AUTO struct cs_buf head = {0};

    cs_buf_addf(&head, "event: %s\ndata: ", json_string_value(json_object_get(data, "type")));
    answer_add(a, head.data, data, "\n\n");
}

static void anthropic_begin(struct answer *a)
{
    anthropic_event(a, json_pack("{s:s,s:{s:s,s:s,s:s,s:s,s:[],s:n,s:{s:i,s:i}}}", "type",
                                 "message_start", "message", "id", "msg_test", "type", "message",
                                 "role", "assistant", "model", a->model, "content", "stop_reason",
                                 "usage", "input_tokens", a->prompt_tokens, "output_tokens", 1));
    anthropic_event(a, json_pack("{s:s,s:i,s:{s:s,s:s}}", "type", "content_block_start", "index", 0,
                                 "content_block", "type", "text", "text", ""));
    anthropic_event(a, json_pack("{s:s}", "type", "ping"));
}

static void anthropic_word(struct answer *a, const char *word)
{
    anthropic_event(a, json_pack("{s:s,s:i,s:{s:s,s:s}}", "type", "content_block_delta", "index", 0,
                                 "delta", "type", "text_delta", "text", word));
}

static void anthropic_error_event(struct answer *a)
{
    anthropic_event(a, json_pack("{s:s,s:{s:s,s:s}}", "type", "error", "error", "type",
                                 "overloaded_error", "message", "Overloaded"));
}

static void anthropic_end(struct answer *a)
{
    anthropic_event(a, json_pack("{s:s,s:i}", "type", "content_block_stop", "index", 0));
    anthropic_event(a, json_pack("{s:s,s:{s:s,s:n},s:{s:i}}", "type", "message_delta", "delta",
                                 "stop_reason", "end_turn", "stop_sequence", "usage",
                                 "output_tokens", answer_words(a)));
    anthropic_event(a, json_pack("{s:s}", "type", "message_stop"));
}

static json_t *anthropic_whole(const struct answer *a, const char *text, size_t len)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:[{s:s,s:s%}],s:s,s:n,s:{s:i,s:i}}", "id", "msg_test",
                     "type", "message", "role", "assistant", "model", a->model, "content", "type",
                     "text", "text", text, len, "stop_reason", "end_turn", "stop_sequence", "usage",
                     "input_tokens", a->prompt_tokens, "output_tokens", answer_words(a));
}

const struct chat_wire chat_anthropic = {
    .stream_type = "text/event-stream; charset=utf-8",
    .read = anthropic_read,
    .picky = anthropic_picky,
    .begin = anthropic_begin,
    .word = anthropic_word,
    .error = anthropic_error_event,
    .end = anthropic_end,
    .whole = anthropic_whole,
};

json_t *anthropic_error(const struct refusal *r)
{
    static const struct {
        int status;
        const char *type;
    } types[] = {{400, "invalid_request_error"}, {401, "authentication_error"},
                 {404, "not_found_error"},       {429, "rate_limit_error"},
                 {529, "overloaded_error"},      {500, "api_error"}};
    const char *type = "api_error";

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].status == r->status)
            type = types[i].type;
    return json_pack("{s:s,s:{s:s,s:s},s:s}", "type", "error", "error", "type", type, "message",
                     r->message, "request_id", "req_test");
}

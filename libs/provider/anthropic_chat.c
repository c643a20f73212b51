/*
 * Messages of Anthropic, in the version of the API that still takes temperature. The system's text is a member
 * of its own, max_tokens is required, and a stream has named events whose JSON repeats the name.
 */
#include "provider/chat_wire.h"
#include "provider/tokens.h"

#include <string.h>

enum {
    ANTHROPIC_MAX_TOKENS = 4096, /* of an answer whose bot sets no limit */
    ANTHROPIC_CACHED = 4096, /* bytes: about the 1,024 tokens from which on a prompt is cached */
};

static const char *anthropic_path(struct cs_arena *a, const struct cs_chat_request *q)
{
    (void)a;
    (void)q;
    return "/v1/messages";
}

static void anthropic_put_calls(struct cs_buf *b, const struct cs_chat_message *m)
{
    cs_buf_adds(b, "{\"role\":\"assistant\",\"content\":[");
    if (m->thinking && m->signature) {
        cs_buf_adds(b, "{\"type\":\"thinking\",");
        cs_chat_put(b, "thinking", m->thinking);
        cs_buf_adds(b, ",");
        cs_chat_put(b, "signature", m->signature);
        cs_buf_adds(b, "},");
    }
    if (*m->text) {
        cs_buf_adds(b, "{\"type\":\"text\",");
        cs_chat_put(b, "text", m->text);
        cs_buf_adds(b, "},");
    }
    for (size_t i = 0; i < m->n_calls; i++) {
        cs_buf_adds(b, i ? ",{\"type\":\"tool_use\"," : "{\"type\":\"tool_use\",");
        cs_chat_put(b, "id", m->calls[i].id);
        cs_buf_adds(b, ",");
        cs_chat_put(b, "name", m->calls[i].name);
        cs_buf_addf(b, ",\"input\":%s}", cs_chat_arguments(&m->calls[i]));
    }
    cs_buf_adds(b, "]}");
}

/* All results of one answer are one message of the user. */
static void anthropic_put_message(struct cs_buf *b, const struct cs_chat_message *m, size_t n)
{
    if (m->n_calls > 0) {
        anthropic_put_calls(b, m);
        return;
    }
    if (!m->call) {
        cs_chat_put_message(b, m);
        return;
    }
    cs_buf_adds(b, "{\"role\":\"user\",\"content\":[");
    for (size_t i = 0; i < n; i++) {
        cs_buf_adds(b, i ? ",{\"type\":\"tool_result\"," : "{\"type\":\"tool_result\",");
        cs_chat_put(b, "tool_use_id", m[i].call->id);
        cs_buf_adds(b, ",");
        cs_chat_put(b, "content", m[i].text);
        cs_buf_adds(b, m[i].failed ? ",\"is_error\":true}" : "}");
    }
    cs_buf_adds(b, "]}");
}

static void anthropic_put_tools(struct cs_buf *b, const struct cs_chat_request *q)
{
    if (q->n_tools == 0)
        return;
    cs_buf_adds(b, ",\"tools\":[");
    cs_chat_put_functions(b, q, "", "input_schema", "");
    cs_buf_adds(b, "]");
    if (q->choice != CS_CHAT_MAY_CALL)
        cs_buf_addf(b, ",\"tool_choice\":{\"type\":\"%s\"}",
                    q->choice == CS_CHAT_NO_CALL ? "none" : "any");
}

/* Instructions that are long and the same in each request end where the provider's cache may begin to differ. */
static void anthropic_put_system(struct cs_buf *b, const struct cs_chat_request *q,
                                 const char *orders)
{
    size_t stable = q->messages[0].stable;
    CS_BUF_AUTO struct cs_buf head = {0};

    if (stable < ANTHROPIC_CACHED || stable >= strlen(orders)) {
        cs_buf_adds(b, ",");
        cs_chat_put(b, "system", orders);
        return;
    }
    cs_buf_add(&head, orders, stable);
    cs_buf_adds(b, ",\"system\":[{\"type\":\"text\",");
    cs_chat_put(b, "text", head.data);
    cs_buf_adds(b, ",\"cache_control\":{\"type\":\"ephemeral\"}},{\"type\":\"text\",");
    cs_chat_put(b, "text", orders + stable);
    cs_buf_adds(b, "}]");
}

static void anthropic_request(struct cs_buf *b, const struct cs_chat_request *q)
{
    const char *orders = cs_chat_system(q);
    int max = q->has_max_tokens ? q->max_tokens : ANTHROPIC_MAX_TOKENS;

    cs_buf_adds(b, "{");
    cs_chat_put(b, "model", q->model);
    cs_buf_addf(b, ",\"max_tokens\":%d", max);
    if (orders && *orders)
        anthropic_put_system(b, q, orders);
    cs_buf_adds(b, ",\"messages\":[");
    cs_chat_put_messages(b, q, anthropic_put_message);
    cs_buf_addf(b, "],\"stream\":%s", q->stream ? "true" : "false");
    anthropic_put_tools(b, q);
    if (q->has_temperature && !(q->without & CS_CHAT_TEMPERATURE)) /* it has 0 to 1 */
        cs_buf_addf(b, ",\"temperature\":%.6g", q->temperature > 1 ? 1 : q->temperature);
    cs_buf_adds(b, "}");
}

/* Cumulative: the last report of each kind is in force. Cached tokens are counted apart. */
static void anthropic_count(struct cs_completion *c, const json_t *usage)
{
    static const char *const kinds[] = {"input_tokens", "cache_creation_input_tokens",
                                        "cache_read_input_tokens"};
    int64_t n, prompt = 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (cs_tokens_read(usage, kinds[i], &n))
            prompt += n;
    if (prompt > 0)
        c->prompt_tokens = prompt < CS_TOKENS_MAX ? prompt : CS_TOKENS_MAX;
    if (cs_tokens_read(usage, "output_tokens", &n)) {
        c->completion_tokens = n;
        c->counted = c->prompt_tokens > 0;
    }
}

/* A block that is a call or a thought, whole or its beginning; -1: no index. */
static void anthropic_take_block(struct cs_completion *c, const json_t *block, int index)
{
    const char *type = json_string_value(json_object_get(block, "type"));
    const json_t *input = json_object_get(block, "input");

    if (type && strcmp(type, "thinking") == 0)
        cs_calls_think(c->calls, json_object_get(block, "thinking"),
                       json_object_get(block, "signature"));
    if (!type || strcmp(type, "tool_use") != 0)
        return;
    cs_completion_call(c, &(struct cs_calls_piece){
                              .index = index,
                              .id = json_object_get(block, "id"),
                              .name = json_object_get(block, "name"),
                              .arguments = json_object_size(input) ? input : NULL,
                          });
}

static int anthropic_index(const json_t *event)
{
    return (int)(json_integer_value(json_object_get(event, "index")) & 0xffff);
}

static void anthropic_take_delta(struct cs_completion *c, const json_t *event, const json_t *delta)
{
    const json_t *input = json_object_get(delta, "partial_json");

    cs_calls_think(c->calls, json_object_get(delta, "thinking"),
                   json_object_get(delta, "signature"));
    if (input)
        cs_completion_call(
            c, &(struct cs_calls_piece){.index = anthropic_index(event), .arguments = input});
}

static void anthropic_take_whole(struct cs_completion *c, const json_t *message)
{
    const json_t *content = json_object_get(message, "content");

    cs_completion_say(c, content);
    for (size_t i = 0; i < json_array_size(content); i++)
        anthropic_take_block(c, json_array_get(content, i), -1);
    cs_completion_finish(c, json_object_get(message, "stop_reason"));
    anthropic_count(c, json_object_get(message, "usage"));
}

static void anthropic_take(struct cs_completion *c, const json_t *root)
{
    const char *type = json_string_value(json_object_get(root, "type"));
    const json_t *delta = json_object_get(root, "delta");

    if (!type)
        return;
    if (strcmp(type, "message") == 0) {
        anthropic_take_whole(c, root);
    } else if (strcmp(type, "message_start") == 0) {
        anthropic_take_whole(c, json_object_get(root, "message"));
    } else if (strcmp(type, "content_block_start") == 0) {
        cs_completion_say(c, json_object_get(root, "content_block"));
        anthropic_take_block(c, json_object_get(root, "content_block"), anthropic_index(root));
    } else if (strcmp(type, "content_block_delta") == 0) {
        cs_completion_say(c, json_object_get(delta, "text"));
        cs_completion_think(c, json_object_get(delta, "thinking"));
        anthropic_take_delta(c, root, delta);
    } else if (strcmp(type, "message_delta") == 0) {
        cs_completion_finish(c, json_object_get(delta, "stop_reason"));
        anthropic_count(c, json_object_get(root, "usage"));
    } else if (strcmp(type, "message_stop") == 0) {
        c->done = true;
    }
}

const struct cs_chat_wire cs_anthropic_chat = {
    .name = "anthropic",
    .key = "x-api-key: ",
    .header = "anthropic-version: 2023-06-01",
    .path = anthropic_path,
    .models = "/v1/models?limit=500",
    .list = "data",
    .list_name = "id",
    .request = anthropic_request,
    .take = anthropic_take,
};

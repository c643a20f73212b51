/* Ollama's own chat: a stream is lines of JSON, of which the last one is done and counts the tokens. */
#include "provider/chat_wire.h"

#include <string.h>

static const char *ollama_path(struct cs_arena *a, const struct cs_chat_request *q)
{
    (void)a;
    (void)q;
    return "/api/chat";
}

/* A window that holds the prompt and the answer: the server's own is small, and cuts a prompt silently. */
static int ollama_window(const struct cs_chat_request *q)
{
    enum { BYTES_PER_TOKEN = 3, ANSWER = 1024, STEP = 4096, MOST = 128 * 1024 };
    size_t bytes = 0;

    for (size_t i = 0; i < q->n; i++)
        bytes += strlen(q->messages[i].text);
    size_t n = bytes / BYTES_PER_TOKEN + (size_t)(q->has_max_tokens ? q->max_tokens : ANSWER);
    n = (n / STEP + 1) * STEP;
    return n < MOST ? (int)n : MOST;
}

static void ollama_put_calls(struct cs_buf *b, const struct cs_chat_message *m)
{
    cs_buf_adds(b, "{\"role\":\"assistant\",");
    cs_chat_put(b, "content", m->text);
    cs_buf_adds(b, ",\"tool_calls\":[");
    for (size_t i = 0; i < m->n_calls; i++) {
        cs_buf_adds(b, i ? ",{\"function\":{" : "{\"function\":{");
        cs_chat_put(b, "name", m->calls[i].name);
        cs_buf_addf(b, ",\"arguments\":%s}}", cs_chat_arguments(&m->calls[i]));
    }
    cs_buf_adds(b, "]}");
}

static void ollama_put_message(struct cs_buf *b, const struct cs_chat_message *m, size_t n)
{
    if (m->n_calls > 0) {
        ollama_put_calls(b, m);
    } else if (!m->call) {
        cs_chat_put_message(b, m);
    } else {
        for (size_t i = 0; i < n; i++) {
            cs_buf_adds(b, i ? ",{\"role\":\"tool\"," : "{\"role\":\"tool\",");
            cs_chat_put(b, "tool_name", m[i].call->name);
            cs_buf_adds(b, ",");
            cs_chat_put(b, "content", m[i].text);
            cs_buf_adds(b, "}");
        }
    }
}

static void ollama_request(struct cs_buf *b, const struct cs_chat_request *q)
{
    cs_buf_adds(b, "{");
    cs_chat_put(b, "model", q->model);
    cs_buf_adds(b, ",\"messages\":[");
    cs_chat_put_all(b, q, ollama_put_message);
    cs_buf_adds(b, "],");
    if (q->n_tools > 0 && q->choice != CS_CHAT_NO_CALL) { /* it knows no choice */
        cs_chat_put_tools(b, q);
        cs_buf_adds(b, ",");
    }
    cs_buf_addf(b, "\"stream\":%s,\"options\":{\"num_ctx\":%d", q->stream ? "true" : "false",
                ollama_window(q));
    if (q->has_temperature && !(q->without & CS_CHAT_TEMPERATURE))
        cs_buf_addf(b, ",\"temperature\":%.6g", q->temperature);
    if (q->has_max_tokens)
        cs_buf_addf(b, ",\"num_predict\":%d", q->max_tokens);
    cs_buf_adds(b, "}}");
}

static void ollama_take_calls(struct cs_completion *c, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list) && i < 2 * CS_CALLS; i++) {
        const json_t *function = json_object_get(json_array_get(list, i), "function");

        cs_completion_call(c, &(struct cs_calls_piece){
                                  .index = -1,
                                  .name = json_object_get(function, "name"),
                                  .arguments = json_object_get(function, "arguments"),
                              });
    }
}

static void ollama_take(struct cs_completion *c, const json_t *root)
{
    const json_t *message = json_object_get(root, "message");

    cs_completion_think(c, json_object_get(message, "thinking"));
    cs_completion_say(c, json_object_get(message, "content"));
    ollama_take_calls(c, json_object_get(message, "tool_calls"));
    if (!message)
        cs_completion_say(c, json_object_get(root, "response")); /* of its older interface */
    if (!json_is_true(json_object_get(root, "done")))
        return;
    cs_completion_finish(c, json_object_get(root, "done_reason"));
    cs_completion_count(c, root);
    c->done = !c->failed;
}

const struct cs_chat_wire cs_ollama_chat = {
    .name = "ollama",
    .tail = "/v1",
    .key = "Authorization: Bearer ",
    .path = ollama_path,
    .models = "/api/tags",
    .list = "models",
    .list_name = "name",
    .request = ollama_request,
    .take = ollama_take,
};

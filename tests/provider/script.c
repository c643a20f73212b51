/* What was called is read from the messages, in all formats alike; calls are written for each. */
#include "script.h"

#include "chat_wire.h"
#include "reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the messages say. */
struct plan {
    const char *script; /* the question with the calls; NULL: there is none */
    const char *result; /* the last of a tool */
    int rounds;         /* of calls */
    bool unsigned_call; /* one that came back without its signature */
};

enum { CALLS = 8 };
struct called {
    char name[65];
    json_t *arguments;
};

/* ---- reading ---- */

static void plan_text(struct plan *p, const char *role, const char *text)
{
    static const char observation[] = "Observation: ";

    if (!text || !role)
        return;
    if (strncmp(text, observation, sizeof(observation) - 1) == 0) {
        p->rounds++;
        p->result = text + sizeof(observation) - 1;
    } else if (strcmp(role, "user") == 0 && (strstr(text, "call: ") || strstr(text, "loop: "))) {
        p->script = text;
        p->rounds = 0;
        p->result = "";
    }
}

static void plan_part(struct plan *p, const char *role, json_t *part)
{
    const char *type = json_string_value(json_object_get(part, "type"));
    json_t *response = json_object_get(json_object_get(part, "functionResponse"), "response");
    const char *output = json_string_value(json_object_get(response, "output"));

    plan_text(p, role, json_string_value(json_object_get(part, "text")));
    if (type && strcmp(type, "tool_result") == 0)
        p->result = json_string_value(json_object_get(part, "content"));
    if (response)
        p->result = output ? output : json_string_value(json_object_get(response, "error"));
}

static void plan_message(struct plan *p, json_t *message)
{
    const char *role = json_string_value(json_object_get(message, "role"));
    json_t *content = json_object_get(message, "content"),
           *parts = json_is_array(content) ? content : json_object_get(message, "parts"), *part;
    bool called = json_array_size(json_object_get(message, "tool_calls")) > 0;
    size_t i;

    if (role && strcmp(role, "tool") == 0)
        p->result = json_string_value(content);
    else
        plan_text(p, role, json_string_value(content));
    json_array_foreach(parts, i, part) {
        const char *type = json_string_value(json_object_get(part, "type"));

        if (json_object_get(part, "functionCall") && !called)
            p->unsigned_call |= !json_object_get(part, "thoughtSignature");
        called |= json_object_get(part, "functionCall") || (type && strcmp(type, "tool_use") == 0);
        plan_part(p, role, part);
    }
    p->rounds += called;
}

/* The calls of line `round` of the script; 0 behind the last. */
static int plan_calls(const struct plan *p, struct called *calls)
{
    const char *at = p->script;
    int n = 0;

    for (int i = 0; at && i <= p->rounds; i++) {
        const char *loop = strstr(at, "loop: "), *call = strstr(at, "call: ");
        at = call ? call : loop;
        if (!at)
            return 0;
        at += 6;
        if (!call)
            break;
    }
    while (at && n < CALLS && sscanf(at, "%64[A-Za-z0-9_.-]", calls[n].name) == 1) {
        json_error_t error;
        at += strlen(calls[n].name);
        calls[n].arguments = json_loads(at, JSON_DISABLE_EOF_CHECK, &error);
        if (!calls[n].arguments)
            calls[n].arguments = json_object();
        else
            at += error.position;
        n++;
        at += strspn(at, " ");
        at = *at == '&' ? at + 1 + strspn(at + 1, " ") : NULL;
    }
    return n;
}

/* ---- writing ---- */

static void put(struct cs_buf *b, const char *before, json_t *value, const char *after)
{
    char *text = json_dumps(value, JSON_COMPACT);

    cs_buf_addf(b, "%s%s%s", before, text ? text : "", after);
    free(text);
    json_decref(value);
}

static void openai_calls(struct cs_buf *b, bool stream, int round, const struct called *c, int n)
{
    json_t *list = json_array();

    for (int i = 0; i < n; i++) {
        char *text = json_dumps(c[i].arguments, JSON_COMPACT), id[32];
        size_t half = strlen(text) / 2;

        snprintf(id, sizeof(id), "call_%d_%d", round, i);
        if (!stream) {
            json_array_append_new(list,
                                  json_pack("{s:s,s:s,s:{s:s,s:s}}", "id", id, "type", "function",
                                            "function", "name", c[i].name, "arguments", text));
        } else {
            put(b, "data: ",
                json_pack("{s:[{s:i,s:{s:[{s:i,s:s,s:s,s:{s:s,s:s%}}]},s:n}]}", "choices", "index",
                          0, "delta", "tool_calls", "index", i, "id", id, "type", "function",
                          "function", "name", c[i].name, "arguments", text, half, "finish_reason"),
                "\n\n");
            put(b, "data: ",
                json_pack("{s:[{s:i,s:{s:[{s:i,s:{s:s}}]},s:n}]}", "choices", "index", 0, "delta",
                          "tool_calls", "index", i, "function", "arguments", text + half,
                          "finish_reason"),
                "\n\n");
        }
        free(text);
    }
    json_t *usage = json_pack("{s:i,s:i}", "prompt_tokens", 100, "completion_tokens", 10);
    if (stream) {
        json_decref(list);
        put(b, "data: ",
            json_pack("{s:[{s:i,s:{},s:s}],s:o}", "choices", "index", 0, "delta", "finish_reason",
                      "tool_calls", "usage", usage),
            "\n\n");
        cs_buf_adds(b, "data: [DONE]\n\n");
        return;
    }
    put(b, "",
        json_pack("{s:[{s:i,s:s,s:{s:s,s:n,s:o}}],s:o}", "choices", "index", 0, "finish_reason",
                  "tool_calls", "message", "role", "assistant", "content", "tool_calls", list,
                  "usage", usage),
        "");
}

static void anthropic_event_put(struct cs_buf *b, json_t *event)
{
    cs_buf_addf(b, "event: %s\n", json_string_value(json_object_get(event, "type")));
    put(b, "data: ", event, "\n\n");
}

static void anthropic_calls(struct cs_buf *b, bool stream, int round, const struct called *c, int n)
{
    json_t *content = json_array();

    if (stream)
        anthropic_event_put(b,
                            json_pack("{s:s,s:{s:s,s:s,s:[],s:{s:i,s:i}}}", "type", "message_start",
                                      "message", "type", "message", "role", "assistant", "content",
                                      "usage", "input_tokens", 100, "output_tokens", 1));
    for (int i = 0; i < n; i++) {
        char *text = json_dumps(c[i].arguments, JSON_COMPACT), id[32];

        snprintf(id, sizeof(id), "toolu_%d_%d", round, i);
        if (stream) {
            anthropic_event_put(b, json_pack("{s:s,s:i,s:{s:s,s:s,s:s,s:{}}}", "type",
                                             "content_block_start", "index", i, "content_block",
                                             "type", "tool_use", "id", id, "name", c[i].name,
                                             "input"));
            anthropic_event_put(b, json_pack("{s:s,s:i,s:{s:s,s:s}}", "type", "content_block_delta",
                                             "index", i, "delta", "type", "input_json_delta",
                                             "partial_json", text));
            anthropic_event_put(b,
                                json_pack("{s:s,s:i}", "type", "content_block_stop", "index", i));
        } else {
            json_array_append_new(content,
                                  json_pack("{s:s,s:s,s:s,s:O}", "type", "tool_use", "id", id,
                                            "name", c[i].name, "input", c[i].arguments));
        }
        free(text);
    }
    if (stream) {
        json_decref(content);
        anthropic_event_put(b, json_pack("{s:s,s:{s:s},s:{s:i}}", "type", "message_delta", "delta",
                                         "stop_reason", "tool_use", "usage", "output_tokens", 10));
        anthropic_event_put(b, json_pack("{s:s}", "type", "message_stop"));
        return;
    }
    put(b, "",
        json_pack("{s:s,s:s,s:o,s:s,s:{s:i,s:i}}", "type", "message", "role", "assistant",
                  "content", content, "stop_reason", "tool_use", "usage", "input_tokens", 100,
                  "output_tokens", 10),
        "");
}

static void gemini_calls(struct cs_buf *b, bool stream, int round, const struct called *c, int n)
{
    json_t *parts = json_array();

    for (int i = 0; i < n; i++) {
        json_t *part =
            json_pack("{s:{s:s,s:O}}", "functionCall", "name", c[i].name, "args", c[i].arguments);
        char signature[32];

        snprintf(signature, sizeof(signature), "c2lnbmVk%d", round);
        if (i == 0) /* as the real one: the first of several alone */
            json_object_set_new(part, "thoughtSignature", json_string(signature));
        json_array_append_new(parts, part);
    }
    put(b, stream ? "data: " : "",
        json_pack("{s:[{s:i,s:{s:s,s:o},s:s}],s:{s:i,s:i}}", "candidates", "index", 0, "content",
                  "role", "model", "parts", parts, "finishReason", "STOP", "usageMetadata",
                  "promptTokenCount", 100, "candidatesTokenCount", 10),
        stream ? "\r\n\r\n" : "");
}

static void ollama_calls(struct cs_buf *b, bool stream, int round, const struct called *c, int n)
{
    json_t *list = json_array();

    (void)round;
    for (int i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:{s:s,s:O}}", "function", "name", c[i].name,
                                              "arguments", c[i].arguments));
    put(b, "",
        json_pack("{s:{s:s,s:s,s:o},s:b,s:s,s:i,s:i}", "message", "role", "assistant", "content",
                  "", "tool_calls", list, "done", 1, "done_reason", "stop", "prompt_eval_count",
                  100, "eval_count", 10),
        stream ? "\n" : "");
}

static void calls_put(const struct chat_wire *w, struct cs_buf *b, bool stream, int round,
                      const struct called *c, int n)
{
    if (w == &chat_anthropic)
        anthropic_calls(b, stream, round, c, n);
    else if (w == &chat_gemini || w == &chat_gemini_stream)
        gemini_calls(b, stream, round, c, n);
    else if (w == &chat_ollama)
        ollama_calls(b, stream, round, c, n);
    else
        openai_calls(b, stream, round, c, n);
}

/* ---- serving ---- */

static char *react_text(const struct called *c)
{
    char *arguments = json_dumps(c->arguments, JSON_COMPACT), *text = NULL;

    if (asprintf(&text, "Thought: I look.\nAction: %s\nAction Input: %s\nObservation: made up",
                 c->name, arguments) < 0)
        abort();
    free(arguments);
    return text;
}

/* A request of the same model with one plain message. */
static json_t *body_plain(const struct wire *wire, json_t *body)
{
    json_t *copy = json_copy(body);

    if (wire->chat == &chat_gemini || wire->chat == &chat_gemini_stream)
        json_object_set_new(copy, "contents",
                            json_pack("[{s:s,s:[{s:s}]}]", "role", "user", "parts", "text", "x"));
    else
        json_object_set_new(copy, "messages",
                            json_pack("[{s:s,s:s}]", "role", "user", "content", "x"));
    return copy;
}

static void calls_send(const struct wire *wire, h2o_req_t *req, json_t *body, int round,
                       const struct called *c, int n)
{
    bool lines = wire->chat == &chat_ollama;
    bool stream =
        wire->chat == &chat_gemini_stream ||
        (wire->chat != &chat_gemini && (lines ? !json_is_false(json_object_get(body, "stream"))
                                              : json_is_true(json_object_get(body, "stream"))));
    CS_BUF_AUTO struct cs_buf b = {0};
    const char *type = !stream ? "application/json" : wire->chat->stream_type;

    calls_put(wire->chat, &b, stream, round, c, n);
    req->res.status = 200;
    req->res.reason = "OK";
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, type, strlen(type));
    h2o_send_inline(req, b.data, b.len);
}

bool script_serve(const struct wire *wire, h2o_req_t *req, json_t *body, const struct behaviour *b,
                  char **ret_say, json_t **ret_body)
{
    json_t *messages = json_object_get(body, "messages"), *message;
    bool tools = json_array_size(json_object_get(body, "tools")) > 0 && b->script == 1;
    struct called calls[CALLS] = {0};
    struct plan p = {.result = ""};
    int n;
    size_t i;

    json_array_foreach(messages ? messages : json_object_get(body, "contents"), i, message) {
        plan_message(&p, message);
    }
    if (!p.script)
        return false;
    if (p.unsigned_call) {
        wire_refuse(wire, req,
                    (struct refusal){400, "invalid_request_error",
                                     "Function call is missing a thought_signature.", NULL});
        return true;
    }
    n = plan_calls(&p, calls);
    if (n > 0 && tools) {
        calls_send(wire, req, body, p.rounds, calls, n);
    } else {
        const char *before = b->script == 2 ? "Thought: I know.\nFinal Answer: " : "";
        *ret_body = body_plain(wire, body);
        if (n > 0 && b->script == 2)
            *ret_say = react_text(&calls[0]);
        else if (asprintf(ret_say, "%sresult: %s", before, p.result ? p.result : "none") < 0)
            abort();
    }
    for (int k = 0; k < n; k++)
        json_decref(calls[k].arguments);
    return n > 0 && tools;
}

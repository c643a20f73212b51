/*
 * generateContent of Gemini. A stream is a sequence of answers that hold a part of the text each; it has no end
 * mark, the last one bears the reason of the end. Parts that are thoughts are not part of an answer.
 */
#include "provider/chat_wire.h"
#include "provider/gemini.h"
#include "provider/tokens.h"

#include <string.h>

static const char *gemini_path(struct cs_arena *a, const struct cs_chat_request *q)
{
    return cs_gemini_path(a, q->model,
                          q->stream ? "streamGenerateContent?alt=sse" : "generateContent");
}

static void gemini_put_parts(struct cs_buf *b, const char *text)
{
    cs_buf_adds(b, "\"parts\":[{");
    cs_chat_put(b, "text", text);
    cs_buf_adds(b, "}]}");
}

/* An id is given back, but none is made up. */
static void gemini_put_name(struct cs_buf *b, const struct cs_chat_call *call)
{
    if (call->named) {
        cs_chat_put(b, "id", call->id);
        cs_buf_adds(b, ",");
    }
    cs_chat_put(b, "name", call->name);
}

static void gemini_put_calls(struct cs_buf *b, const struct cs_chat_message *m)
{
    cs_buf_adds(b, "{\"role\":\"model\",\"parts\":[");
    if (*m->text) {
        cs_buf_adds(b, "{");
        cs_chat_put(b, "text", m->text);
        cs_buf_adds(b, "},");
    }
    for (size_t i = 0; i < m->n_calls; i++) {
        cs_buf_adds(b, i ? ",{\"functionCall\":{" : "{\"functionCall\":{");
        gemini_put_name(b, &m->calls[i]);
        cs_buf_addf(b, ",\"args\":%s}", cs_chat_arguments(&m->calls[i]));
        if (m->calls[i].signature) { /* without it the call is refused */
            cs_buf_adds(b, ",");
            cs_chat_put(b, "thoughtSignature", m->calls[i].signature);
        }
        cs_buf_adds(b, "}");
    }
    cs_buf_adds(b, "]}");
}

static void gemini_put_results(struct cs_buf *b, const struct cs_chat_message *m, size_t n)
{
    cs_buf_adds(b, "{\"role\":\"user\",\"parts\":[");
    for (size_t i = 0; i < n; i++) {
        cs_buf_adds(b, i ? ",{\"functionResponse\":{" : "{\"functionResponse\":{");
        gemini_put_name(b, m[i].call);
        cs_buf_adds(b, ",\"response\":{");
        cs_chat_put(b, m[i].failed ? "error" : "output", m[i].text);
        cs_buf_adds(b, "}}}");
    }
    cs_buf_adds(b, "]}");
}

static void gemini_put_message(struct cs_buf *b, const struct cs_chat_message *m, size_t n)
{
    if (m->n_calls > 0) {
        gemini_put_calls(b, m);
        return;
    }
    if (m->call) {
        gemini_put_results(b, m, n);
        return;
    }
    cs_buf_addf(b, "{\"role\":\"%s\",", strcmp(m->role, "user") == 0 ? "user" : "model");
    gemini_put_parts(b, m->text);
}

static void gemini_put_sampling(struct cs_buf *b, const struct cs_chat_request *q)
{
    bool temperature = q->has_temperature && !(q->without & CS_CHAT_TEMPERATURE);

    if (!temperature && !q->has_max_tokens)
        return;
    cs_buf_adds(b, ",\"generationConfig\":{");
    if (temperature)
        cs_buf_addf(b, "\"temperature\":%.6g", q->temperature);
    if (q->has_max_tokens)
        cs_buf_addf(b, "%s\"maxOutputTokens\":%d", temperature ? "," : "", q->max_tokens);
    cs_buf_adds(b, "}");
}

static void gemini_put_tools(struct cs_buf *b, const struct cs_chat_request *q)
{
    if (q->n_tools == 0)
        return;
    cs_buf_adds(b, ",\"tools\":[{\"functionDeclarations\":[");
    cs_chat_put_functions(b, q, "", "parametersJsonSchema", "");
    cs_buf_adds(b, "]}]");
    if (q->choice != CS_CHAT_MAY_CALL)
        cs_buf_addf(b, ",\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"%s\"}}",
                    q->choice == CS_CHAT_NO_CALL ? "NONE" : "ANY");
}

static void gemini_request(struct cs_buf *b, const struct cs_chat_request *q)
{
    const char *orders = cs_chat_system(q);

    cs_buf_adds(b, "{");
    if (orders && *orders) {
        cs_buf_adds(b, "\"systemInstruction\":{");
        gemini_put_parts(b, orders);
        cs_buf_adds(b, ",");
    }
    cs_buf_adds(b, "\"contents\":[");
    cs_chat_put_messages(b, q, gemini_put_message);
    cs_buf_adds(b, "]");
    gemini_put_tools(b, q);
    gemini_put_sampling(b, q);
    cs_buf_adds(b, "}");
}

/* Thoughts are paid for as part of the answer. */
static void gemini_count(struct cs_completion *c, const json_t *usage)
{
    int64_t thoughts;

    cs_completion_count(c, usage);
    if (c->counted && json_object_get(usage, "candidatesTokenCount") &&
        cs_tokens_read(usage, "thoughtsTokenCount", &thoughts) &&
        c->completion_tokens + thoughts <= CS_TOKENS_MAX)
        c->completion_tokens += thoughts;
}

/* Calls come whole. */
static void gemini_take_calls(struct cs_completion *c, const json_t *parts)
{
    for (size_t i = 0; i < json_array_size(parts); i++) {
        const json_t *part = json_array_get(parts, i);
        const json_t *call = json_object_get(part, "functionCall");

        if (json_is_object(call))
            cs_completion_call(c, &(struct cs_calls_piece){
                                      .index = -1,
                                      .id = json_object_get(call, "id"),
                                      .name = json_object_get(call, "name"),
                                      .arguments = json_object_get(call, "args"),
                                      .signature = json_object_get(part, "thoughtSignature"),
                                  });
    }
}

static void gemini_take(struct cs_completion *c, const json_t *root)
{
    const json_t *candidate = json_array_get(json_object_get(root, "candidates"), 0);
    const json_t *parts = json_object_get(json_object_get(candidate, "content"), "parts");
    const json_t *feedback = json_object_get(root, "promptFeedback");

    cs_completion_say(c, parts);
    gemini_take_calls(c, parts);
    cs_completion_finish(c, json_object_get(candidate, "finishReason"));
    if (json_is_string(json_object_get(feedback, "blockReason")))
        c->finish = CS_FINISH_FILTER;
    gemini_count(c, json_object_get(root, "usageMetadata"));
}

const struct cs_chat_wire cs_gemini_chat = {
    .name = "gemini",
    .tail = "/openai",
    .key = "x-goog-api-key: ",
    .path = gemini_path,
    .models = "/models?pageSize=500",
    .list = "models",
    .list_name = "name",
    .request = gemini_request,
    .take = gemini_take,
};

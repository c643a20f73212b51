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

static void gemini_put_message(struct cs_buf *b, const struct cs_chat_message *m)
{
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
    gemini_put_sampling(b, q);
    cs_buf_adds(b, "}");
}

/* Thoughts are paid for as part of the answer. */
static void gemini_count(struct cs_completion *c, const json_t *usage)
{
    int64_t thoughts;

    cs_completion_count(c, usage, "promptTokenCount", "candidatesTokenCount");
    if (c->counted && cs_tokens_read(usage, "thoughtsTokenCount", &thoughts) &&
        c->completion_tokens + thoughts <= CS_TOKENS_MAX)
        c->completion_tokens += thoughts;
}

static void gemini_take_candidate(struct cs_completion *c, const json_t *candidate)
{
    static const struct cs_finish_word words[] = {
        {"MAX_TOKENS", CS_FINISH_LENGTH},
        {"SAFETY", CS_FINISH_FILTER},
        {"RECITATION", CS_FINISH_FILTER},
        {"BLOCKLIST", CS_FINISH_FILTER},
        {"PROHIBITED_CONTENT", CS_FINISH_FILTER},
        {"SPII", CS_FINISH_FILTER},
        {0},
    };
    const json_t *parts = json_object_get(json_object_get(candidate, "content"), "parts");

    for (size_t i = 0; i < json_array_size(parts); i++) {
        const json_t *part = json_array_get(parts, i);

        if (!json_is_true(json_object_get(part, "thought")))
            cs_completion_say(c, json_object_get(part, "text"));
    }
    cs_completion_finish(c, json_object_get(candidate, "finishReason"), words);
}

static void gemini_take(struct cs_completion *c, const json_t *root)
{
    const json_t *feedback = json_object_get(root, "promptFeedback");

    gemini_take_candidate(c, json_array_get(json_object_get(root, "candidates"), 0));
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

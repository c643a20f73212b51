/* The format of Gemini: contents, a stream of answers with a part of the text each, and errors. */
#include "chat_wire.h"
#include "wire.h"

#include <string.h>

static bool gemini_read(json_t *body, struct question *ret)
{
    json_t *contents = json_object_get(body, "contents"), *content;
    size_t i;

    ret->last = "";
    json_array_foreach(contents, i, content) {
        const char *role = json_string_value(json_object_get(content, "role"));
        const char *text = json_string_value(
            json_object_get(json_array_get(json_object_get(content, "parts"), 0), "text"));
        if (!text || !role || (strcmp(role, "user") != 0 && strcmp(role, "model") != 0))
            return false;
        ret->last = text;
        ret->bytes += strlen(text);
    }
    ret->orders = json_object_get(body, "systemInstruction") != NULL;
    return json_array_size(contents) > 0;
}

static bool gemini_read_streamed(json_t *body, struct question *ret)
{
    ret->stream = true;
    return gemini_read(body, ret);
}

static const char *gemini_picky(json_t *body, const char **ret_param)
{
    *ret_param = NULL;
    return json_object_get(json_object_get(body, "generationConfig"), "temperature")
               ? "temperature is not supported by this model."
               : NULL;
}

static json_t *gemini_answer(const struct answer *a, json_t *content, const char *finish)
{
    json_t *candidate = json_pack("{s:i,s:o}", "index", 0, "content", content);

    if (finish)
        json_object_set_new(candidate, "finishReason", json_string(finish));
    return json_pack("{s:[o],s:{s:i,s:i,s:i},s:s}", "candidates", candidate, "usageMetadata",
                     "promptTokenCount", a->prompt_tokens, "candidatesTokenCount", answer_words(a),
                     "totalTokenCount", a->prompt_tokens + answer_words(a), "modelVersion",
                     a->model);
}

static void gemini_begin(struct answer *a)
{
    (void)a;
}

static void gemini_word(struct answer *a, const char *word)
{
    json_t *content = json_pack("{s:s,s:[{s:s}]}", "role", "model", "parts", "text", word);

    answer_add(a, "data: ", gemini_answer(a, content, NULL), "\r\n\r\n");
}

/* as the real one: a line of JSON without `data:` */
static void gemini_error_line(struct answer *a)
{
    answer_add(a, "",
               json_pack("{s:{s:i,s:s,s:s}}", "error", "code", 503, "message",
                         "The model is overloaded.", "status", "UNAVAILABLE"),
               "\r\n");
}

static void gemini_end(struct answer *a)
{
    json_t *content = json_pack("{s:s,s:[{s:s}]}", "role", "model", "parts", "text", "");

    answer_add(a, "data: ", gemini_answer(a, content, "STOP"), "\r\n\r\n");
}

static json_t *gemini_whole(const struct answer *a, const char *text, size_t len)
{
    json_t *content = json_pack("{s:s,s:[{s:s%}]}", "role", "model", "parts", "text", text, len);

    return gemini_answer(a, content, "STOP");
}

#define GEMINI                                                                                     \
    .stream_type = "text/event-stream", .picky = gemini_picky, .begin = gemini_begin,              \
    .word = gemini_word, .error = gemini_error_line, .end = gemini_end, .whole = gemini_whole

const struct chat_wire chat_gemini = {.read = gemini_read, GEMINI};
const struct chat_wire chat_gemini_stream = {.read = gemini_read_streamed, GEMINI};

json_t *gemini_error(const struct refusal *r)
{
    const char *word = r->status == 400   ? "INVALID_ARGUMENT"
                       : r->status == 401 ? "UNAUTHENTICATED"
                       : r->status == 429 ? "RESOURCE_EXHAUSTED"
                                          : "INTERNAL";

    return json_pack("{s:{s:i,s:s,s:s}}", "error", "code", r->status, "message", r->message,
                     "status", word);
}

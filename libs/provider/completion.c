/* What the formats share: reading an event, errors in it, text, the end and the count of tokens. */
#include "provider/completion.h"

#include "base/buf.h"
#include "base/json_span.h"
#include "provider/chat_wire.h"
#include "provider/json.h"
#include "provider/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    TREE_BYTES = 8 << 20, /* of an event that holds a whole answer */
    PARTS_DEPTH = 4,      /* of parts within parts */
};

/* ---- text ---- */

/* What came out between tags, or behind them. */
static void completion_take_text(void *state, const char *text, size_t len, bool reasoning)
{
    struct cs_completion *c = state;
    void (*out)(void *, const char *) = reasoning ? c->think : c->say;
    char *copy;

    c->thought |= reasoning;
    c->said |= !reasoning;
    if (!out)
        return;
    if (text[len] == '\0') {
        out(c->state, text);
        return;
    }
    if (!(copy = strndup(text, len)))
        abort();
    out(c->state, copy);
    free(copy);
}

static bool completion_text(struct cs_completion *c, const char *text)
{
    if (!*text)
        return false;
    c->tags.say = completion_take_text;
    c->tags.state = c;
    cs_think_feed(&c->tags, text, strlen(text));
    return true;
}

static void completion_reason(struct cs_completion *c, const json_t *content, int depth);

/* The member of a part that holds its text. */
static const json_t *part_text(const json_t *part)
{
    static const char *const names[] = {"text",    "thinking", "reasoning",
                                        "summary", "content",  "refusal"};
    const json_t *text = NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !text; i++)
        text = json_object_get(part, names[i]);
    return json_is_object(text) ? json_object_get(text, "value") : text;
}

static bool part_is(const json_t *part, const char *kind)
{
    const char *type = json_string_value(json_object_get(part, "type"));

    return type && strstr(type, kind);
}

static bool completion_content(struct cs_completion *c, const json_t *content, int depth)
{
    bool some = false;

    if (json_is_string(content))
        return completion_text(c, json_string_value(content));
    if (depth == PARTS_DEPTH)
        return false;
    for (size_t i = 0; i < json_array_size(content); i++)
        some |= completion_content(c, json_array_get(content, i), depth + 1);
    if (!json_is_object(content))
        return some;
    if (part_is(content, "think") || part_is(content, "reason") ||
        json_is_true(json_object_get(content, "thought"))) {
        completion_reason(c, part_text(content), depth + 1);
        return false;
    }
    if (part_is(content, "tool") || part_is(content, "function"))
        return false; /* what is called is not said */
    some = completion_content(c, part_text(content), depth + 1);
    c->refused |= some && part_is(content, "refusal");
    return some;
}

bool cs_completion_say(struct cs_completion *c, const json_t *content)
{
    return completion_content(c, content, 0);
}

static void completion_reason(struct cs_completion *c, const json_t *content, int depth)
{
    const char *text = json_string_value(content);

    if (text && *text)
        completion_take_text(c, text, strlen(text), true);
    if (text || depth == PARTS_DEPTH)
        return;
    for (size_t i = 0; i < json_array_size(content); i++)
        completion_reason(c, json_array_get(content, i), depth + 1);
    if (json_is_object(content))
        completion_reason(c, part_text(content), depth + 1);
}

void cs_completion_think(struct cs_completion *c, const json_t *content)
{
    completion_reason(c, content, 0);
}

void cs_completion_end(struct cs_completion *c)
{
    if (c->tags.say)
        cs_think_end(&c->tags);
}

void cs_completion_call(struct cs_completion *c, const struct cs_calls_piece *piece)
{
    if (cs_calls_add(c->calls, piece) || c->failed)
        return;
    c->failed = true;
    c->fault = (struct cs_fault){.code = "too_many_tool_calls",
                                 .message = "The tool calls of the answer are too many or too "
                                            "long."};
}

/* ---- the end ---- */

bool cs_completion_fail(struct cs_completion *c, const json_t *error)
{
    bool none = !error || json_is_null(error) || json_is_false(error) ||
                (json_is_string(error) && !json_string_length(error)) ||
                (json_is_object(error) && !json_object_size(error));

    if (none || c->failed)
        return c->failed;
    c->failed = true;
    cs_fault_from(error, &c->fault);
    return true;
}

/* Words of all formats that stand for another end than "stop". */
static const struct finish_word {
    const char *word;
    enum cs_finish finish; /* CS_FINISH_NONE: a failure */
} finish_words[] = {
    {"length", CS_FINISH_LENGTH},
    {"max_tokens", CS_FINISH_LENGTH},
    {"max_output_tokens", CS_FINISH_LENGTH},
    {"model_length", CS_FINISH_LENGTH},
    {"model_context_window_exceeded", CS_FINISH_LENGTH},
    {"content_filter", CS_FINISH_FILTER},
    {"content_filtered", CS_FINISH_FILTER},
    {"refusal", CS_FINISH_FILTER},
    {"safety", CS_FINISH_FILTER},
    {"recitation", CS_FINISH_FILTER},
    {"blocklist", CS_FINISH_FILTER},
    {"prohibited_content", CS_FINISH_FILTER},
    {"spii", CS_FINISH_FILTER},
    {"sensitive", CS_FINISH_FILTER},
    {"image_safety", CS_FINISH_FILTER},
    {"error", CS_FINISH_NONE},
    {"network_error", CS_FINISH_NONE},
    {"insufficient_system_resource", CS_FINISH_NONE},
    {"abort", CS_FINISH_NONE},
    {"cancelled", CS_FINISH_NONE},
    {"timeout", CS_FINISH_NONE},
    {"malformed_function_call", CS_FINISH_NONE},
    {"malformed_response", CS_FINISH_NONE},
    {"unexpected_tool_call", CS_FINISH_NONE},
    {"too_many_tool_calls", CS_FINISH_NONE},
    {"other", CS_FINISH_NONE},
};

void cs_completion_finish(struct cs_completion *c, const json_t *reason)
{
    const char *word = json_string_value(reason);

    if (!word || !*word)
        return;
    /* what we do not know is an end like any other */
    c->finish = c->refused ? CS_FINISH_FILTER : CS_FINISH_STOP;
    for (size_t i = 0; i < sizeof(finish_words) / sizeof(*finish_words); i++) {
        const struct finish_word *w = &finish_words[i];
        if (strcasecmp(w->word, word) != 0)
            continue;
        if (w->finish != CS_FINISH_NONE) {
            c->finish = c->refused ? CS_FINISH_FILTER : w->finish;
        } else if (!c->failed) {
            c->failed = true;
            c->fault = (struct cs_fault){0};
            snprintf(c->fault.code, sizeof(c->fault.code), "%s", w->word);
        }
    }
}

void cs_completion_count(struct cs_completion *c, const json_t *usage)
{
    static const char *const names[][3] = {
        {"prompt_tokens", "completion_tokens", "total_tokens"},
        {"input_tokens", "output_tokens", "total_tokens"},
        {"promptTokenCount", "candidatesTokenCount", "totalTokenCount"},
        {"inputTokens", "outputTokens", "totalTokens"},
        {"prompt_eval_count", "eval_count", "total_count"},
        {"prompt_n", "predicted_n", "total_n"},
    };
    int64_t asked, answered, all;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (!cs_tokens_read(usage, names[i][0], &asked))
            continue;
        if (!cs_tokens_read(usage, names[i][1], &answered)) {
            if (!cs_tokens_read(usage, names[i][2], &all) || all < asked)
                continue;
            answered = all - asked;
        }
        c->counted = true;
        c->prompt_tokens = asked;
        c->completion_tokens = answered;
        return;
    }
}

/* ---- events ---- */

/* The format whose shape an object has. */
static const struct cs_chat_wire *completion_wire(const struct cs_completion *c, const json_t *root)
{
    static const struct {
        const char *member;
        const struct cs_chat_wire *wire;
    } shapes[] = {
        {"choices", &cs_openai_chat},        {"candidates", &cs_gemini_chat},
        {"promptFeedback", &cs_gemini_chat}, {"usageMetadata", &cs_gemini_chat},
        {"done", &cs_ollama_chat},
    };

    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
        if (json_object_get(root, shapes[i].member))
            return shapes[i].wire;
    const char *type = json_string_value(json_object_get(root, "type"));
    if (type && (strncmp(type, "message", 7) == 0 || strncmp(type, "content_block", 13) == 0))
        return &cs_anthropic_chat;
    return c->wire;
}

/* An object that is no answer, and says why. */
static bool object_is_error(const json_t *root)
{
    static const char *const words[] = {"message", "detail",    "msg",       "errors",
                                        "errmsg",  "error_msg", "status_msg"};
    static const char *const answers[] = {"choices", "candidates", "usage",   "type",
                                          "done",    "id",         "content", "object"};
    const char *object = json_string_value(json_object_get(root, "object"));

    if (object && strcmp(object, "error") == 0)
        return true;
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
        if (json_object_get(root, answers[i]))
            return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (json_is_string(json_object_get(root, words[i])) ||
            json_is_array(json_object_get(root, words[i])))
            return true;
    return false;
}

static void completion_take_row(struct cs_completion *c, const char *data, size_t len, bool cut);

static void completion_take(struct cs_completion *c, const json_t *root)
{
    json_t *error = json_object_get(root, "error");

    for (size_t i = 0; i < json_array_size(root); i++)
        if (!c->failed)
            completion_take(c, json_array_get(root, i));
    if (json_is_string(root)) /* an object that was written twice */
        completion_take_row(c, json_string_value(root), json_string_length(root), false);
    if (!json_is_object(root))
        return;
    /* true beside a text is as much as the text */
    if (json_is_true(error) || (!error && object_is_error(root)))
        cs_completion_fail(c, root);
    else if (!cs_completion_fail(c, error))
        completion_wire(c, root)->take(c, root);
    c->read |= !c->failed;
}

static void completion_unreadable(struct cs_completion *c)
{
    c->failed = true;
    c->fault = (struct cs_fault){.unreadable = true, .message = "an event that cannot be read"};
}

static bool is_end_mark(const char *data, size_t len)
{
    static const char mark[] = "[DONE]";

    return len >= sizeof(mark) - 1 && memcmp(data, mark, sizeof(mark) - 1) == 0;
}

/* Objects in a row, which is what events make whose blank lines were forgotten; each must be whole. */
static void completion_take_row(struct cs_completion *c, const char *data, size_t len, bool cut)
{
    size_t n;

    for (; len > 0 && !c->failed && !c->done; data += n, len -= n) {
        c->done = is_end_mark(data, len);
        n = 1;
        if (*data != '{')
            continue;
        n = cs_json_span(data, len);
        json_t *root = n ? cs_provider_json(data, n, TREE_BYTES) : NULL;
        if (root)
            completion_take(c, root);
        else if (n || !cut)
            completion_unreadable(c); /* words of the answer may be lost with it */
        json_decref(root);
        n = n ? n : len;
    }
}

/* A text alone is no JSON of an answer, but it may hold one. */
static json_t *completion_json(const char *data, size_t len)
{
    CS_BUF_AUTO struct cs_buf list = {0};

    if (len == 0 || *data != '"')
        return cs_provider_json(data, len, TREE_BYTES);
    cs_buf_adds(&list, "[");
    cs_buf_add(&list, data, len);
    cs_buf_adds(&list, "]");
    return cs_provider_json(list.data, list.len, TREE_BYTES);
}

void cs_completion_error(struct cs_completion *c, const char *text)
{
    if (c->failed || c->done)
        return;
    c->failed = true;
    cs_fault_parse(text, strlen(text), &c->fault);
}

void cs_completion_event(struct cs_completion *c, const char *data, size_t len, bool cut)
{
    json_t *root;

    if (c->failed || c->done)
        return;
    while (len > 0 && strchr(" \t\r\n", *data)) {
        data++;
        len--;
    }
    if ((c->done = is_end_mark(data, len)))
        return;
    root = completion_json(data, len);
    if (root)
        completion_take(c, root);
    else if (len > 0 && memchr(data, '{', len)) /* words may stand before an object */
        completion_take_row(c, data, len, cut);
    json_decref(root);
}

bool cs_completion_over(const struct cs_completion *c)
{
    return !c->failed && (c->done || c->finish != CS_FINISH_NONE);
}

/* The format of Ollama: chat, a stream of it as lines of JSON, and errors that are a text. */
#include "chat_wire.h"
#include "wire.h"

#include <string.h>

static bool ollama_read(json_t *body, struct question *ret)
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
    ret->stream = !json_is_false(json_object_get(body, "stream"));
    return json_array_size(messages) > 0;
}

static const char *ollama_picky(json_t *body, const char **ret_param)
{
    *ret_param = NULL;
    return json_object_get(json_object_get(body, "options"), "temperature")
               ? "temperature is not supported by this model"
               : NULL;
}

static json_t *ollama_line(const struct answer *a, const char *text, size_t len)
{
    return json_pack("{s:s,s:s,s:{s:s,s:s%},s:b}", "model", a->model, "created_at",
                     "2026-11-20T10:00:00Z", "message", "role", "assistant", "content", text, len,
                     "done", 0);
}

static void ollama_finish(const struct answer *a, json_t *line)
{
    json_object_set_new(line, "done", json_true());
    json_object_set_new(line, "done_reason", json_string("stop"));
    json_object_set_new(line, "prompt_eval_count", json_integer(a->prompt_tokens));
    json_object_set_new(line, "eval_count", json_integer(answer_words(a)));
}

static void ollama_begin(struct answer *a)
{
    (void)a;
}

static void ollama_word(struct answer *a, const char *word)
{
    answer_add(a, "", ollama_line(a, word, strlen(word)), "\n");
}

static void ollama_error_line(struct answer *a)
{
    answer_add(a, "",
               json_pack("{s:s}", "error", "an error was encountered while running the model"),
               "\n");
}

static void ollama_end(struct answer *a)
{
    json_t *line = ollama_line(a, "", 0);

    ollama_finish(a, line);
    answer_add(a, "", line, "\n");
}

static json_t *ollama_whole(const struct answer *a, const char *text, size_t len)
{
    json_t *line = ollama_line(a, text, len);

    ollama_finish(a, line);
    return line;
}

const struct chat_wire chat_ollama = {
    .stream_type = "application/x-ndjson",
    .read = ollama_read,
    .picky = ollama_picky,
    .begin = ollama_begin,
    .word = ollama_word,
    .error = ollama_error_line,
    .end = ollama_end,
    .whole = ollama_whole,
};

json_t *ollama_error(const struct refusal *r)
{
    return json_pack("{s:s}", "error", r->message);
}

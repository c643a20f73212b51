/* Choices, usage and errors picked from the JSON of each event. */
#include "chat/completion.h"

#include "provider/json.h"
#include "provider/tokens.h"

#include <string.h>

enum { TREE_BYTES = 8 << 20 }; /* of an event that holds a whole answer */

static const struct {
    const char *word;
    enum completion_finish finish;
} finishes[] = {
    {"length", FINISH_LENGTH},
    {"content_filter", FINISH_FILTER},
};

static bool completion_say(struct completion *c, const json_t *text)
{
    const char *s = json_string_value(text);

    if (!s || !*s)
        return false;
    c->said = true;
    c->say(c->state, s);
    return true;
}

static void completion_take_choice(struct completion *c, const json_t *choice)
{
    const json_t *text = json_object_get(choice, "delta");
    const char *reason = json_string_value(json_object_get(choice, "finish_reason"));

    if (!json_is_object(text))
        text = json_object_get(choice, "message");
    completion_say(c, json_object_get(text, "content"));
    c->refused |= completion_say(c, json_object_get(text, "refusal"));
    if (!reason || !*reason)
        return;
    /* what we do not know is an end like any other */
    c->finish = c->refused ? FINISH_FILTER : FINISH_STOP;
    for (size_t i = 0; i < sizeof(finishes) / sizeof(*finishes) && !c->refused; i++)
        if (strcmp(finishes[i].word, reason) == 0)
            c->finish = finishes[i].finish;
}

static void completion_take(struct completion *c, const json_t *root)
{
    const json_t *error = json_object_get(root, "error"), *usage = json_object_get(root, "usage");
    int64_t prompt, completion;

    if (error && !json_is_null(error)) {
        c->failed = true;
        cs_fault_from(error, &c->fault);
        return;
    }
    if (cs_tokens_read(usage, "prompt_tokens", &prompt) &&
        cs_tokens_read(usage, "completion_tokens", &completion)) {
        c->counted = true;
        c->prompt_tokens = prompt;
        c->completion_tokens = completion;
    }
    completion_take_choice(c, json_array_get(json_object_get(root, "choices"), 0));
}

void completion_event(struct completion *c, const char *data, size_t len, bool cut)
{
    json_t *root;

    if (c->failed || c->done)
        return;
    if (len == 6 && memcmp(data, "[DONE]", 6) == 0) {
        c->done = true;
        return;
    }
    root = cs_provider_json(data, len, TREE_BYTES);
    if (root) {
        completion_take(c, root);
    } else if (len > 0 && *data == '{' && !cut) { /* words of the answer may be lost with it */
        c->failed = true;
        c->fault = (struct cs_fault){.message = "an event that cannot be read"};
    }
    json_decref(root);
}

bool completion_over(const struct completion *c)
{
    return !c->failed && (c->done || c->finish != FINISH_NONE);
}

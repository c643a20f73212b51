/* What the formats share: reading an event, errors in it, text, the end and the count of tokens. */
#include "provider/completion.h"

#include "provider/chat_wire.h"
#include "provider/json.h"
#include "provider/tokens.h"

#include <string.h>

enum { TREE_BYTES = 8 << 20 }; /* of an event that holds a whole answer */

bool cs_completion_say(struct cs_completion *c, const json_t *text)
{
    const char *s = json_string_value(text);

    if (!s || !*s)
        return false;
    c->said = true;
    c->say(c->state, s);
    return true;
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

void cs_completion_finish(struct cs_completion *c, const json_t *reason,
                          const struct cs_finish_word *words)
{
    const char *word = json_string_value(reason);

    if (!word || !*word)
        return;
    /* what we do not know is an end like any other */
    c->finish = c->refused ? CS_FINISH_FILTER : CS_FINISH_STOP;
    for (; words->word && !c->refused; words++)
        if (strcmp(words->word, word) == 0)
            c->finish = words->finish;
}

void cs_completion_count(struct cs_completion *c, const json_t *usage, const char *prompt,
                         const char *completion)
{
    int64_t asked, answered;

    if (!cs_tokens_read(usage, prompt, &asked) || !cs_tokens_read(usage, completion, &answered))
        return;
    c->counted = true;
    c->prompt_tokens = asked;
    c->completion_tokens = answered;
}

static void completion_take(struct cs_completion *c, const json_t *root)
{
    const json_t *error = json_object_get(root, "error");

    if (error && !json_is_null(error)) {
        c->failed = true;
        cs_fault_from(error, &c->fault);
        return;
    }
    c->wire->take(c, root);
}

void cs_completion_event(struct cs_completion *c, const char *data, size_t len, bool cut)
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

bool cs_completion_over(const struct cs_completion *c)
{
    return !c->failed && (c->done || c->finish != CS_FINISH_NONE);
}

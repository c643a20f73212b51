/* What a model writes for an agent: an expression, actions in words, and arguments beside a schema, split at the first line. */
#include "bound.h"

#include "bot/schema.h"
#include "chat/agent/react.h"
#include "chat/tool/calculator.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_answer(void *state, const char *text, size_t len)
{
    (void)text;
    *(size_t *)state += len;
}

static void fuzz_react(struct cs_arena *a, const char *text, size_t size)
{
    size_t said = 0, piece = size ? 1 + (unsigned char)*text % 16 : 1;
    struct react r = {.answer = count_answer, .state = &said};
    struct cs_chat_call call;

    for (size_t at = 0; at < size; at += piece)
        react_add(&r, text + at, size - at < piece ? size - at : piece);
    bool acts = react_end(&r, a, &call);
    if (said > size || (acts && said > 0) || (acts && !call.arguments))
        abort();
    react_free(&r);
}

static void fuzz_schema(struct cs_arena *a, const char *schema, const char *value)
{
    json_t *s = json_loads(schema, 0, NULL), *v = json_loads(value, JSON_DECODE_ANY, NULL);

    if (s && v && !cs_schema_fault(a, s))
        cs_schema_mismatch(a, s, v);
    json_decref(s);
    json_decref(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cs_arena a;
    const char *why;

    cs_arena_init(&a);
    const char *text = cs_strndup(&a, (const char *)data, size);
    size_t head = strcspn(text, "\n");
    calculator_value(&a, text, &why);
    fuzz_react(&a, text, strlen(text));
    bound_check(&a, size);
    fuzz_schema(&a, cs_strndup(&a, text, head), text + head);
    cs_arena_dispose(&a);
    return 0;
}

/*
 * Any bytes as answers of a provider: an event of a completion, vectors, an error. Never a crash,
 * memory grows as the answer does, and vectors that are accepted are all there.
 */
#include "bound.h"

#include "chat/completion.h"
#include "embed/openai.h"
#include "provider/fault.h"

#include <string.h>

enum { TEXTS = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void said(void *state, const char *text)
{
    *(size_t *)state += strlen(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    size_t bytes = 0;
    struct completion c = {.say = said, .state = &bytes};
    struct cs_fault fault;
    struct vectors vectors;
    struct cs_arena a;

    cs_arena_init(&a);
    completion_event(&c, text, size);
    if (bytes > size || (completion_over(&c) && c.failed))
        abort();
    cs_fault_parse(text, size, &fault);
    if (!memchr(fault.message, 0, sizeof(fault.message)))
        abort();
    if (!openai_reply(&a, text, size, TEXTS, &vectors) && (!vectors.halves || !vectors.dimensions))
        abort();
    bound_check(&a, size);
    cs_arena_dispose(&a);
    return 0;
}

/*
 * Any bytes as answers of a provider: vectors, an error, and its words. Never a crash, memory grows as the answer does, and
 * vectors that are accepted are all there. Answers of models have targets by their formats.
 */
#include "bound.h"

#include "provider/fault.h"
#include "provider/provider.h"

#include <string.h>

enum { TEXTS = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct cs_fault fault;
    static const struct cs_embed_wire *const wires[] = {&cs_openai_embed, &cs_gemini_embed,
                                                        &cs_ollama_embed, &cs_cohere_embed};
    struct cs_vectors vectors;
    struct cs_arena a;

    cs_arena_init(&a);
    cs_fault_parse(text, size, &fault);
    if (!memchr(fault.message, 0, sizeof(fault.message)))
        abort();
    cs_fault_words(&a, "it", fault.status, &fault, "key");
    for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++)
        if (!cs_embed_reply(&a, wires[i], text, size, TEXTS, &vectors) &&
            (!vectors.halves || !vectors.dimensions))
            abort();
    bound_check(&a, size);
    cs_arena_dispose(&a);
    return 0;
}

/*
 * Any bytes as answers of a provider: an event of a completion, a stream of them, vectors, an error. Never a
 * crash, memory grows as the answer does, and vectors that are accepted are all there.
 */
#include "bound.h"

#include "http/sse_parse.h"
#include "provider/fault.h"
#include "provider/provider.h"

#include <string.h>

enum { TEXTS = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void said(void *state, const char *text)
{
    *(size_t *)state += strlen(text);
}

static void on_event(void *state, const struct cs_sse_event *e)
{
    cs_completion_event(state, e->data, e->data_len, e->cut);
}

/* in pieces of the size that the first byte says; a text is no longer than what it was made of */
static void check_stream(const struct cs_chat_wire *wire, const char *text, size_t size)
{
    size_t bytes = 0, piece = size ? 1 + (unsigned char)*text % 64 : 1;
    struct cs_completion c = {.wire = wire, .say = said, .state = &bytes};
    struct cs_sse p;

    cs_sse_init(&p, 64 * 1024, on_event, &c);
    for (size_t at = 0; at < size; at += piece)
        if (!cs_sse_feed(&p, text + at, size - at < piece ? size - at : piece))
            break;
    cs_sse_end(&p);
    cs_sse_free(&p);
    if (bytes > 3 * size || (cs_completion_over(&c) && c.failed))
        abort();
}

static void check_whole(const struct cs_chat_wire *wire, const char *text, size_t size)
{
    size_t bytes = 0;
    struct cs_completion c = {.wire = wire, .say = said, .state = &bytes};

    cs_completion_event(&c, text, size, false);
    if (bytes > 3 * size || (cs_completion_over(&c) && c.failed))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct cs_fault fault;
    static const struct cs_chat_wire *const chats[] = {&cs_openai_chat, &cs_anthropic_chat,
                                                       &cs_gemini_chat, &cs_ollama_chat};
    static const struct cs_embed_wire *const wires[] = {&cs_openai_embed, &cs_gemini_embed,
                                                        &cs_ollama_embed, &cs_cohere_embed};
    struct cs_vectors vectors;
    struct cs_arena a;

    cs_arena_init(&a);
    for (size_t i = 0; i < sizeof(chats) / sizeof(chats[0]); i++) {
        check_whole(chats[i], text, size);
        check_stream(chats[i], text, size);
    }
    cs_fault_parse(text, size, &fault);
    if (!memchr(fault.message, 0, sizeof(fault.message)))
        abort();
    for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++)
        if (!cs_embed_reply(&a, wires[i], text, size, TEXTS, &vectors) &&
            (!vectors.halves || !vectors.dimensions))
            abort();
    bound_check(&a, size);
    cs_arena_dispose(&a);
    return 0;
}

/* The table of known providers. */
#include "provider/provider.h"

#include <string.h>

enum { CHAT = CS_PROVIDER_CHAT, EMBED = CS_PROVIDER_EMBED, RERANK = CS_PROVIDER_RERANK };

static const struct cs_provider known[] = {
    {.name = "builtin", .title = "Built in: quotes passages", .use = CHAT, .inside = true},
    {.name = "openai",
     .title = "OpenAI",
     .use = CHAT | EMBED,
     .base_url = "https://api.openai.com/v1",
     .newer_max = true,
     .chat = &cs_openai_chat,
     .embed = &cs_openai_embed},
    {.name = "anthropic",
     .title = "Anthropic",
     .use = CHAT,
     .base_url = "https://api.anthropic.com",
     .chat = &cs_anthropic_chat},
    {.name = "gemini",
     .title = "Google Gemini",
     .use = CHAT | EMBED,
     .base_url = "https://generativelanguage.googleapis.com/v1beta",
     .chat = &cs_gemini_chat,
     .embed = &cs_gemini_embed},
    {.name = "ollama",
     .title = "Ollama",
     .use = CHAT | EMBED,
     .base_url = "http://localhost:11434",
     .keyless = true,
     .chat = &cs_ollama_chat,
     .embed = &cs_ollama_embed},
    {.name = "azure",
     .title = "Azure OpenAI",
     .use = CHAT | EMBED,
     .newer_max = true,
     .key = "api-key: ",
     .chat = &cs_openai_chat,
     .embed = &cs_openai_embed},
    {.name = "mistral",
     .title = "Mistral",
     .use = CHAT | EMBED,
     .base_url = "https://api.mistral.ai/v1",
     .without = CS_CHAT_STREAM_OPTIONS, /* it reports its tokens unasked */
     .chat = &cs_openai_chat,
     .embed = &cs_openai_embed},
    {.name = "deepseek",
     .title = "DeepSeek",
     .use = CHAT,
     .base_url = "https://api.deepseek.com/v1",
     .chat = &cs_openai_chat},
    {.name = "groq",
     .title = "Groq",
     .use = CHAT,
     .base_url = "https://api.groq.com/openai/v1",
     .newer_max = true,
     .chat = &cs_openai_chat},
    {.name = "openrouter",
     .title = "OpenRouter",
     .use = CHAT,
     .base_url = "https://openrouter.ai/api/v1",
     .chat = &cs_openai_chat},
    {.name = "lmstudio",
     .title = "LM Studio",
     .use = CHAT | EMBED,
     .base_url = "http://localhost:1234/v1",
     .keyless = true,
     .chat = &cs_openai_chat,
     .embed = &cs_openai_embed},
    {.name = "llamacpp",
     .title = "llama.cpp server",
     .use = CHAT | EMBED,
     .base_url = "http://localhost:8080/v1",
     .keyless = true,
     .chat = &cs_openai_chat,
     .embed = &cs_openai_embed},
    {.name = "vllm",
     .title = "vLLM",
     .use = CHAT | EMBED,
     .base_url = "http://localhost:8000/v1",
     .keyless = true,
     .chat = &cs_openai_chat,
     .embed = &cs_openai_embed},
    {.name = "cohere",
     .title = "Cohere",
     .use = EMBED | RERANK,
     .base_url = "https://api.cohere.com/v2",
     .embed = &cs_cohere_embed},
    {.name = "local", .title = "Local encoder", .use = EMBED, .inside = true},
    {.name = "jina", .title = "Jina", .use = RERANK},
    {.name = "voyage", .title = "Voyage", .use = RERANK},
};

const struct cs_provider *cs_provider_at(size_t i)
{
    return i < sizeof(known) / sizeof(known[0]) ? &known[i] : NULL;
}

const struct cs_provider *cs_provider_find(const char *name)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    return NULL;
}

const struct cs_chat_wire *cs_provider_chat(const char *name, const char *base_url)
{
    const struct cs_provider *p = cs_provider_find(name);
    const struct cs_chat_wire *w = p ? p->chat : &cs_openai_chat;
    size_t n = strlen(base_url), tail = w && w->tail ? strlen(w->tail) : 0;

    if (tail && n > tail && strcmp(base_url + n - tail, w->tail) == 0)
        return &cs_openai_chat;
    return w;
}

const char *cs_provider_key(const char *name, const char *of_wire)
{
    const struct cs_provider *p = cs_provider_find(name);

    return p && p->key ? p->key : of_wire;
}

unsigned cs_provider_without(const char *name)
{
    const struct cs_provider *p = cs_provider_find(name);

    return p ? p->without : 0;
}

const struct cs_embed_wire *cs_provider_embed(const char *name)
{
    const struct cs_provider *p = cs_provider_find(name);

    return p ? p->embed : &cs_openai_embed;
}

const char *cs_provider_names(struct cs_arena *a, enum cs_provider_use use)
{
    const char *names = "";

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].use & use)
            names = cs_printf(a, "%s%s%s", names, *names ? ", " : "", known[i].name);
    return names;
}

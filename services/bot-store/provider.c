/* The table of known providers and the uses of each: chat, embeddings, reranking. */
#include "bot-store/provider.h"

#include <string.h>

static const struct {
    const char *name;
    unsigned use;
} known[] = {
    {"builtin", PROVIDER_CHAT},
    {"openai", PROVIDER_CHAT | PROVIDER_EMBED},
    {"anthropic", PROVIDER_CHAT},
    {"gemini", PROVIDER_CHAT | PROVIDER_EMBED},
    {"ollama", PROVIDER_CHAT | PROVIDER_EMBED},
    {"cohere", PROVIDER_RERANK},
    {"jina", PROVIDER_RERANK},
    {"voyage", PROVIDER_RERANK},
};

/* 0 when it is not known */
static unsigned provider_uses(const char *name)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].use;
    return 0;
}

bool provider_known(const char *name)
{
    return provider_uses(name) != 0;
}

bool provider_takes_key(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    size_t n = strlen(name);

    return n > 0 && strspn(name, allowed) == n && strcmp(name, "builtin") != 0 &&
           strcmp(name, "none") != 0;
}

bool provider_usable(const char *name, enum provider_use use, const struct provider_keys *keys)
{
    if (provider_uses(name))
        return provider_uses(name) & use;
    if (keys->test && use == PROVIDER_EMBED && strcmp(name, "hash") == 0)
        return true;
    for (size_t i = 0; i < keys->n; i++)
        if (strcmp(keys->keys[i]->provider, name) == 0)
            return keys->keys[i]->base_url != NULL;
    return false;
}

const char *provider_names(enum provider_use use)
{
    switch (use) {
    case PROVIDER_CHAT:
        return "The value must be builtin, openai, anthropic, gemini, ollama or a name with a "
               "stored "
               "base_url.";
    case PROVIDER_EMBED:
        return "The value must be none, openai, gemini, ollama or a name with a stored base_url.";
    case PROVIDER_RERANK:
        return "The value must be cohere, jina, voyage or a name with a stored base_url.";
    }
    return "The value is not one of the known ones.";
}

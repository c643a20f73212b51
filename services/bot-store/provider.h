#pragma once
/*
 * provider: the names a configuration may use. Pure; any thread.
 *
 * A name is known, or it is the bot's own: any other name for which a key was stored with a
 * base_url, spoken to as OpenAI-compatible.
 */
#include "chatsphere/v1/names.h"

#include <stdbool.h>

enum provider_use {
    PROVIDER_CHAT = 1,
    PROVIDER_EMBED = 2,
    PROVIDER_RERANK = 4,
};

/* The bot's stored keys; test: the test model `hash` counts too. */
struct provider_keys {
    ProviderKey *const *keys;
    size_t n;
    bool test;
};

bool provider_usable(const char *name, enum provider_use use, const struct provider_keys *keys);
bool provider_known(const char *name);
bool provider_takes_key(const char *name);         /* a name that is well formed and not builtin */
const char *provider_names(enum provider_use use); /* for messages */

#pragma once
/*
 * provider: the names a configuration may use. Pure; any thread.
 *
 * A name is known, or it is the bot's own: any other name for which a key was stored with a
 * base_url, spoken to as OpenAI-compatible.
 */
#include "chatsphere/v1/names.h"
#include "provider/provider.h"

#include <stdbool.h>

/* The bot's stored keys; test: the test model `hash` counts too. */
struct provider_keys {
    ProviderKey *const *keys;
    size_t n;
    bool test;
};

bool provider_usable(const char *name, enum cs_provider_use use, const struct provider_keys *keys);
bool provider_known(const char *name);
bool provider_takes_key(const char *name); /* well formed, and of a server */
/* What a field for such a name must hold, for messages. */
const char *provider_wanted(struct cs_arena *a, enum cs_provider_use use);

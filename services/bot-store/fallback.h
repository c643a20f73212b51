#pragma once
/*
 * fallback: the language model of bots that name none, from the settings DEFAULT_MODEL, DEFAULT_MODEL_URL and
 * DEFAULT_MODEL_KEY. Without them such a bot quotes passages. Start once; then any thread.
 */
#include "chatsphere/v1/names.h"

#include <stdbool.h>

/* model: provider/name, or NULL for none; url and key may be NULL. 0, or -1 with a log line. */
int fallback_start(const char *model, const char *url, const char *key);
/* Fills in provider and model of a configuration that names no provider. */
void fallback_fill(BotConfiguration *c);
/* The key and the address of the provider; false: it is another one. */
bool fallback_key(const char *provider, OpenedProviderKey *ret);

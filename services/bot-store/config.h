#pragma once
/*
 * config: what a bot may be set to. Pure; any thread; everything is made in the arena.
 *
 * Only the fields that were set are stored (config_text); the defaults are filled in when a bot is
 * shown (libs/bot/configuration.h).
 */
#include "bot-store/provider.h"
#include "pbjson/pbjson.h"

/* Bytes of a configuration as JSON: the longest prompt in characters of 4 bytes fits, and a bot with it
 * fits a message of the bus. */
enum { CONFIG_MAX = 256 * 1024 };

/* The embedding provider `none` is the same as none: it is taken away. */
void config_tidy(BotConfiguration *c);

/* Notes every wrong field, by its path from the bot. NULL is fine. */
void config_check(struct cs_arena *a, const BotConfiguration *set, const struct provider_keys *keys,
                  struct pbjson_errors *errors);

/* Canonical JSON of what is set; NULL gives {}. */
const char *config_text(struct cs_arena *a, const ProtobufCMessage *msg);
/* The way back; false when the text is none of ours. */
bool config_parse(struct cs_arena *a, const char *text, ProtobufCMessage *ret);

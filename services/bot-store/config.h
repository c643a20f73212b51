#pragma once
/*
 * config: what a bot may be set to. Pure; any thread; everything is made in the arena.
 *
 * Stored is only what was set (config_text); what is shown has the defaults filled in
 * (config_show), so a default that changes reaches every bot that did not choose.
 */
#include "bot-store/provider.h"
#include "pbjson/pbjson.h"

enum { CONFIG_MAX = 128 * 1024 }; /* bytes of a configuration as JSON */

/* The embedding provider `none` is the same as none: it is taken away. */
void config_tidy(BotConfiguration *c);

/* Notes every wrong field, by its path from the bot. NULL is fine. */
void config_check(struct cs_arena *a, const BotConfiguration *c, const struct provider_keys *keys,
                  struct pbjson_errors *errors);
void widget_check(const Widget *w, struct pbjson_errors *errors);

/* Canonical JSON of what is set; NULL gives {}. */
const char *config_text(struct cs_arena *a, const ProtobufCMessage *msg);
/* The way back; false when the text is none of ours. */
bool config_parse(struct cs_arena *a, const char *text, ProtobufCMessage *ret);

/* A new one: the defaults, and over them what is set. */
BotConfiguration *config_show(struct cs_arena *a, const BotConfiguration *stored);

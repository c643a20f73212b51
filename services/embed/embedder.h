#pragma once
/*
 * embedder: who makes a bot's vectors, from its configuration and provider key.
 *
 * Remembered for 2 s, and forgotten at once when bot_store says that the bot changed. Keys are
 * wiped from memory when they are forgotten.
 */
#include "bus/service.h"

#include <stddef.h>

struct embedder {
    const char *provider, *model;
    int dimensions;       /* 0: the model's own */
    const char *base_url; /* without / at the end */
    const char *api_key;  /* NULL: none */
    bool hash;            /* the model of tests */
};

int embedder_start(void); /* settings loaded; 0, or -1 with a log line */
void embedder_stop(void);

/* In the call's arena. Negative with the problem when the bot has none, or it cannot be used. */
int embedder_of(struct cs_call *call, const char *bot, struct embedder *ret);

void embedder_forget(const char *subject, const char *data, size_t len); /* ctl cache.bot.* */

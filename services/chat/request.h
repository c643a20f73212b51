#pragma once
/*
 * Request: a chat completion to be asked for, in the OpenAI wire format. Only what the bot sets is
 * sent, because models refuse what they do not know. Pure; memory of the arena.
 */
#include "chat/prompt.h"

struct request {
    const char *provider, *model;
    const BotConfiguration *configuration;
    const struct prompt *prompt;
    bool stream;
    unsigned without; /* bits of enum learned */
};

char *request_body(struct cs_arena *a, const struct request *r, size_t *ret_len);

#pragma once
/*
 * embedder: who makes a bot's vectors, from its configuration and provider key.
 */
#include "embed/local/models.h"
#include "provider/access.h"
#include "provider/provider.h"

struct embedder {
    const char *provider, *model;
    const char *space; /* of its vectors, without their size: provider/model */
    int dimensions;    /* 0: the model's own */
    struct cs_access access;
    const struct cs_embed_wire *wire;
    const struct model
        *local; /* a model in this process; neither it nor the next needs an access */
    bool hash;  /* the model of tests */
};

/* Another model than the bot's, of a provider of the bot. */
struct embedder_choice {
    const char *provider, *model; /* provider NULL: the bot's own choice */
    int dimensions;
};

/* In the call's arena. Negative with the problem when the bot has none, or it cannot be used. */
int embedder_of(struct cs_call *call, const char *bot, const struct embedder_choice *choice,
                struct embedder *ret);

#pragma once
/*
 * Provider: THE table of the providers that are known by name: the uses of each, its address, and its
 * wires. Validation of a configuration, addresses, headers and texts of errors come from it.
 *
 * Any other name is one of a bot's own: a key was stored for it with a base_url, and it is asked in the
 * OpenAI format. Pure; any thread.
 */
#include "provider/chat_wire.h"
#include "provider/embed_wire.h"

enum cs_provider_use {
    CS_PROVIDER_CHAT = 1,
    CS_PROVIDER_EMBED = 2,
    CS_PROVIDER_RERANK = 4,
};

struct cs_provider {
    const char *name;
    const char *title;    /* for people */
    unsigned use;         /* of cs_provider_use */
    const char *base_url; /* NULL: a base_url must be stored, or it is asked inside a service */
    bool keyless;         /* works without a key */
    bool inside;          /* no server: neither address nor key */
    bool newer_max;       /* in the OpenAI format: it wants max_completion_tokens */
    unsigned without;     /* of enum cs_chat_param: what it is never sent */
    const char *key;      /* the header of the key, up to the key; NULL: that of the format */
    const struct cs_chat_wire *chat;   /* NULL: none */
    const struct cs_embed_wire *embed; /* NULL: none */
};

/* Row i of the table; NULL behind the last. */
const struct cs_provider *cs_provider_at(size_t i);
/* NULL when the name is not known. */
const struct cs_provider *cs_provider_find(const char *name);
/*
 * The wire for chat behind an address without / at the end: that of OpenAI for a name that is not known, and
 * where the end of the address says so; NULL: the provider has no chat.
 */
const struct cs_chat_wire *cs_provider_chat(const char *name, const char *base_url);
/* The header of the key behind which the key stands: the provider's own, or that of its format. */
const char *cs_provider_key(const char *name, const char *of_wire);
/* Of enum cs_chat_param, what the provider is never sent. */
unsigned cs_provider_without(const char *name);
/* The wire for vectors; that of OpenAI for a name that is not known. */
const struct cs_embed_wire *cs_provider_embed(const char *name);
/* The known names of a use, such as: openai, gemini, ollama */
const char *cs_provider_names(struct cs_arena *a, enum cs_provider_use use);

#pragma once
/*
 * tool: a tool of a bot as its configuration describes it: the name of a built-in one, a call of an HTTP API, or an MCP
 * server. bot_store refuses what cannot be read here, and chat runs it. Values of headers are secrets: a configuration
 * shows CS_TOOL_HIDDEN in their place, and bot_store keeps them sealed. Pure; any thread; memory of the arena.
 */
#include "base/arena.h"
#include "chatsphere/v1/names.h"
#include "pbjson/pbjson.h"

#include <stdbool.h>

enum {
    CS_TOOL_NAME = 64, /* bytes */
    CS_TOOL_HEADERS = 8,
    CS_TOOL_ALLOW = 32,
    CS_TOOL_SECONDS = 60,
    CS_TOOL_SECONDS_DEFAULT = 30,
};
#define CS_TOOL_HIDDEN "********"

enum cs_tool_kind {
    CS_TOOL_SEARCH_DOCUMENTS,
    CS_TOOL_SEARCH_CONVERSATIONS,
    CS_TOOL_CURRENT_TIME,
    CS_TOOL_CALCULATOR,
    CS_TOOL_HTTP_GET,
    CS_TOOL_HTTP, /* an operation of an HTTP API */
    CS_TOOL_MCP,  /* a server with tools of its own */
};

struct cs_tool {
    enum cs_tool_kind kind;
    const char *name, *description; /* description NULL: none */
    const char *parameters;         /* JSON Schema of an object; NULL: of an MCP server */
    const char *method, *url;       /* of the last two kinds */
    bool write;                     /* a call needs an approval */
    int timeout_s;
    const char **allow; /* http_get: host:port, in lower case */
    size_t n_allow;
    bool has_headers; /* kept under cs_tool_secret() */
};

/*
 * Reads one; NULL when something is wrong, with an error at `path` or below. errors NULL: it was
 * stored, and only NULL matters.
 */
struct cs_tool *cs_tool_read(struct cs_arena *a, const char *text, const char *path,
                             struct pbjson_errors *errors);

/* The name under which the headers of a tool are kept among a bot's provider keys. */
const char *cs_tool_secret(struct cs_arena *a, const char *name);
#define CS_TOOL_SECRET "tool:"

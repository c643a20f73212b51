#pragma once
/*
 * tool: one call of a tool of a bot, from its arguments to its result.
 *
 * A tool acts with the rights of the caller of the turn. It holds no worker while it waits for others: tool_start()
 * returns CS_LATER then, and done runs on a worker when the result is there. Whatever goes wrong is a result, marked as
 * failed, which the model is told; it is data, never orders. Everything lives in the call's arena.
 */
#include "bot/tool.h"
#include "chat/turn.h"

#include <jansson.h>

struct mcp;

enum { TOOL_RESULT = 16 * 1024 /* bytes that the model gets of a result */ };

/* A tool as the model sees it. */
struct tool {
    const struct cs_tool *conf;
    const char *name, *description, *parameters;
    const char *remote; /* its name at an MCP server; NULL: no tool of one */
    bool write;         /* a call needs an approval */
    struct mcp *server; /* of mcp.c; else NULL */
};

struct tool_run {
    struct turn *turn;
    const struct tool *tool;
    const char *arguments; /* the text of a JSON object */
    int64_t timeout_ms;
    int (*done)(struct cs_call *call, void *state);
    void *state;

    const char *result;
    bool failed;
    json_t *values; /* the arguments; tool.c's own, as is the next */
    const char *url;
};

/* 0: the result is there; CS_LATER: done is called. */
int tool_start(struct tool_run *run);

/* ---- for the files of tools ---- */

/* Both return 0. */
int tool_says(struct tool_run *run, const char *text, size_t len); /* cut, and made valid UTF-8 */
int tool_fails(struct tool_run *run, const char *why);
/* The text of a member of the arguments; "" when it is absent or no text. */
const char *tool_argument(const struct tool_run *run, const char *name);
/* Ends a stage. */
int tool_done(struct tool_run *run);
/* For the engine: false when the turn was cancelled. state: the run. */
bool tool_tick(void *state);
/* Some headers of ours and those of a tool, which may be secret, up to NULL; NULL: they cannot be had. */
const char *const *tool_headers(struct turn *t, const struct cs_tool *conf,
                                const char *const *ours);

int tool_http_get(struct tool_run *run);
int tool_http(struct tool_run *run);
int tool_search_documents(struct tool_run *run);
int tool_search_conversations(struct tool_run *run);
int tool_current_time(struct tool_run *run);
int tool_mcp(struct tool_run *run);

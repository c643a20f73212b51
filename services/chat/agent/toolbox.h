#pragma once
/*
 * toolbox: the tools of a bot under the names that its model knows. Those of MCP servers are asked for at the beginning of
 * a turn; a server that does not answer has none. Lives in the call's arena.
 */
#include "chat/tool/tool.h"
#include "provider/chat_wire.h"

enum { TOOLBOX_MAX = 128 };

struct toolbox {
    struct tool *tools;
    struct cs_chat_tool *shown; /* the same, for a request */
    size_t n;
    struct turn *turn;
    int (*filled)(struct cs_call *call, void *state);
    void *state;
    struct cs_tool **servers; /* that are still to be asked */
    size_t n_servers, at;
};

/* Calls filled at once or later; returns what it returns, or CS_LATER. */
int toolbox_fill(struct toolbox *box, struct turn *t, int (*filled)(struct cs_call *, void *),
                 void *state);
/* By its name here, or by the name that its server gave it; NULL: none. */
const struct tool *toolbox_find(const struct toolbox *box, const char *name);
const char *toolbox_names(const struct toolbox *box, struct cs_arena *a);
/* The arguments of a tool with one property, whose value a model wrote without JSON. */
const char *toolbox_single(struct cs_arena *a, const struct tool *tool, const char *text);
/* For mcp.c: adds a tool of a server; false when there is no room. */
bool toolbox_add(struct toolbox *box, const struct tool *tool);

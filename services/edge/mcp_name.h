#pragma once
/*
 * mcp_name: bots as tools of the MCP server: ask_<slug> and search_<slug>. The slug is made of the bot's name; bots with
 * one slug have the end of their id behind it, so a name means one bot however the list is ordered. Pure.
 */
#include "base/arena.h"
#include "chatsphere/v1/names.h"

enum { MCP_SLUG = 40 };

/* The slugs of n bots, in their order. */
const char **mcp_slugs(struct cs_arena *a, Bot *const *bots, size_t n);

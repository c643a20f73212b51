#pragma once
/*
 * mcp: an MCP server for tests of our client, and an HTTP API for tools.
 *
 *   POST /mcp           the older protocol: a handshake, a session; answers of calls are streams
 *   POST /mcp-modern    the newer one: the version is in each request, and its headers are checked
 *   any   /echo...      {"method", "path", "authorization", "body"} of the request
 *
 * Both servers want the header Authorization: Bearer mcp-secret. Their tools: add {a, b}, fail {}, and wipe.all, which
 * says that it destroys. The list of tools has two pages.
 */
#include <h2o.h>
#include <stdbool.h>

bool mcp_serve(h2o_req_t *req); /* false: another path */

#pragma once
/*
 * mcp: tools of MCP servers over Streamable HTTP, as a client of both generations of the protocol: with a handshake and a
 * session, or with the version in each request. A session lives as long as the turn. What a server says of its tools is
 * untrusted text, cut and checked. Lives in the call's arena.
 */
#include "chat/agent/toolbox.h"

/*
 * Asks a server for its tools and adds them to the box. CS_LATER: next is called then; 0: there are none. A server
 * that fails adds none, and the log says why.
 */
int mcp_list(struct toolbox *box, const struct cs_tool *conf,
             int (*next)(struct cs_call *call, void *state), void *state);

/* The turn is over: sessions are ended, which nobody waits for. */
void mcp_leave(const struct toolbox *box);

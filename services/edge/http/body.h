#pragma once
/* body: the bodies that are announced and come in, on a loop; nobody but server.c, http.c and parse.c. */
#include "edge/http/http_h2o.h"
#include "edge/http/parse.h"

/* A parsed head announces a large body. False: it must not be read. loop: struct http_loop. */
bool body_announced(void *loop, const struct parse_head *h);
/* Each second: cuts idle connections and bodies that hold memory for nothing (parked.h). */
void body_tick(struct http_loop *loop, int64_t now);
/* The body came in whole, or its connection ends: nobody waits for its credential any more. */
void body_over(struct http_connection *c);
/* What an address counts as: IPv4, or the /64 of IPv6. */
uint64_t body_peer(h2o_socket_t *sock);

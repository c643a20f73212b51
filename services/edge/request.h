#pragma once
/*
 * request: the way of one REST request: route, limits, identity, rights, body, and on to the file
 * that serves its route. On the loop's thread.
 */
#include "edge/answer.h"

void request_begin(struct edge *e, struct http_request *http);

/* ---- for files that serve a route ---- */

/* Whether its Origin is of a page of the platform itself, or of the operator's list. */
bool request_from_page(const struct request *r);
/* Whether its page may read the reply: the settings of a bot are for the pages that it allows. */
bool request_may_show(const struct request *r, const ProtobufCMessage *msg);
/* Fills the (internal) field of that name, if the message asks for it; value NULL: not known. */
void request_observe(struct cs_arena *a, ProtobufCMessage *msg, const char *name,
                     const char *value);

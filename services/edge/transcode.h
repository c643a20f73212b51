#pragma once
/*
 * transcode: path, query and JSON body of a request -> the message its rpc takes.
 *
 * A malformed id in the path is replaced by the nil UUID, which names nothing: so the service gives
 * it the very answer it gives an unknown id, whatever that answer is.
 */
#include "pbjson/pbjson.h"

#include <stdbool.h>

struct request;

/* Fills r->msg. False: the request was answered. */
bool transcode_in(struct request *r);
/* The same with a body that was parsed before (stolen); NULL: none. */
bool transcode_object(struct request *r, json_t *body);

/* Whether msg has a true boolean field `stream`. */
bool transcode_wants_stream(const ProtobufCMessage *msg);
/* The body alone, which is JSON; *ret stays NULL when there is none. False: it was answered. */
bool transcode_body(struct request *r, json_t **ret);

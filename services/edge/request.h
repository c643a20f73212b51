#pragma once
/*
 * request: one REST request on its way: route, limits, identity, rights, body, service, answer.
 *
 * Lives in the arena of its http_request and on the loop's thread. After an answer was given (by any
 * function here or in problem.h that answers) nothing more is done with it.
 */
#include "edge/edge.h"
#include "edge/http/http.h"
#include "edge/routes.h"
#include "edge/token.h"

#include "base/id.h"
#include "obs/span.h"

#include <protobuf-c/protobuf-c.h>

struct request {
    struct http_request *http;
    struct edge *edge;
    struct route_match match;
    const struct route *route; /* NULL while unknown */
    const char *id, *address, *origin, *auth, *idempotency_key;
    char traceparent[CS_TRACEPARENT_SIZE];
    struct cs_span *span;  /* of `traceparent`; NULL: not recorded */
    char turn[CS_ID_SIZE]; /* of a turn route */
    struct identity who;
    struct token_check check;
    ProtobufCMessage *msg;   /* what the service is asked */
    struct bridge_call call; /* the one call of a plain route */
    int64_t began_us;
    int status; /* of the answer */
    /* set by who answers in several steps: called when the client left */
    void (*abandon)(struct request *r);
    void *work;
};

void request_begin(struct edge *e, struct http_request *http);

/*
 * Sends msg in the name of whom the request comes from. The caller has set done, user and what else
 * it wants of the call; request_send() is for one whose rpc, data and len are set, too.
 */
void request_send(struct request *r, struct bridge_call *call);
void request_ask(struct request *r, struct bridge_call *call, const struct cs_rpc *rpc,
                 const ProtobufCMessage *msg);
/* Unpacks a good reply into the arena; NULL: it was answered as a problem. */
ProtobufCMessage *request_reply(struct request *r, const struct cs_rpc *rpc,
                                const struct bridge_reply *reply);

/* Answers. body lives in the arena or is constant. */
void request_answer(struct request *r, int status, const char *type, const void *body, size_t len);
void request_answer_message(struct request *r, int status, const ProtobufCMessage *msg);
/* Writes down the answer of a stream that opens now. */
void request_stream(struct request *r, int status);

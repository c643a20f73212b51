#pragma once
/*
 * answer: a REST request for the files that answer it.
 *
 * It lives in the arena of its http_request and on the loop's thread. After an answer was given (by
 * any function here) nothing more is done with it.
 */
#include "edge/edge.h"
#include "edge/http/http.h"
#include "edge/problem.h"
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
    const char *id, *address, *origin, *idempotency_key;
    char traceparent[CS_TRACEPARENT_SIZE];
    struct cs_span *span;  /* of `traceparent`; NULL: not recorded */
    char turn[CS_ID_SIZE]; /* of a turn route */
    struct identity who;
    struct token_check check;
    ProtobufCMessage *msg;   /* what the service is asked */
    struct bridge_call call; /* the one call of a plain route */
    bool any_origin;         /* a page of any origin may read what it is not forbidden */
    int64_t began_us;
    int status; /* of the answer */
    /* set by a file that answers in several steps: called when the client left */
    void (*abandon)(struct request *r);
    void *work;
};

/* body lives in the arena or is constant. */
void answer_body(struct request *r, int status, const char *type, const void *body, size_t len);
void answer_message(struct request *r, int status, const ProtobufCMessage *msg);
/* Records the status of a stream that opens now, for metrics and the log. */
void answer_stream(struct request *r, int status);

/* An error, as a problem; 429 and 503 bear Retry-After. detail is constant text. */
void answer_problem(struct request *r, const Problem *p);
void answer_error(struct request *r, int status, const char *detail);
/* code is constant text. */
void answer_limited(struct request *r, int64_t wait_ms, const char *code);
/* 400 with the fields, or 413 where reading them took more memory than a request may. */
void answer_fields(struct request *r, const struct pbjson_errors *errors);

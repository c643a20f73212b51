#pragma once
/*
 * span: what one trace is made of: who did what, on whose behalf, from when to when.
 *
 * Spans exist only while they are exported (obs/otlp.h) and their trace is sampled; else the
 * functions that make one return NULL, which every function here takes. A span belongs to whoever
 * began it, may pass from thread to thread, and is gone with cs_span_end(), which never blocks.
 *
 * A server or consumer span has the context that cs_trace_child() made for the call:
 *
 *     cs_trace_child(header, own);
 *     span = cs_span_new(CS_SPAN_SERVER, own, header);
 *
 * A client span is a child of such a context, and the one who is asked gets the client span's:
 *
 *     span = cs_span_child(CS_SPAN_CLIENT, call->traceparent);
 *     send(..., cs_span_context(span, call->traceparent));
 *     cs_span_name(span, "%s/%s", service, method);
 *     cs_span_int(span, "rpc.response.status_code", 200);
 *     cs_span_end(span);
 *
 * Names and attributes follow the OpenTelemetry semantic conventions. No secrets, no addresses of
 * people, no query strings; keys are constant text.
 */
#include "obs/trace.h"

#include <stdbool.h>
#include <stdint.h>

enum cs_span_kind { CS_SPAN_SERVER = 2, CS_SPAN_CLIENT = 3, CS_SPAN_CONSUMER = 5 }; /* of OTLP */

enum { CS_SPAN_ATTRS = 8, CS_SPAN_NAME_SIZE = 128, CS_SPAN_VALUE_SIZE = 96 };

struct cs_span_attr {
    const char *key;
    char text[CS_SPAN_VALUE_SIZE]; /* "": a number */
    int64_t number;
};

/* For the exporter; everybody else uses the functions. */
struct cs_span {
    enum cs_span_kind kind;
    bool failed;
    char own[CS_TRACEPARENT_SIZE], parent[CS_TRACEPARENT_SIZE]; /* parent "": a root */
    char name[CS_SPAN_NAME_SIZE];
    int64_t start_ns, end_ns; /* unix */
    int64_t began_ns;         /* monotonic: a duration is right even when the clock is set */
    int n_attrs;
    struct cs_span_attr attrs[CS_SPAN_ATTRS];
};

struct cs_span *cs_span_new(enum cs_span_kind kind, const char *own, const char *parent);
struct cs_span *cs_span_child(enum cs_span_kind kind, const char *parent); /* NULL: none */
void cs_span_end(struct cs_span *s);

/* Whom the asked one's spans belong to. */
const char *cs_span_context(const struct cs_span *s, const char *otherwise);

/* Anything but printable ASCII becomes '?'; what is too long is cut. NULL and "" are left out. */
void cs_span_name(struct cs_span *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));
void cs_span_text(struct cs_span *s, const char *key, const char *value);
void cs_span_int(struct cs_span *s, const char *key, int64_t value);
void cs_span_fail(struct cs_span *s, const char *error_type);
/* A number as error.type if the answer's status is one of a failure, from `least` on. */
void cs_span_status(struct cs_span *s, const char *key, int status, int least);

/* The context this thread works in, for what has no call at hand; borrowed, NULL: none. */
void cs_span_scope(const char *traceparent);
const char *cs_span_here(void);

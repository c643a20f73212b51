#pragma once
/* trace: W3C trace context (traceparent). A new span id per hop; spans of it: obs/span.h. */
#include <stdbool.h>

enum { CS_TRACEPARENT_SIZE = 56, CS_TRACE_ID_SIZE = 33 };

/* Where what stands in a valid one, and how long the ids are: 00-<trace>-<span>-<flags>, in hex. */
enum {
    CS_TRACE_AT = 3,
    CS_TRACE_LEN = 32,
    CS_TRACE_SPAN_AT = 36,
    CS_TRACE_SPAN_LEN = 16,
    CS_TRACE_FLAGS_AT = 53,
};

/* A child of `parent`, sampled or not as it is; an unsampled root when parent is no context. */
void cs_trace_child(const char *parent, char out[CS_TRACEPARENT_SIZE]);
bool cs_trace_valid(const char *traceparent);
void cs_trace_id(const char *traceparent, char out[CS_TRACE_ID_SIZE]); /* "" if malformed */

bool cs_trace_sampled(const char *traceparent); /* false if malformed */
/* Samples a root made by cs_trace_child() if its id is among the given share (0 to 1) of all. */
void cs_trace_sample(char traceparent[CS_TRACEPARENT_SIZE], double share);

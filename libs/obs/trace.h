#pragma once
/* trace: W3C trace context (traceparent). A new span id per hop; export comes with OTLP. */
#include <stdbool.h>

enum { CS_TRACEPARENT_SIZE = 56, CS_TRACE_ID_SIZE = 33 };

/* A child of `parent`, or a new root when parent is NULL or malformed. */
void cs_trace_child(const char *parent, char out[CS_TRACEPARENT_SIZE]);
bool cs_trace_valid(const char *traceparent);
void cs_trace_id(const char *traceparent, char out[CS_TRACE_ID_SIZE]); /* "" if malformed */

#pragma once
/*
 * store: the spans a collector was sent, by trace, and what can be said of a trace.
 *
 * A span is kept flat: {"trace", "id", "parent", "service", "name", "kind", "failed", "start_ns",
 * "end_ns", "attributes": {...}}. When there are too many, all are forgotten.
 */
#include <jansson.h>

/* An ExportTraceServiceRequest. NULL, or what is wrong with it; nothing of it is kept then. */
const char *store_add(const json_t *request);

json_t *store_counts(void); /* {"traces", "spans"} */
/*
 * {"count", "outside": [parents that are no span of the trace], "paths": {"edge > chat": n},
 * "named": {"edge GET /x": span}, "spans": [...]}. A path is the way from the root to a span by
 * the processes it passes; what was asked by a client span is named by what it is.
 */
json_t *store_trace(const char *id);

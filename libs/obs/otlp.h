#pragma once
/*
 * otlp: sends ended spans (obs/span.h) to a collector, as OTLP/HTTP in JSON.
 *
 * One thread posts batches to <url>/v1/traces: up to CS_OTLP_BATCH spans, as soon as so many wait
 * or each second. What does not fit into the ring, and a batch the collector does not take, is lost
 * and counted in cs_spans_dropped_total; nobody ever waits. Redirects and proxies are not followed.
 * The address is the operator's, so the SSRF guard is not asked.
 */
#include "base/buf.h"
#include "obs/span.h"

#include <stddef.h>

enum { CS_OTLP_BATCH = 512 };

/* A row for the cs_env table of a program that exports. */
#define CS_OTLP_ENV                                                                                \
    {                                                                                              \
        .name = "OTLP_URL", .kind = CS_ENV_URL, .format = "http, https",                           \
        .help = "collector of traces (OTLP over HTTP); absent: off"                                \
    }

/* url NULL or "": nothing is exported. 0, or -1 with a log line. `service` is constant text. */
int cs_otlp_start(const char *service, const char *url);
/* Sends what waits, for two seconds at most; after all who make spans have ended. */
void cs_otlp_stop(void);

/* Takes the span, unless none are exported; for span.c. */
bool cs_otlp_on(void);
void cs_otlp_put(struct cs_span *s);

/* An ExportTraceServiceRequest in JSON. */
void cs_otlp_write(struct cs_buf *out, const char *service, const char *instance,
                   struct cs_span *const *spans, size_t n);

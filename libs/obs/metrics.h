#pragma once
/*
 * metrics: counters, gauges and histograms in Prometheus text format.
 *
 * A metric is registered once per name and label set and then only touched with atomics, so any
 * thread may use it. Labels are given as written: `method="get_bot",status="200"`; NULL for none.
 * Registering the same twice gives the same object. Objects live to the end of the process.
 */
#include "base/buf.h"

#include <stdint.h>

struct cs_metric;

struct cs_metric *cs_counter(const char *name, const char *labels, const char *help);
struct cs_metric *cs_gauge(const char *name, const char *labels, const char *help);
/* Buckets in seconds from 0.5 ms to 60 s, fixed. */
struct cs_metric *cs_histogram(const char *name, const char *labels, const char *help);

void cs_metric_add(struct cs_metric *m, int64_t n);         /* counter, gauge */
void cs_metric_set(struct cs_metric *m, int64_t n);         /* gauge */
void cs_metric_observe_us(struct cs_metric *m, int64_t us); /* histogram */

void cs_metrics_write(struct cs_buf *out); /* with the process's memory, cpu and descriptors */

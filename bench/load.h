#pragma once
/*
 * load: a closed loop of HTTP/1.1 requests over N kept connections, on epoll and one thread, so
 * that the generator takes as little of a small machine as it can.
 *
 * Each connection sends what `next` gives it, waits for the whole answer, and goes on until the
 * time or the count is up. Latencies are kept whole and sorted at the end.
 */
#include "base/buf.h"

#include <stdint.h>

struct load {
    const char *host; /* numeric */
    int port, connections;
    int seconds; /* 0: until count */
    long count;  /* 0: until seconds */
    int ramp_ms; /* over which the connections begin; 0: all at once */
    /* Writes the whole request (head and body) of connection i into out. */
    void (*next)(void *user, int i, struct cs_buf *out);
    void *user;
    const char *first_mark; /* text that is the first token; NULL: the first byte of the body */
};

struct load_result {
    long n, errors; /* errors: status not 2xx, or the connection broke */
    double seconds;
    double *latency_ms, *first_ms; /* sorted; n of each */
    char error_sample[200];
};

void load_run(const struct load *l, struct load_result *ret);
/* For results made otherwise: sorts what is there. */
void load_sort(struct load_result *r, double seconds);
void load_free(struct load_result *r);
/* The p-th quantile (0..1) of a sorted list. */
double load_quantile(const double *sorted, long n, double p);

#pragma once
/*
 * engine: outgoing HTTP on one libcurl multi handle and one thread per process.
 *
 * A request holds no worker: cs_http_then() suspends the call and a stage function goes on when
 * the answer is there (bus/call.h). A streamed body is handed over in pieces by on_data while
 * the call is suspended: the engine's thread is then the one that owns the call. It serves every
 * request of the process, so callbacks must not block. on_tick is the place for what is due at a
 * time, and the way to end a request: thousands may be under way at once.
 *
 * Addresses given by users go through the SSRF guard (http/guard.h) on the address actually
 * connected to, unless CHATSPHERE_EGRESS_ALLOW lists host:port. Only http and https; no redirects,
 * no proxies. Bodies over max_body end the request. What a request points to must live until its
 * stage runs; the call's arena does.
 */
#include "bus/call.h"
#include "http/guard.h"

struct cs_http_request {
    const char *method; /* GET, POST */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
    const char *body;
    size_t body_len;
    int64_t timeout_ms; /* whole; bounded by the call's deadline */
    int64_t delay_ms;   /* wait this long first, holding nothing: for a next try */
    int64_t idle_ms;    /* no byte for so long ends it; 0: none but timeout_ms */
    size_t max_body;    /* 0: 4 MiB */
    /* The body of a 2xx answer, piece by piece; NULL: collected in reply, as all others are. */
    void (*on_data)(void *state, const char *data, size_t len);
    bool (*on_tick)(void *state); /* each 20 ms until the end; false ends it; may be NULL */
};

struct cs_http_reply {
    int status;        /* 0: no answer, see error */
    const char *error; /* such as "could not resolve host"; NULL when there was an answer */
    const char *body;  /* terminated; arena of the call */
    size_t body_len;
    int64_t retry_after_ms; /* from Retry-After; 0: none */
    bool refused;           /* by the SSRF guard */
};

/* A row for the cs_env table of a program that uses the engine. */
#define CS_HTTP_ENV                                                                                \
    {                                                                                              \
        .name = "EGRESS_ALLOW", .kind = CS_ENV_LIST, .format = "host:port",                        \
        .item = cs_guard_list_valid, .help = "reachable private addresses"                         \
    }

int cs_http_start(void); /* once, settings loaded; 0, or -1 with a log line */
void cs_http_stop(void); /* what is under way ends without an answer */

typedef int cs_http_stage_fn(struct cs_call *call, void *state, const struct cs_http_reply *rep);
int cs_http_then(struct cs_call *call, const struct cs_http_request *req, cs_http_stage_fn *next,
                 void *state); /* returns CS_LATER */
/* Several at once: next runs when all are done, with n replies in the order of the requests. */
int cs_http_all_then(struct cs_call *call, const struct cs_http_request *reqs, size_t n,
                     cs_http_stage_fn *next, void *state); /* returns CS_LATER */

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
 * no proxies. What a request points to must live until its stage runs; the call's arena does.
 *
 * Nothing a server sends takes more than a share of the process. The headers of an answer have at
 * most 64 KiB, a body of 2xx at most max_body; other bodies are kept up to CS_HTTP_ERROR_BODY, and
 * the rest is not read. A tenant has limits for its requests under way, for the names that are
 * resolved for it and for the bytes of its answers in memory (EGRESS_PER_TENANT, EGRESS_MB).
 *
 * A request that belongs to no call, such as that of a crawl, is sent with cs_http_send(). Its end is a
 * function on the engine's thread, and what the request points to is the sender's until then.
 */
#include "bus/call.h"
#include "http/guard.h"

enum { CS_HTTP_WANTED = 8 };

struct cs_http_request {
    const char *method; /* GET; or one with a body: POST, PUT */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
    const char *const
        *wanted; /* names of headers of the answer, CS_HTTP_WANTED at most; NULL: none */
    const char *body;
    size_t body_len;
    int64_t timeout_ms; /* whole; bounded by the call's deadline */
    int64_t delay_ms;   /* wait this long first, holding nothing: for a next try */
    int64_t idle_ms;    /* no byte for so long ends it; 0: none but timeout_ms */
    size_t max_body;    /* of 2xx, as it is read; 0: 1 MiB */
    bool
        decode; /* asks for no encoding, and reads gzip and others all the same: some servers always send it */
    /* The body of a 2xx answer, piece by piece; NULL: collected in reply, as all others are.
     * Returns the number of bytes that the receiver keeps in memory now. */
    size_t (*on_data)(void *state, const char *data, size_t len);
    bool (*on_tick)(void *state); /* each 20 ms until the end; false ends it; may be NULL */
};

/* It lives, with its body, until the stage returns. */
struct cs_http_reply {
    int status;        /* 0: no answer, see error */
    const char *error; /* such as "Timeout was reached"; NULL when there was an answer */
    const char *body;  /* terminated */
    size_t body_len;
    const char *headers[CS_HTTP_WANTED]; /* by `wanted`; the last line of a name; NULL: absent */
    int64_t retry_after_ms;              /* from Retry-After; 0: none */
    bool refused;                        /* by the SSRF guard */
    bool unreachable; /* no connection: refused, or the name or the address leads nowhere */
    bool limited;     /* ended because of the tenant's share of bytes: try later */
    bool too_large;   /* the body has more than max_body */
    bool garbled;     /* the encoding of the body cannot be read */
};

/* Rows for the cs_env table of a program that uses the engine. */
#define CS_HTTP_ENV                                                                                \
    {.name = "EGRESS_ALLOW",                                                                       \
     .kind = CS_ENV_LIST,                                                                          \
     .format = "host:port",                                                                        \
     .item = cs_guard_list_valid,                                                                  \
     .help = "reachable private addresses"},                                                       \
        {.name = "EGRESS_PER_TENANT",                                                              \
         .kind = CS_ENV_INT,                                                                       \
         .fallback = "64",                                                                         \
         .min = 1,                                                                                 \
         .max = 100000,                                                                            \
         .help = "outgoing requests that a workspace may have under way in a process"},            \
    {                                                                                              \
        .name = "EGRESS_MB", .kind = CS_ENV_INT, .fallback = "32", .min = 8, .max = 4096,          \
        .help = "memory for answers to outgoing requests, in MiB; a workspace has a quarter"       \
    }

enum { CS_HTTP_ERROR_BODY = 16 * 1024 };

int cs_http_start(void); /* once, settings loaded; 0, or -1 with a log line */
void cs_http_stop(void); /* what is under way ends without an answer */

typedef int cs_http_stage_fn(struct cs_call *call, void *state, const struct cs_http_reply *rep);
/* Returns CS_LATER, or negative with 429 when the tenant has too many requests under way. */
int cs_http_then(struct cs_call *call, const struct cs_http_request *req, cs_http_stage_fn *next,
                 void *state);
/* Several at once: next runs when all are done, with n replies in the order of the requests. */
int cs_http_all_then(struct cs_call *call, const struct cs_http_request *reqs, size_t n,
                     cs_http_stage_fn *next, void *state);

/*
 * For a request without a call. done is called once, on the engine's thread, and must be short; the
 * reply with its body is valid until it returns. req is copied, what it points to is not. False: the
 * workspace has too many requests under way, and done is not called.
 */
typedef void cs_http_done_fn(void *state, const struct cs_http_reply *rep);
bool cs_http_send(const char *tenant, const struct cs_http_request *req, cs_http_done_fn *done,
                  void *state);

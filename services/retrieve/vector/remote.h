#pragma once
/*
 * remote: requests to the server of a vector store, staged on the HTTP engine.
 *
 * A request is tried again when it got no answer, or 408, 425, 429 or a 5xx that passes, after Retry-After or a
 * growing delay, until its own deadline; what it asks must be idempotent. A server that failed several times in a
 * row is not asked by searches for some seconds (remote_is_down), so that each does not wait anew. Callers learn the
 * store's name and the status; the words of the server are in the log. Any thread.
 */
#include "bus/call.h"

#include <jansson.h>
#include <stddef.h>

enum { REMOTE_URL_MAX = 400, REMOTE_KEY_MAX = 1024 };

struct remote_request {
    const char *method, *url;
    const char *body; /* NULL: none */
    size_t len;
    int64_t within_ms;             /* all tries together; bounded by the call's deadline */
    int64_t delay_ms;              /* before the first try */
    size_t max_reply;              /* bytes; 0: 64 KiB */
    bool expects_404, expects_409; /* these statuses are answers */
};

enum { REMOTE_PUT_MS = 25 * 1000, REMOTE_SEARCH_MS = 5 * 1000 };

/* Once: the address of VECTOR_URL, and headers of each request: the one of VECTOR_KEY, and another or NULL. */
void remote_start(const char *key_name, const char *header);
const char *remote_base(void); /* without / at the end */

/* status 0: failed, and the problem stands on the call. root is a JSON object or NULL, alive until it returns. */
typedef int remote_fn(struct cs_call *call, void *state, int status, const json_t *root);
int remote_ask(struct cs_call *call, const struct remote_request *r, remote_fn *next, void *state);

bool remote_is_down(void);
/* The problem of a search while it is down. */
int remote_fail_down(struct cs_call *call);
/* For an answer that is not as the protocol says: logs it, and 502. */
int remote_fail_reply(struct cs_call *call, const char *what);

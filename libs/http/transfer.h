#pragma once
/*
 * transfer: one request on libcurl; internal to libs/http.
 *
 * A group is what one call asked for together: its transfers are one block, and the call is resumed
 * when the last one ends. The group owns the transfers; while they are under way only the engine's
 * thread touches them. A transfer that ended may have taken its group along, so nothing reads it after
 * cs_transfer_fail() or cs_transfer_end().
 */
#include "base/buf.h"
#include "base/list.h"
#include "http/engine.h"

#include <curl/curl.h>

struct cs_span;
struct group;
struct lookup;
struct share;

/* one request; the group owns it, only the engine's thread touches it while it is under way */
struct transfer {
    struct list link; /* in the inbox, then among the live ones */
    struct group *group;
    struct cs_http_request req;
    int64_t start_ms, deadline_ms; /* monotonic */
    int64_t due_ms;                /* the first start_ms; it may be put off */
    int64_t began_us;
    int64_t heard_ms; /* last byte, or the start */
    CURL *easy;       /* NULL until it starts */
    struct cs_span *span;
    struct curl_slist *headers;
    char *host;            /* lower case */
    struct lookup *lookup; /* of the host; NULL: none is under way */
    size_t header_bytes, body_bytes;
    size_t held; /* bytes of the answer in memory, here or at the receiver */
    struct cs_buf body;
    int status;
    int64_t retry_after_ms;
    char *headers_got[CS_HTTP_WANTED]; /* on the heap; by req.wanted */
    const char *error;
    bool connected;
    bool cut; /* the rest of an error is not wanted */
    bool refused, unreachable, too_large, limited, garbled;
};

/* requests that go on together */
struct group {
    struct cs_call *call; /* NULL: of cs_http_send() */
    struct share *share;  /* of the tenant */
    cs_http_stage_fn *next;
    cs_http_done_fn *done; /* without a call */
    void *state;
    size_t n, pending;
    struct transfer at[];
};

void cs_transfer_init(CURLM *multi, const char *allow); /* once; allow as for cs_guard_allows() */
/* NULL, or the reason why it cannot start. It may put the start off: start_ms is in the future then. */
const char *cs_transfer_start(struct transfer *t);
void cs_transfer_end(struct transfer *t, CURLcode code);      /* libcurl has finished it */
void cs_transfer_fail(struct transfer *t, const char *error); /* libcurl has not, or never had it */

/* The transfers of a group have ended: its call is resumed, or its done function called. It may be gone then. */
void cs_group_end(struct group *g);
/* Hands the transfers of a group to the engine's thread, or fails them when it stops; any thread. */
void cs_engine_submit(struct group *g);

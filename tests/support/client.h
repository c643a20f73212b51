#pragma once
/*
 * client: a plain HTTP client for tests, on libcurl. One handle per thread; a reply's memory is
 * the caller's until tc_reply_free().
 */
#include "base/buf.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>

struct tc {
    CURL *easy;
    const char *base_url;
    const char *other_url; /* taken where nobody listens at base_url, from then on; or NULL */
    int hesitate_ms;       /* each time a new connection, silent so long before the request */
};

struct tc_request {
    const char *method, *path;  /* path: or a whole address */
    const char *token;          /* bearer; NULL: none */
    const char *const *headers; /* "Name: value"; NULL-terminated; may be NULL */
    const void *body;           /* may be NULL */
    size_t body_len;
    const char *file, *file_type; /* instead of body: multipart field `file`, from this path */
    const char *file_name;
    long timeout_ms; /* 0: 60 s */
    long leave_ms;   /* leave after so long: what came until then is the reply; 0: stay */
};

struct tc_reply {
    long status; /* 0: no answer, see error */
    struct cs_buf headers, body;
    json_t *json; /* of the body, when it is JSON */
    char error[CURL_ERROR_SIZE];
    double seconds;
};

void tc_init(struct tc *c, const char *base_url);
void tc_free(struct tc *c);
void tc_do(struct tc *c, const struct tc_request *req, struct tc_reply *ret);
void tc_reply_free(struct tc_reply *r);
/* Value of a header in out ("" when absent). */
void tc_header(const struct tc_reply *r, const char *name, char *out, size_t size);

/* JSON calls in one line: the reply's JSON (borrowed from r), or NULL. */
json_t *tc_json(struct tc *c, const char *method, const char *path, const char *token,
                const char *body, struct tc_reply *r);

/* Registers a user with a fresh name; the access token (malloc'd), or NULL with a message. */
char *tc_register(struct tc *c, const char *prefix);

/* Next server-sent event of a body: moves *at behind it; false at the end. Values are malloc'd. */
struct tc_event {
    char *id, *event, *data;
};
bool tc_event_next(const char **at, struct tc_event *ret);
void tc_event_free(struct tc_event *e);

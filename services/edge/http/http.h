#pragma once
/*
 * http: the HTTP server as the edge sees it. Only http.c and server.c know which one it is
 * (h2o 2.2.5, which has no future in Debian), so it can be exchanged without touching anything else.
 *
 * N loop threads share the budgets of bodies (ledger.h) and nothing else. Each accepts on a socket of its own (SO_REUSEPORT) and calls the
 * functions of struct http_server on its own thread; nothing they call may block.
 *
 * A request lives from on_request until its `gone` was called, which happens exactly once: after
 * the answer went out, or when the client left before. It is answered once, by http_reply() or by
 * http_stream_open() .. http_stream_end(). Its memory is good until the loop's turn ends, so who
 * called the one that answered may still look at it.
 *
 *     static void on_request(void *user, struct http_request *r)
 *     {
 *         http_set_header(r, "cache-control", "no-store");
 *         http_reply(r, 200, "application/json", "{}", 2);
 *     }
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum http_method {
    HTTP_GET,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_HEAD,
    HTTP_OPTIONS,
    HTTP_OTHER,
};

struct http_loop;
struct http_connection;

struct http_request {
    struct cs_arena *arena; /* freed with the request; its ceiling is 8 MiB */
    struct http_loop *loop;
    enum http_method method;
    const char *path;  /* as sent, not decoded, without the query */
    const char *query; /* "" when there is none */
    const char *body;  /* may be a mapped file */
    size_t body_len;
    const char *refused; /* why it must be answered with 400, for its head; NULL: it need not */
    bool answered;
    void *user; /* the owner's */
    void (*gone)(void *user);
    struct http_impl *impl;
};

/* A large body that is announced by the head of its request. Strings are good during the call. */
struct http_body {
    enum http_method method;
    const char *path;
    const char *authorization, *forwarded_for; /* NULL: not given */
    const char *peer;                          /* numeric address */
    struct http_connection *connection;
};

enum http_welcome {
    HTTP_UNREAD,   /* the request is answered without it, and the connection is closed */
    HTTP_STRANGER, /* it may hold much memory for 30 s only */
    HTTP_TRUSTED,  /* its credential is good */
};

struct http_server {
    const char *listen; /* numeric address */
    int port;
    int loops;
    size_t max_body;
    const char *spill_dir; /* bodies of more than HTTP_LARGE go to unlinked files here */

    void *(*loop_start)(struct http_loop *loop, int index); /* its result is `user` below */
    void (*on_request)(void *user, struct http_request *r);
    /*
     * Before a body of more than HTTP_SMALL, or of unknown length, is read. NULL: all are strangers'. *share names
     * the client for the budgets of bodies: the same for the same workspace, or address; without an answer the peer's.
     */
    enum http_welcome (*body_welcome)(void *user, const struct http_body *b, uint64_t *share);
    void (*body_forget)(
        void *asking);              /* what http_body_asking() was given is not needed any more */
    int (*loop_turn)(void *user);   /* after each turn; returns how many ms it may sleep at most */
    void (*loop_tick)(void *user);  /* each second */
    void (*loop_leave)(void *user); /* the process stops: what is idle is to end; may be NULL */
    void (*loop_stop)(void *user);  /* after the last request */
    /* problem text for what the server itself refuses (413, 400, 417; 429, 503 for want of room); arena copy */
    const char *(*refusal)(struct cs_arena *a, int status, const char *request_id);
    bool (*refusal_readable)(const char *origin, const char *path); /* by a page of this origin */
};

enum {
    HTTP_SMALL = 64 * 1024,   /* a body of at most so many bytes is announced to nobody */
    HTTP_LARGE = 1024 * 1024, /* a larger body is in a file */
    HTTP_STREAM_MAX = 256 * 1024,
    HTTP_LOOPS_MAX = 64,
};

int http_start(const struct http_server *s); /* 0, or -1 with a log line */
/* Closes the listeners, lets running requests end for at most grace_ms, joins the threads. */
void http_stop(int grace_ms);

/* For a body whose credential is looked up meanwhile: http_body_trust() or _distrust() ends it. */
void http_body_asking(struct http_connection *c, void *asking);
void http_body_trust(struct http_connection *c, uint64_t share);
void http_body_distrust(struct http_connection *c);

const char *http_method_name(enum http_method m);
/* Or NULL. Lines of one name are one list (RFC 9110 5.3): a proxy may add a line of its own. */
const char *http_header(const struct http_request *r, const char *lower_case_name);
const char *http_peer(const struct http_request *r); /* numeric address of the connection */
/* 0, or the status to answer because too many large bodies are at work: 429 of the client's share, 503 of all. */
int http_crowded(const struct http_request *r);

void http_set_header(struct http_request *r, const char *lower_case_name, const char *value);
/* body must live as long as the request: the arena, or constant. NULL type: no content type. */
void http_reply(struct http_request *r, int status, const char *type, const void *body, size_t len);

/* length < 0: unknown. drained is called when everything written so far was taken; may be NULL. */
void http_stream_open(struct http_request *r, int status, const char *type, int64_t length,
                      void (*drained)(void *user));
/* Copies; goes out at the end of the loop's turn. False when more than HTTP_STREAM_MAX waits. */
bool http_stream_write(struct http_request *r, const void *p, size_t n);
void http_stream_end(struct http_request *r, bool whole); /* not whole: the connection is cut */

/* ---- for the bridge: a foreign descriptor in the loop, and calls from other threads ---- */

struct http_watch;
struct http_watch *http_watch(struct http_loop *loop, int fd, void (*readable)(void *user),
                              void (*writable)(void *user), void *user); /* owns fd */
void http_watch_write(struct http_watch *w); /* calls writable once, when it is */
void http_watch_close(struct http_watch *w);
bool http_on_loop(const struct http_loop *loop); /* is this its thread? */
/* Runs fn on the loop's thread soon; any thread. */
void http_post(struct http_loop *loop, void (*fn)(void *user, int arg), void *user, int arg);

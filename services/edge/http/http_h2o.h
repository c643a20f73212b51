#pragma once
/* Between http.c (requests and answers) and server.c (loops and connections); nobody else. */
#include "edge/http/http.h"
#include "edge/http/ledger.h"
#include "edge/http/linger.h"
#include "base/list.h"
#include "base/buf.h"

#include <h2o.h>
#include <pthread.h>

struct http_loop {
    const struct http_server *server;
    void *user;
    pthread_t thread;      /* for the joiner */
    pthread_t self;        /* for the loop */
    h2o_globalconf_t conf; /* its own, since the largest body depends on the room for it */
    h2o_context_t ctx;
    h2o_accept_ctx_t accept;
    h2o_multithread_receiver_t posts;
    h2o_socket_t *listener;
    h2o_timeout_entry_t tick;
    struct list connections;
    struct list requests;      /* not gone yet */
    struct list dirty;         /* streams with something to send */
    struct list spare;         /* request objects to use again */
    struct list sockets;       /* socket.c */
    struct list sockets_dirty; /* with something to send */
    struct linger_list linger; /* closed, and still being sent to */
    int n_connections, n_spare, index;
    unsigned n_ticks;
};

/* One accepted connection, for what h2o does not watch itself. */
struct http_connection {
    struct list link;
    struct http_loop *loop;
    h2o_socket_t *sock;
    int64_t since; /* when it began to idle, or to send the present request */
    bool receiving, busy, trusted;
    bool upgraded;  /* it is a WebSocket */
    uint64_t peer;  /* the same for the same address */
    uint64_t share; /* of the present request's client: its workspace, or its address */
    size_t
        seen[PARKED_WINDOW_S]; /* bytes of the request that had come, at each of the last ticks */
    void *asking;              /* of the server: a credential that is being looked up */
    int refused; /* descriptor to linger on: h2o refused a request and does not read the rest; or -1 */
};

struct http_impl {
    h2o_generator_t generator; /* first: h2o hands it back */
    struct http_request r;
    struct cs_arena arena;
    h2o_req_t *req;
    struct http_connection *connection;
    struct list link, dirty;
    struct cs_buf out[2]; /* one is filled while the other is being sent */
    int filling;
    bool open, sending, ended, whole, cut;
    enum parked_verdict large; /* of a large body */
    uint64_t share;            /* whose place it then has in the ledger */
    void (*drained)(void *user);
};

#define HTTP_RETRY_S "10" /* Retry-After where bodies have no room */

int http_on_req(h2o_handler_t *self, h2o_req_t *req); /* of a handler in `struct http_handler` */
bool http_flush(struct http_loop *loop);              /* every dirty stream, once per turn */
bool http_sockets_flush(struct http_loop *loop);      /* the same for WebSockets */
void http_sockets_tick(struct http_loop *loop, int64_t now);
void http_drop(struct http_impl *m); /* its client is gone */
const char *http_reason(int status);
enum http_method http_method_of(const char *name, size_t len);
const char *http_socket_peer(struct cs_arena *a, h2o_socket_t *sock); /* "" when it has none */
void connection_cut(const struct http_connection *c);
void http_refuse_register(h2o_pathconf_t *fallback);
struct http_loop *http_loop_of(const h2o_context_t *ctx);

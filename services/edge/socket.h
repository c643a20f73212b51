#pragma once
/*
 * socket: a WebSocket of the API, from the handshake on: who speaks, and what they say.
 *
 * /ws/chat/{conversation_id} is for the owner of the conversation, /ws/public/{bot_id} for visitors. The token comes as
 * subprotocol or header of the handshake, or as a first message; what follows waits until it has been checked, and it is
 * checked again while the socket lives. Close codes: 4401 token, 4403 forbidden, 4404 unknown, 1008 and 1013 limits,
 * 1001 the process stops. Each loop has its own, on its thread.
 */
#include "edge/answer.h"
#include "edge/feed.h"
#include "edge/http/socket.h"
#include "base/buf.h"
#include "base/list.h"

struct channel;

enum socket_state { SOCKET_STRANGER, SOCKET_CHECKING, SOCKET_READY };

struct socket {
    struct edge *edge;
    struct http_socket *http;
    struct list link;            /* of edge->sockets */
    struct list member, resumed; /* channel.c: of its channel; turns that it hears alone */
    struct list calls;           /* under way */
    struct channel *channel;     /* NULL: in none */
    uint64_t joined;             /* turns of the channel that it heard begin have larger numbers */
    bool visitors;               /* it is of a public bot */
    bool opening;                /* a first message makes the session: the next ones wait */
    enum socket_state state;
    char id[CS_ID_SIZE];           /* of the conversation, or of the bot */
    char conversation[CS_ID_SIZE]; /* "": not known yet */
    char traceparent[CS_TRACEPARENT_SIZE], request_id[CS_ID_SIZE];
    const struct route *route;
    struct identity who; /* the socket's own copies */
    char *bearer, *address, *origin, *host, *limit_key, *limit_network;
    bool counted; /* in the share of its workspace, or address */
    struct token_check check;
    struct bridge_call look; /* is the conversation the caller's? */
    void *looked;            /* its request */
    struct cs_buf waiting;   /* messages that came too early */
    int64_t since_ms, checked_ms;
};

/* The share of each kind of holder, in this process; before the first. */
void sockets_limits(size_t n_all, size_t n_tenant, size_t n_address);
/* A row with ROUTE_SOCKET: caller, rights and r->msg are known. */
void socket_begin(struct request *r);
/* The token of a handshake as "bearer.<token>" among its subprotocols; NULL: none. */
const char *socket_bearer(struct request *r);

void sockets_tick(struct edge *e);  /* each second */
void sockets_leave(struct edge *e); /* the process stops */
/* The process stops, and the socket may have nothing more to hear. */
void socket_may_leave(struct socket *s);

void socket_send(struct socket *s, const char *text, size_t len);
void socket_problem(struct socket *s, const Problem *p, const char *client_id);
/* The first message of a visitor made no session, or is over. */
void socket_opened(struct socket *s);
/* The session that a visitor's first message made. */
void socket_adopt(struct socket *s, const char *session, const char *visitor_token);

void identity_copy(struct identity *to, const struct identity *from); /* on the heap */
void identity_free(struct identity *who);

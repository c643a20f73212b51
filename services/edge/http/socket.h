#pragma once
/*
 * socket: WebSocket (RFC 6455) on a connection of a loop, framed by libwslay; no extension, text messages only.
 *
 * A request that http_socket_wanted() is answered by http_socket_open(), and its memory ends soon after. The socket
 * lives until `closed` was called, once. Protocol faults are closed here with their code (1002, 1003, 1007, 1009), and a
 * close of the peer is echoed. A peer that sends nothing for 75 s, not even a pong, is cut; so is one that takes
 * more than 30 s for a message, or leaves 256 KiB unread. On the loop's thread; callbacks may send and close.
 */
#include "edge/http/http.h"

struct http_socket;

struct http_socket_events {
    void (*message)(void *user, const char *text, size_t len); /* UTF-8, not terminated */
    void (*closed)(void *user);
};

enum {
    HTTP_SOCKET_MESSAGE = 512 * 1024, /* largest message of a peer */
    HTTP_SOCKET_PARTIAL =
        64 * 1024 * 1024, /* bytes of unfinished messages, of all sockets of the process */
};

/* Whether it is a handshake; *ret_fault is NULL, or why it is not a good one. */
bool http_socket_wanted(const struct http_request *r, const char **ret_fault);
/* protocol: the subprotocol that is chosen, or NULL. */
struct http_socket *http_socket_open(struct http_request *r, const char *protocol,
                                     const struct http_socket_events *e, void *user);

/* Goes out at the end of the loop's turn. False: the peer does not read, and is cut. */
bool http_socket_send(struct http_socket *s, const char *text, size_t len);
/* Nothing is sent behind it; reason: at most 123 bytes of constant text. */
void http_socket_close(struct http_socket *s, int code, const char *reason);

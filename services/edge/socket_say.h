#pragma once
/* socket_say: what a client of a WebSocket says, carried out; for socket.c, which has what is declared second. */
#include "edge/socket.h"

void socket_heard(struct socket *s, const char *text, size_t len); /* one message */
void socket_calls_drop(struct socket *s);                          /* the socket is gone */

void socket_check(struct socket *s); /* its bearer; the messages that follow wait */
void socket_authenticate(struct socket *s, const char *token);
/* Keeps the message for later while the socket is being checked. */
bool socket_must_wait(struct socket *s, const char *text, size_t len);

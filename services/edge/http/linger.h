#pragma once
/*
 * linger: a refusal that is read although the client was still sending.
 *
 * A socket closed with bytes unread resets the connection, and the reset takes the answer with it.
 * So what is closed early is kept a moment, heard out and not listened to. On the loop's thread.
 */
#include "base/list.h"

#include <h2o.h>

struct linger_list {
    struct list sockets;
};

void linger_init(struct linger_list *l);
/* A second descriptor, or -1, from before h2o closes the first; linger_keep() takes it. */
int linger_dup(h2o_socket_t *sock);
void linger_keep(struct linger_list *l, h2o_loop_t *loop, int fd);
void linger_tick(struct linger_list *l, int64_t now_ms);
void linger_end(struct linger_list *l);

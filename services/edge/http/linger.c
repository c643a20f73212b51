/* A list of sockets whose input is read and dropped for a moment before they are closed. */
#include "edge/http/linger.h"

#include "edge/http/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINGER_MS = 2000, LINGERING_MAX = 512, PIECE = 1024 * 1024 };

static struct room lingering = {
    .max = LINGERING_MAX,
    .gauge = "cs_edge_lingering",
    .help = "refused connections that are read to their end",
    .refused = "cs_edge_lingering_refused_total",
    .because = "refused connections that were closed at once for want of a place",
};

struct lingering {
    struct list link;
    h2o_socket_t *sock;
    int64_t until_ms;
};

void linger_init(struct linger_list *l)
{
    list_init(&l->sockets);
}

static void lingering_drop(struct lingering *k)
{
    list_remove(&k->link);
    room_leave(&lingering);
    h2o_socket_close(k->sock);
    free(k);
}

static void on_bytes(h2o_socket_t *sock, const char *err)
{
    /* MSG_TRUNC: the kernel throws them away */
    ssize_t n = err ? 0 : recv(h2o_socket_get_fd(sock), NULL, PIECE, MSG_TRUNC);

    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        lingering_drop(sock->data);
}

int linger_dup(h2o_socket_t *sock)
{
    return fcntl(h2o_socket_get_fd(sock), F_DUPFD_CLOEXEC, 0);
}

void linger_keep(struct linger_list *l, h2o_loop_t *loop, int fd)
{
    if (fd < 0)
        return;
    if (!room_enter(&lingering)) {
        close(fd);
        return;
    }
    shutdown(fd, SHUT_WR);
    struct lingering *k = calloc(1, sizeof(*k));
    if (!k)
        abort();
    k->until_ms = (int64_t)h2o_now(loop) + LINGER_MS;
    k->sock = h2o_evloop_socket_create(loop, fd, H2O_SOCKET_FLAG_DONT_READ);
    k->sock->data = k;
    list_add(&l->sockets, &k->link);
    h2o_socket_read_start(k->sock, on_bytes);
}

void linger_tick(struct linger_list *l, int64_t now_ms)
{
    for (struct list *next, *i = l->sockets.next; i != &l->sockets; i = next) {
        struct lingering *k = LIST_OF(i, struct lingering, link);
        next = i->next;
        if (now_ms >= k->until_ms)
            lingering_drop(k);
    }
}

void linger_end(struct linger_list *l)
{
    linger_tick(l, INT64_MAX);
}

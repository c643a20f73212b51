/* An h2o context with one path for everything. */
#include "loopback.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void on_accept(h2o_socket_t *listener, const char *error)
{
    struct loopback *s = listener->data;
    static h2o_accept_ctx_t accept_ctx;
    h2o_socket_t *sock;

    accept_ctx.ctx = &s->ctx;
    accept_ctx.hosts = s->conf.hosts;
    while (!error && (sock = h2o_evloop_socket_accept(listener)))
        h2o_accept(&accept_ctx, sock);
}

static int listen_on(int port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&addr, &len) != 0) {
        perror("cannot listen");
        exit(1);
    }
    printf("%d\n", ntohs(addr.sin_port));
    fflush(stdout);
    return fd;
}

void loopback_init(struct loopback *s)
{
    signal(SIGPIPE, SIG_IGN);
    h2o_config_init(&s->conf);
    s->conf.http1.upgrade_to_http2 = 0;
}

int loopback_run(struct loopback *s, const char *port, int (*on_req)(h2o_handler_t *, h2o_req_t *))
{
    h2o_hostconf_t *host =
        h2o_config_register_host(&s->conf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_handler_t *handler =
        h2o_create_handler(h2o_config_register_path(host, "/", 0), sizeof(*handler));

    handler->on_req = on_req;
    h2o_context_init(&s->ctx, h2o_evloop_create(), &s->conf);
    h2o_socket_t *listener = h2o_evloop_socket_create(
        s->ctx.loop, listen_on((int)strtol(port, NULL, 10)), H2O_SOCKET_FLAG_DONT_READ);
    listener->data = s;
    h2o_socket_read_start(listener, on_accept);
    while (h2o_evloop_run(s->ctx.loop, INT32_MAX) == 0)
        ;
    return 0;
}

static h2o_timeout_t *delay_list(h2o_loop_t *loop, int ms)
{
    enum { MAX_DELAYS = 32 };
    static struct {
        int ms;
        h2o_timeout_t list;
    } lists[MAX_DELAYS];
    static int n;

    for (int i = 0; i < n; i++)
        if (lists[i].ms == ms)
            return &lists[i].list;
    if (n == MAX_DELAYS)
        abort();
    lists[n].ms = ms;
    h2o_timeout_init(loop, &lists[n].list, (uint64_t)ms);
    return &lists[n++].list;
}

void loopback_later(h2o_loop_t *loop, h2o_timeout_entry_t *timer, int ms, h2o_timeout_cb fn)
{
    *timer = (h2o_timeout_entry_t){.cb = fn};
    h2o_timeout_link(loop, delay_list(loop, ms), timer);
}

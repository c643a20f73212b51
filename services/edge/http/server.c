/* Listeners, loops and connections of h2o, and wake-ups from other threads. */
#include "edge/http/body.h"
#include "edge/http/clock.h"
#include "edge/http/http_h2o.h"
#include "edge/http/parse.h"
#include "edge/http/room.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 20000,         /* half of them to one address, when half of all are taken */
    REQUEST_MS = 300 * 1000,         /* headers and body together, so that slow uploads succeed */
    SOCKET_SEND_BUFFER = 128 * 1024, /* bounds what a stalled reader keeps in the kernel */
    UNREAD_MS = 60 * 1000,           /* then an answer of which nothing is taken is broken off */
    QUIET_MS = 1000,                 /* of a connection, before a stopping edge closes it */
};

static struct {
    struct http_server server;
    h2o_globalconf_t conf;
    struct http_loop *loops;
    int fds[HTTP_LOOPS_MAX]; /* a listener for each loop */
    pthread_barrier_t begun;
    _Atomic int stopping;
    int grace_ms;
} http;

static struct room connections = {
    .max = CONNECTIONS_MAX,
    .gauge = "cs_edge_connections",
    .help = "open connections of clients",
    .refused = "cs_edge_connections_refused_total",
    .because = "connections that were closed at once for want of a place",
};

struct http_loop *http_loop_of(const h2o_context_t *ctx)
{
    return H2O_STRUCT_FROM_MEMBER(struct http_loop, ctx, ctx);
}

/* ---- posts from other threads ---- */

struct post {
    h2o_multithread_message_t super;
    void (*fn)(void *user, int arg);
    void *user;
    int arg;
};

void http_post(struct http_loop *loop, void (*fn)(void *user, int arg), void *user, int arg)
{
    struct post *p = malloc(sizeof(*p));

    if (!p)
        abort();
    *p = (struct post){.fn = fn, .user = user, .arg = arg};
    h2o_multithread_send_message(&loop->posts, &p->super);
}

static void on_posts(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
    (void)receiver;
    for (h2o_linklist_t *next, *l = messages->next; l != messages; l = next) {
        struct post *p = H2O_STRUCT_FROM_MEMBER(struct post, super.link, l);
        next = l->next;
        h2o_linklist_unlink(l);
        p->fn(p->user, p->arg);
        free(p);
    }
}

bool http_on_loop(const struct http_loop *loop)
{
    return pthread_equal(loop->self, pthread_self());
}

/* ---- a foreign descriptor ---- */

struct http_watch {
    h2o_socket_t *sock;
    void (*readable)(void *user);
    void (*writable)(void *user);
    void *user;
    bool armed;
};

static void on_watch_read(h2o_socket_t *sock, const char *err)
{
    (void)err;
    struct http_watch *w = sock->data;
    w->readable(w->user);
}

static void on_watch_write(h2o_socket_t *sock, const char *err)
{
    (void)err;
    struct http_watch *w = sock->data;
    w->armed = false;
    w->writable(w->user);
}

struct http_watch *http_watch(struct http_loop *loop, int fd, void (*readable)(void *user),
                              void (*writable)(void *user), void *user)
{
    struct http_watch *w = calloc(1, sizeof(*w));

    if (!w)
        abort();
    *w = (struct http_watch){.readable = readable, .writable = writable, .user = user};
    w->sock = h2o_evloop_socket_create(loop->ctx.loop, fd, H2O_SOCKET_FLAG_DONT_READ);
    w->sock->data = w;
    h2o_socket_read_start(w->sock, on_watch_read);
    return w;
}

void http_watch_write(struct http_watch *w)
{
    if (w->armed)
        return;
    w->armed = true;
    h2o_socket_notify_write(w->sock, on_watch_write);
}

void http_watch_close(struct http_watch *w)
{
    if (!w)
        return;
    h2o_socket_close(w->sock);
    free(w);
}

/* ---- connections ---- */

void connection_cut(const struct http_connection *c)
{
    shutdown(h2o_socket_get_fd(c->sock), SHUT_RDWR);
}

static void on_connection_close(void *data)
{
    struct http_connection *c = data;

    body_over(c);
    c->loop->n_connections--;
    room_leave(&connections);
    linger_keep(&c->loop->linger, c->loop->ctx.loop, c->refused);
    list_remove(&c->link);
    free(c);
}

/* Whether an address has its half already. The kernel spreads its connections evenly over the loops. */
static bool peer_is_full(const struct http_loop *loop, uint64_t peer)
{
    int n = 0;

    if (!room_half_full(&connections))
        return false;
    for (struct list *l = loop->connections.next; l != &loop->connections; l = l->next)
        n += LIST_OF(l, struct http_connection, link)->peer == peer;
    return n >= CONNECTIONS_MAX / 2 / loop->server->loops;
}

static bool accept_one(struct http_loop *loop)
{
    h2o_socket_t *sock = h2o_evloop_socket_accept(loop->listener);
    int size = SOCKET_SEND_BUFFER, unread = UNREAD_MS;

    if (!sock)
        return false;
    uint64_t peer = body_peer(sock);
    if (peer_is_full(loop, peer) || !room_enter(&connections)) {
        h2o_socket_close(sock);
        return true;
    }
    struct http_connection *c = calloc(1, sizeof(*c));
    if (!c)
        abort();
    *c = (struct http_connection){
        .loop = loop, .sock = sock, .since = (int64_t)h2o_now(loop->ctx.loop), .refused = -1};
    c->peer = c->share = peer;
    list_add(&loop->connections, &c->link);
    loop->n_connections++;
    setsockopt(h2o_socket_get_fd(sock), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    setsockopt(h2o_socket_get_fd(sock), IPPROTO_TCP, TCP_USER_TIMEOUT, &unread, sizeof(unread));
    sock->on_close.cb = on_connection_close;
    sock->on_close.data = c;
    h2o_accept(&loop->accept, sock);
    return true;
}

static void on_accept(h2o_socket_t *listener, const char *err)
{
    struct http_loop *loop = listener->data;

    if (err)
        return;
    for (int n = 0; n < 16 && accept_one(loop); n++)
        ;
}

/* h2o does not read from a connection whose request is being answered, so it cannot see that its peer is gone */
static void drop_gone(struct http_loop *loop)
{
    for (struct list *l = loop->requests.next, *next; l != &loop->requests; l = next) {
        struct http_impl *m = LIST_OF(l, struct http_impl, link);
        bool waiting = m->open ? !m->ended : !m->r.answered;
        struct pollfd p = {.events = POLLRDHUP};
        next = l->next;
        if (!waiting || !m->connection)
            continue;
        p.fd = h2o_socket_get_fd(m->connection->sock);
        if (poll(&p, 1, 0) == 1 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)))
            http_drop(m);
    }
}

/*
 * Where there is no room to spill a body h2o only closes the connection; so bodies that would not
 * find it are refused by their length. A body's file may be twice as large, and it is not alone.
 */
static void watch_room(struct http_loop *loop)
{
    const size_t unspilled = HTTP_LARGE / 2, most = loop->server->max_body;
    struct statvfs fs;

    if (statvfs(loop->server->spill_dir, &fs) != 0)
        return;
    size_t room = (size_t)fs.f_bavail * fs.f_frsize / 4;
    room = room < unspilled ? unspilled : room > most ? most : room;
    if ((room < most) != (loop->conf.max_request_entity_size < most))
        cs_log(CS_WARN, room < most ? "little room for bodies" : "room for bodies again", "dir",
               loop->server->spill_dir, "largest", cs_log_int((int64_t)room), NULL);
    loop->conf.max_request_entity_size = room;
}

static void on_tick(h2o_timeout_entry_t *entry)
{
    struct http_loop *loop = H2O_STRUCT_FROM_MEMBER(struct http_loop, tick, entry);
    int64_t now = (int64_t)h2o_now(loop->ctx.loop);

    body_tick(loop, now);
    drop_gone(loop);
    linger_tick(&loop->linger, now);
    http_sockets_tick(loop, now);
    watch_room(loop);
    loop->server->loop_tick(loop->user);
    h2o_timeout_link(loop->ctx.loop, &loop->ctx.one_sec_timeout, &loop->tick);
}

/* ---- a loop ---- */

static void loop_cut(struct http_loop *loop, bool also_busy)
{
    int64_t now = (int64_t)h2o_now(loop->ctx.loop);

    for (struct list *l = loop->connections.next; l != &loop->connections; l = l->next) {
        struct http_connection *c = LIST_OF(l, struct http_connection, link);
        int unread = 0;
        /* Before, its next request may be under way; h2o answers that one and says that it is the last. */
        bool quiet = !c->busy && c->sock->input->size == 0 && now - c->since >= QUIET_MS &&
                     ioctl(h2o_socket_get_fd(c->sock), FIONREAD, &unread) == 0 && unread == 0;
        if (also_busy || quiet)
            connection_cut(c);
    }
}

static void loop_turn(struct http_loop *loop, int max_wait)
{
    int wait = loop->server->loop_turn(loop->user);
    bool answers = http_flush(loop), sockets = http_sockets_flush(loop);

    if (answers || sockets)
        wait = 0; /* h2o tells of a finished write in its next run, which would wait first */
    h2o_evloop_run(loop->ctx.loop, wait < max_wait ? wait : max_wait);
}

static void loop_drain(struct http_loop *loop)
{
    enum { CUT_MS = 1000 };
    int64_t until = (int64_t)h2o_now(loop->ctx.loop) + http.grace_ms;

    h2o_socket_read_stop(loop->listener);
    while (accept_one(loop))
        ; /* closing would reset who is connected and waits to be accepted */
    h2o_socket_close(loop->listener);
    loop->listener = NULL;
    h2o_context_request_shutdown(&loop->ctx);
    if (loop->server->loop_leave)
        loop->server->loop_leave(loop->user);
    while (loop->n_connections && (int64_t)h2o_now(loop->ctx.loop) < until) {
        loop_cut(loop, false);
        loop_turn(loop, 50);
    }
    until = (int64_t)h2o_now(loop->ctx.loop) + CUT_MS;
    while (loop->n_connections && (int64_t)h2o_now(loop->ctx.loop) < until) {
        loop_cut(loop, true);
        loop_turn(loop, 50);
    }
}

/*
 * On its own thread: h2o keeps the input buffers of a socket in a pool of the thread that made the
 * socket, without a lock.
 */
static void loop_init(struct http_loop *loop)
{
    int fd = http.fds[loop->index];

    loop->self = pthread_self();
    parse_on_body(body_announced, loop);
    list_init(&loop->connections);
    list_init(&loop->requests);
    list_init(&loop->dirty);
    list_init(&loop->spare);
    list_init(&loop->sockets);
    list_init(&loop->sockets_dirty);
    linger_init(&loop->linger);
    h2o_context_init(&loop->ctx, h2o_evloop_create(), &http.conf);
    loop->conf = http.conf;
    loop->ctx.globalconf = &loop->conf;
    h2o_multithread_register_receiver(loop->ctx.queue, &loop->posts, on_posts);
    loop->accept.ctx = &loop->ctx;
    loop->accept.hosts = http.conf.hosts;
    loop->listener = h2o_evloop_socket_create(loop->ctx.loop, fd, H2O_SOCKET_FLAG_DONT_READ);
    loop->listener->data = loop;
}

static void *loop_run(void *arg)
{
    struct http_loop *loop = arg;

    loop_init(loop);
    pthread_barrier_wait(&http.begun);
    loop->user = loop->server->loop_start(loop, loop->index);
    loop->tick.cb = on_tick;
    h2o_timeout_link(loop->ctx.loop, &loop->ctx.one_sec_timeout, &loop->tick);
    watch_room(loop);
    h2o_socket_read_start(loop->listener, on_accept);
    while (!http.stopping)
        loop_turn(loop, 1000);
    loop_drain(loop);
    loop->server->loop_stop(loop->user);
    h2o_timeout_unlink(&loop->tick);
    linger_end(&loop->linger);
    for (struct list *next, *l = loop->spare.next; l != &loop->spare; l = next) {
        struct http_impl *m = LIST_OF(l, struct http_impl, link);
        next = l->next;
        cs_arena_dispose(&m->arena);
        free(m);
    }
    return NULL;
}

/* ---- the server ---- */

static int listen_on(const struct addrinfo *ai, bool shared)
{
    int one = 1, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (shared)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) || (shared && listen(fd, 4096))) {
        int e = errno;
        close(fd);
        errno = e;
        return -1;
    }
    return fd;
}

static int open_listeners(const struct http_server *s, int fds[HTTP_LOOPS_MAX])
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_PASSIVE};
    struct addrinfo *ai;
    char port[16];

    snprintf(port, sizeof(port), "%d", s->port);
    if (getaddrinfo(s->listen, port, &hints, &ai)) {
        cs_log(CS_ERROR, "CHATSPHERE_LISTEN must be a numeric address", "listen", s->listen, NULL);
        return -1;
    }
    /* shared sockets would join another process of ours in silence; this one would not */
    int probe = listen_on(ai, false);
    if (probe >= 0)
        close(probe);
    for (int i = 0; i < s->loops; i++) {
        fds[i] = probe < 0 ? -1 : listen_on(ai, true);
        if (fds[i] < 0) {
            cs_log(CS_ERROR, "cannot listen; set CHATSPHERE_PORT to another port", "port", port,
                   "error", strerror(errno), NULL);
            freeaddrinfo(ai);
            return -1;
        }
    }
    freeaddrinfo(ai);
    return 0;
}

static int set_spill(const char *dir)
{
    h2o_buffer_mmap_settings_t *spill = &h2o_socket_buffer_mmap_settings;
    char test[FILENAME_MAX];
    int n = snprintf(spill->fn_template, sizeof(spill->fn_template), "%s/body.XXXXXX", dir);

    snprintf(test, sizeof(test), "%s/body.XXXXXX", dir);
    spill->threshold = HTTP_LARGE;
    int fd = n < (int)sizeof(test) ? mkstemp(test) : -1;
    if (fd < 0) {
        cs_log(CS_ERROR, "cannot write to CHATSPHERE_SPILL_DIR", "dir", dir, NULL);
        return -1;
    }
    unlink(test);
    close(fd);
    return 0;
}

static void http_configure(const struct http_server *s)
{
    h2o_config_init(&http.conf);
    http.conf.max_request_entity_size = s->max_body;
    http.conf.server_name = h2o_iovec_init(H2O_STRLIT(""));
    http.conf.http1.req_timeout = REQUEST_MS;
    http.conf.http1.upgrade_to_http2 = 0; /* rapid reset is not mended in this version */

    h2o_hostconf_t *host =
        h2o_config_register_host(&http.conf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = http_on_req;
    http_refuse_register(&host->fallback_path);
}

int http_start(const struct http_server *s)
{
    http.server = *s;
    signal(SIGPIPE, SIG_IGN);
    clock_begin();
    if (!parse_begin()) {
        cs_log(CS_ERROR, "h2o parses requests without the checks of this program", NULL);
        return -1;
    }
    if (http.server.loops > HTTP_LOOPS_MAX)
        http.server.loops = HTTP_LOOPS_MAX;
    if (set_spill(s->spill_dir) || open_listeners(&http.server, http.fds))
        return -1;
    http_configure(&http.server);
    http.loops = calloc((size_t)http.server.loops, sizeof(*http.loops));
    if (!http.loops)
        abort();
    pthread_barrier_init(&http.begun, NULL, (unsigned)http.server.loops + 1);
    for (int i = 0; i < http.server.loops; i++) {
        http.loops[i].server = &http.server;
        http.loops[i].index = i;
        if (pthread_create(&http.loops[i].thread, NULL, loop_run, &http.loops[i]))
            abort();
    }
    pthread_barrier_wait(&http.begun);
    return 0;
}

void http_stop(int grace_ms)
{
    http.grace_ms = grace_ms;
    http.stopping = 1;
    for (int i = 0; i < http.server.loops; i++)
        h2o_multithread_send_message(&http.loops[i].posts, NULL);
    for (int i = 0; i < http.server.loops; i++)
        pthread_join(http.loops[i].thread, NULL);
}

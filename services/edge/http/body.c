/* Connections whose bodies come in: asked about when they are announced, judged each second. */
#include "edge/http/body.h"

#include "base/id.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { IDLE_MS = 75 * 1000 /* keep-alive */ };

uint64_t body_peer(h2o_socket_t *sock)
{
    struct sockaddr_storage sa;
    uint64_t peer = 0;

    if (h2o_socket_getpeername(sock, (struct sockaddr *)&sa) == 0)
        return 0;
    if (sa.ss_family == AF_INET)
        return 1ull << 32 | ((struct sockaddr_in *)&sa)->sin_addr.s_addr;
    const struct in6_addr *a = &((struct sockaddr_in6 *)&sa)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(a))
        return 1ull << 32 | a->s6_addr32[3];
    memcpy(&peer, a->s6_addr, sizeof(peer));
    return peer;
}

void body_over(struct http_connection *c)
{
    void *asking = c->asking;

    c->asking = NULL;
    if (asking)
        c->loop->server->body_forget(asking);
}

void http_body_asking(struct http_connection *c, void *asking)
{
    c->asking = asking;
}

void http_body_trust(struct http_connection *c, uint64_t share)
{
    c->asking = NULL;
    c->trusted = true;
    c->share = share;
}

void http_body_distrust(struct http_connection *c)
{
    c->asking = NULL;
    c->trusted = false;
}

static const char *line_copy(struct cs_arena *a, const struct parse_head *h, const char *name)
{
    const struct head_line *l = head_find(h->lines, h->n_lines, name);

    return l ? cs_strndup(a, l->value, l->value_len) : NULL;
}

static struct http_connection *connection_of(struct http_loop *loop, const char *input)
{
    for (struct list *l = loop->connections.next; l != &loop->connections; l = l->next) {
        struct http_connection *c = LIST_OF(l, struct http_connection, link);
        if (c->sock->input->bytes == input)
            return c;
    }
    return NULL;
}

bool body_announced(void *user, const struct parse_head *h)
{
    struct http_loop *loop = user;
    struct http_connection *c = connection_of(loop, h->bytes);
    struct cs_arena a;

    if (!c || !loop->server->body_welcome)
        return true;
    cs_arena_init(&a);
    struct http_body b = {
        .method = http_method_of(h->method, h->method_len),
        .path = cs_strndup(&a, h->path, strcspn(cs_strndup(&a, h->path, h->path_len), "?")),
        .authorization = line_copy(&a, h, "authorization"),
        .forwarded_for = line_copy(&a, h, "x-forwarded-for"),
        .peer = http_socket_peer(&a, c->sock),
        .connection = c,
    };
    uint64_t share = c->peer;
    enum http_welcome welcome = loop->server->body_welcome(loop->user, &b, &share);
    if (!c->trusted) /* a credential that was asked about may have been found good already */
        c->share = share;
    if (welcome == HTTP_TRUSTED)
        c->trusted = true;
    cs_arena_dispose(&a);
    return welcome != HTTP_UNREAD;
}

/* Whether a request is coming in, which *ret then describes; idle connections are cut. */
static bool body_look(struct http_connection *c, int64_t now, struct parked *ret)
{
    size_t got = c->sock->input->size, *seen = &c->seen[c->loop->n_ticks % PARKED_WINDOW_S];
    int64_t waited = now - c->since;

    if (c->busy)
        return false;
    if (got && !c->receiving) {
        c->receiving = true;
        c->since = now;
        memset(c->seen, 0, sizeof(c->seen));
        waited = 0;
    }
    if (!c->receiving) {
        if (waited > IDLE_MS)
            connection_cut(c);
        return false;
    }
    *ret = (struct parked){.got = got,
                           .lately = got > *seen ? got - *seen : 0,
                           .waited_ms = waited,
                           .share = c->share,
                           .trusted = c->trusted,
                           .of = c};
    *seen = got;
    return true;
}

/*
 * h2o cannot answer a request that it still reads, so the answer is written past it; h2o has nothing under way on such a
 * connection. It then learns that the connection is over, and the rest of the body is read and dropped for
 * a moment, so that a client that still sends sees the answer.
 */
static void body_refuse(struct http_connection *c, int status)
{
    h2o_socket_t *sock = c->sock;
    struct cs_arena a;
    char id[CS_ID_SIZE];

    if (c->refused >= 0 || !sock->_cb.read) { /* h2o is refusing it by itself */
        connection_cut(c);
        return;
    }
    cs_arena_init(&a);
    cs_id_new(id);
    const char *text = c->loop->server->refusal(&a, status, id);
    const char *answer = cs_printf(&a,
                                   "HTTP/1.1 %d %s\r\ncontent-type: application/problem+json\r\n"
                                   "content-length: %zu\r\nretry-after: " HTTP_RETRY_S "\r\n"
                                   "x-request-id: %s\r\nconnection: close\r\n\r\n%s",
                                   status, http_reason(status), strlen(text), id, text);
    ssize_t sent =
        send(h2o_socket_get_fd(sock), answer, strlen(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
    cs_arena_dispose(&a);
    if (sent <= 0) {
        connection_cut(c);
        return;
    }
    c->refused = linger_dup(sock);
    sock->_cb.read(sock, "refused"); /* c is gone */
}

void body_tick(struct http_loop *loop, int64_t now)
{
    struct parked *p = calloc((size_t)loop->n_connections + 1, sizeof(*p));
    size_t n = 0;

    if (!p)
        abort();
    loop->n_ticks++;
    for (struct list *l = loop->connections.next; l != &loop->connections; l = l->next)
        n += body_look(LIST_OF(l, struct http_connection, link), now, &p[n]);
    ledger_judge(loop->index, p, n);
    for (size_t i = 0; i < n; i++)
        if (p[i].verdict == PARKED_SLOW)
            connection_cut(p[i].of);
        else if (p[i].verdict != PARKED_STAYS)
            body_refuse(p[i].of, p[i].verdict == PARKED_SHARE ? 429 : 503);
    free(p);
}

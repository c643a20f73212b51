/* Connections whose bodies come in: asked about when they are announced, judged each second. */
#include "edge/http/body.h"

#include "edge/http/parked.h"

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

void http_body_trust(struct http_connection *c, bool trusted)
{
    c->asking = NULL;
    c->trusted = trusted;
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
    enum http_welcome welcome = loop->server->body_welcome(loop->user, &b);
    if (welcome == HTTP_TRUSTED) /* else what was asked may have been answered already */
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
                           .peer = c->peer,
                           .trusted = c->trusted,
                           .of = c};
    *seen = got;
    return true;
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
    parked_judge(p, n);
    for (size_t i = 0; i < n; i++)
        if (p[i].cut)
            connection_cut(p[i].of);
    free(p);
}

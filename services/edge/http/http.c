/* A request of h2o as struct http_request, and the answers that are sent to it. */
#include "edge/http/body.h"
#include "edge/http/http_h2o.h"
#include "edge/http/parse.h"

#include "base/id.h"

#include <arpa/inet.h>
#include <string.h>

enum {
    SPARE_MAX = 64,
    REQUEST_MEMORY = 8 * 1024 * 1024, /* of a request; beyond it the edge answers 413 */
};

static const struct {
    const char *name;
    enum http_method method;
} methods[] = {
    {"GET", HTTP_GET},       {"POST", HTTP_POST}, {"PUT", HTTP_PUT},         {"PATCH", HTTP_PATCH},
    {"DELETE", HTTP_DELETE}, {"HEAD", HTTP_HEAD}, {"OPTIONS", HTTP_OPTIONS},
};

const char *http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {302, "Found"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

const char *http_method_name(enum http_method m)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (methods[i].method == m)
            return methods[i].name;
    return "OTHER";
}

enum http_method http_method_of(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (h2o_memis(name, len, methods[i].name, strlen(methods[i].name)))
            return methods[i].method;
    return HTTP_OTHER;
}

/* ---- the life of a request ---- */

static struct http_impl *impl_new(struct http_loop *loop)
{
    struct http_impl *m;

    if (!list_empty(&loop->spare)) {
        m = LIST_OF(loop->spare.next, struct http_impl, link);
        list_remove(&m->link);
        loop->n_spare--;
        return m;
    }
    m = calloc(1, sizeof(*m));
    if (!m)
        abort();
    cs_arena_init(&m->arena);
    m->arena.ceiling = REQUEST_MEMORY;
    return m;
}

static void impl_free(struct http_loop *loop, struct http_impl *m)
{
    struct cs_arena arena = m->arena;

    cs_buf_free(&m->out[0]);
    cs_buf_free(&m->out[1]);
    if (loop->n_spare == SPARE_MAX) {
        cs_arena_dispose(&arena);
        free(m);
        return;
    }
    cs_arena_reset(&arena);
    *m = (struct http_impl){.arena = arena};
    list_add(&loop->spare, &m->link);
    loop->n_spare++;
}

static void tell_gone(struct http_impl *m)
{
    void (*gone)(void *user) = m->r.gone;

    m->r.gone = NULL;
    m->r.answered = true;
    if (gone)
        gone(m->r.user);
}

/* the only sure sign that h2o is done with a request, whatever the reason */
static void on_dispose(void *holder)
{
    struct http_impl *m = *(struct http_impl **)holder;
    struct http_loop *loop = m->r.loop;

    tell_gone(m);
    list_remove(&m->link);
    list_remove(&m->dirty);
    if (m->r.body_len > HTTP_LARGE && m->large == PARKED_STAYS)
        ledger_leave(LEDGER_LARGE, m->share);
    if (m->connection) {
        m->connection->busy = m->connection->upgraded;
        m->connection->share = m->connection->peer;
        m->connection->receiving = m->connection->trusted = false;
        m->connection->since = (int64_t)h2o_now(loop->ctx.loop);
    }
    impl_free(loop, m);
}

static void fill_request(struct http_impl *m, struct http_loop *loop, h2o_req_t *req)
{
    h2o_iovec_t path = req->path;
    size_t path_len = req->query_at == SIZE_MAX ? path.len : req->query_at;

    m->r.arena = &m->arena;
    m->r.loop = loop;
    m->r.impl = m;
    m->r.method = http_method_of(req->method.base, req->method.len);
    m->r.path = cs_strndup(&m->arena, path.base, path_len);
    m->r.query = path_len < path.len
                     ? cs_strndup(&m->arena, path.base + path_len + 1, path.len - path_len - 1)
                     : "";
    m->r.body = req->entity.base ? req->entity.base : "";
    m->r.body_len = req->entity.base ? req->entity.len : 0;
}

/* Nobody knows where a next request would begin, so the connection ends with the answer. */
static void http_refuse_head(struct http_impl *m, const char *refusal)
{
    m->r.refused = refusal;
    if (!refusal && !parse_unread())
        return;
    m->req->http1_is_persistent = 0;
    if (m->connection && m->connection->refused < 0)
        m->connection->refused = linger_dup(m->connection->sock);
}

int http_on_req(h2o_handler_t *self, h2o_req_t *req)
{
    (void)self;
    struct http_loop *loop = http_loop_of(req->conn->ctx);
    struct http_impl *m = impl_new(loop);
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): it is the pointer that is shared */
    struct http_impl **holder = h2o_mem_alloc_shared(&req->pool, sizeof(*holder), on_dispose);
    h2o_socket_t *sock = req->conn->callbacks->get_socket(req->conn);

    *holder = m;
    m->req = req;
    m->connection = sock->on_close.data;
    fill_request(m, loop, req);
    http_refuse_head(m, parse_refusal());
    if (m->connection) {
        m->connection->busy = true;
        body_over(m->connection);
    }
    m->share = m->connection ? m->connection->share : 0;
    if (m->r.body_len > HTTP_LARGE)
        m->large = ledger_enter(LEDGER_LARGE, m->share);
    list_init(&m->dirty);
    list_add(&loop->requests, &m->link);
    loop->server->on_request(loop->user, &m->r);
    return 0;
}

void http_drop(struct http_impl *m)
{
    h2o_req_t *req = m->req;

    tell_gone(m);
    req->http1_is_persistent = 0;
    if (m->open) {
        http_stream_end(&m->r, false);
        return;
    }
    req->res.status = 499;
    req->res.reason = "Client Closed Request";
    req->res.content_length = 0;
    h2o_send_inline(req, H2O_STRLIT(""));
}

/* ---- reading ---- */

static bool header_is(const h2o_header_t *h, const char *name, size_t len)
{
    return h->name->len == len && memcmp(h->name->base, name, len) == 0;
}

/* One copy of all lines of the name: a copy for each would grow with their square. */
const char *http_header(const struct http_request *r, const char *lower_case_name)
{
    const h2o_req_t *req = r->impl->req;
    const h2o_header_t *h = req->headers.entries;
    const h2o_header_t *end = h ? h + req->headers.size : h; /* a refused head has no lines */
    size_t len = strlen(lower_case_name), size = 0;

    if (strcmp(lower_case_name, "host") == 0)
        return cs_strndup(r->arena, req->authority.base, req->authority.len);
    for (const h2o_header_t *i = h; i < end; i++)
        if (header_is(i, lower_case_name, len))
            size += i->value.len + 2;
    if (size == 0)
        return NULL;
    char *value = cs_alloc(r->arena, size), *at = value;
    for (const h2o_header_t *i = h; i < end; i++) {
        if (!header_is(i, lower_case_name, len))
            continue;
        if (at > value)
            at = mempcpy(at, ", ", 2);
        at = mempcpy(at, i->value.base, i->value.len);
    }
    return value;
}

const char *http_peer(const struct http_request *r)
{
    h2o_conn_t *conn = r->impl->req->conn;

    return http_socket_peer(r->arena, conn->callbacks->get_socket(conn));
}

const char *http_socket_peer(struct cs_arena *a, h2o_socket_t *sock)
{
    struct sockaddr_storage sa;
    char text[INET6_ADDRSTRLEN] = "";

    if (h2o_socket_getpeername(sock, (struct sockaddr *)&sa) == 0)
        return "";
    const void *addr = sa.ss_family == AF_INET6
                           ? (const void *)&((struct sockaddr_in6 *)&sa)->sin6_addr
                           : (const void *)&((struct sockaddr_in *)&sa)->sin_addr;
    if (!inet_ntop(sa.ss_family, addr, text, sizeof(text)))
        return "";
    return cs_strdup(a, text);
}

/* ---- answering ---- */

void http_set_header(struct http_request *r, const char *lower_case_name, const char *value)
{
    h2o_req_t *req = r->impl->req;
    h2o_iovec_t v = h2o_strdup(&req->pool, value, SIZE_MAX);
    h2o_iovec_t name = h2o_strdup(&req->pool, lower_case_name, SIZE_MAX);

    for (size_t i = 0; i < v.len; i++)
        if ((unsigned char)v.base[i] < ' ' && v.base[i] != '\t')
            v.base[i] = ' ';
    h2o_set_header_by_str(&req->pool, &req->res.headers, name.base, name.len, 1, v.base, v.len, 1);
}

static void set_status(struct http_impl *m, int status, const char *type, size_t length)
{
    m->r.answered = true;
    m->req->res.status = status;
    m->req->res.reason = http_reason(status);
    m->req->res.content_length = length;
    m->req->compress_hint = H2O_COMPRESS_HINT_DISABLE;
    if (type)
        http_set_header(&m->r, "content-type", type);
}

void http_reply(struct http_request *r, int status, const char *type, const void *body, size_t len)
{
    struct http_impl *m = r->impl;
    h2o_iovec_t out = h2o_iovec_init(body, len);
    bool bare = r->method == HTTP_HEAD || len == 0;

    if (r->answered)
        return;
    /* a 204 has no length; every other answer needs one or h2o closes the connection */
    set_status(m, status, type, status == 204 ? SIZE_MAX : len);
    h2o_start_response(m->req, &m->generator);
    h2o_send(m->req, bare ? NULL : &out, bare ? 0 : 1, H2O_SEND_STATE_FINAL);
}

static void stream_send(struct http_impl *m)
{
    struct cs_buf *full = &m->out[m->filling];
    h2o_req_t *req = m->req;

    if (m->sending || m->cut || !m->open || (full->len == 0 && !m->ended))
        return;
    h2o_iovec_t v = h2o_iovec_init(full->data, full->len);
    h2o_send_state_t state = !m->ended  ? H2O_SEND_STATE_IN_PROGRESS
                             : m->whole ? H2O_SEND_STATE_FINAL
                                        : H2O_SEND_STATE_ERROR;

    m->filling = !m->filling;
    cs_buf_clear(&m->out[m->filling]);
    m->sending = true;
    m->cut = m->ended; /* nothing may follow */
    h2o_send(req, &v, v.len ? 1 : 0, state);
}

static void on_proceed(h2o_generator_t *generator, h2o_req_t *req)
{
    (void)req;
    struct http_impl *m = (struct http_impl *)generator;

    m->sending = false;
    if (m->out[m->filling].len || m->ended)
        stream_send(m);
    else if (m->drained)
        m->drained(m->r.user);
}

/* the connection broke; dispose follows */
static void on_stop(h2o_generator_t *generator, h2o_req_t *req)
{
    (void)req;
    struct http_impl *m = (struct http_impl *)generator;

    m->cut = true;
    tell_gone(m);
}

static void mark_dirty(struct http_impl *m)
{
    if (!list_linked(&m->dirty))
        list_add(&m->r.loop->dirty, &m->dirty);
}

void http_stream_open(struct http_request *r, int status, const char *type, int64_t length,
                      void (*drained)(void *user))
{
    struct http_impl *m = r->impl;

    set_status(m, status, type, length < 0 ? SIZE_MAX : (size_t)length);
    if (m->req->version < 0x101)
        m->req->http1_is_persistent = 0;
    m->generator = (h2o_generator_t){on_proceed, on_stop};
    m->drained = drained;
    m->open = true;
    h2o_start_response(m->req, &m->generator);
}

bool http_stream_write(struct http_request *r, const void *p, size_t n)
{
    struct http_impl *m = r->impl;

    if (!m->open || m->ended || m->cut)
        return false;
    if (m->sending && m->out[m->filling].len + n > HTTP_STREAM_MAX)
        return false;
    cs_buf_add(&m->out[m->filling], p, n);
    mark_dirty(m);
    return true;
}

void http_stream_end(struct http_request *r, bool whole)
{
    struct http_impl *m = r->impl;

    if (m->ended || m->cut)
        return;
    m->ended = true;
    m->whole = whole;
    if (!whole && m->sending)
        /* a client that does not read would never take the end: break the connection */
        shutdown(h2o_socket_get_fd(m->connection->sock), SHUT_RDWR);
    else
        mark_dirty(m);
}

bool http_flush(struct http_loop *loop)
{
    bool any = !list_empty(&loop->dirty);

    while (!list_empty(&loop->dirty)) {
        struct http_impl *m = LIST_OF(loop->dirty.next, struct http_impl, dirty);
        list_remove(&m->dirty);
        stream_send(m);
    }
    return any;
}

int http_crowded(const struct http_request *r)
{
    enum parked_verdict large = r->impl->large;

    return large == PARKED_SHARE ? 429 : large == PARKED_FULL ? 503 : 0;
}

/* ---- what h2o refuses by itself: its text becomes a problem ---- */

struct refusal_stream {
    h2o_ostream_t super;
    h2o_iovec_t body;
};

static void refusal_send(h2o_ostream_t *self, h2o_req_t *req, h2o_iovec_t *bufs, size_t n,
                         h2o_send_state_t state)
{
    (void)bufs;
    (void)n;
    struct refusal_stream *s = (struct refusal_stream *)self;
    h2o_ostream_send_next(self, req, &s->body, 1, state);
}

/* too large only because there is little room for bodies now */
static void refuse_for_now(h2o_req_t *req)
{
    req->res.status = 503;
    req->res.reason = http_reason(503);
    h2o_set_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("retry-after"), 0,
                          H2O_STRLIT(HTTP_RETRY_S), 1);
}

static void refusal_cors(struct cs_arena *a, h2o_req_t *req, const struct http_server *server)
{
    ssize_t at = h2o_find_header_by_str(&req->headers, H2O_STRLIT("origin"), -1);
    h2o_iovec_t path = req->input.path;

    if (at < 0 || !path.len)
        return;
    h2o_iovec_t origin = req->headers.entries[at].value;
    if (server->refusal_readable(cs_strndup(a, origin.base, origin.len),
                                 cs_strndup(a, path.base, path.len)))
        h2o_set_header_by_str(&req->pool, &req->res.headers,
                              H2O_STRLIT("access-control-allow-origin"), 0, origin.base, origin.len,
                              1);
}

static void refusal_setup(h2o_filter_t *self, h2o_req_t *req, h2o_ostream_t **slot)
{
    (void)self;
    const struct http_loop *loop = http_loop_of(req->conn->ctx);
    const struct http_server *server = loop->server;
    struct refusal_stream *s = (struct refusal_stream *)h2o_add_ostream(req, sizeof(*s), slot);
    h2o_socket_t *sock = req->conn->callbacks->get_socket(req->conn);
    struct http_connection *c = sock->on_close.data;
    struct cs_arena arena;
    char id[CS_ID_SIZE];

    if (c->refused < 0)
        c->refused = linger_dup(sock);
    if (req->res.status == 413 && loop->conf.max_request_entity_size < server->max_body)
        refuse_for_now(req);
    cs_id_new(id);
    cs_arena_init(&arena);
    s->super.do_send = refusal_send;
    refusal_cors(&arena, req, server);
    s->body = h2o_strdup(&req->pool, server->refusal(&arena, req->res.status, id), SIZE_MAX);
    cs_arena_dispose(&arena);
    req->res.content_length = s->body.len;
    h2o_iovec_t request_id = h2o_strdup(&req->pool, id, SIZE_MAX);
    h2o_set_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE,
                   H2O_STRLIT("application/problem+json"), 1);
    h2o_set_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("x-request-id"), 0,
                          request_id.base, request_id.len, 1);
    h2o_setup_next_ostream(req, &s->super.next);
}

void http_refuse_register(h2o_pathconf_t *fallback)
{
    h2o_create_filter(fallback, sizeof(h2o_filter_t))->on_setup_ostream = refusal_setup;
}

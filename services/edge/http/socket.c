/* Bytes go from the socket's input into wslay, and from wslay into one buffer while another is being written. */
#include "edge/http/socket.h"

#include "edge/http/http_h2o.h"

#include "obs/metrics.h"

#include <h2o/http1.h>
#include <h2o/websocket.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdatomic.h>
#include <string.h>
#include <wslay/wslay.h>

enum {
    PING_MS = 30 * 1000,
    SILENT_MS = 75 * 1000,
    MESSAGE_MS = 30 * 1000,
    CLOSING_MS = 5 * 1000,
    MESSAGES_A_SECOND = 200,
    OUT_MAX = 64 * 1024, /* written at a time */
    KEY_GIVEN = 24,      /* characters, in the request and in the answer */
    KEY = 28,
};

struct http_socket {
    struct list link, dirty;
    struct http_loop *loop;
    struct http_connection *connection;
    h2o_socket_t *sock; /* NULL until the answer was written, and when the connection is gone */
    wslay_event_context_ptr wslay;
    struct cs_buf out[2];
    int filling;
    bool writing, closing, told;
    bool broken; /* wslay cannot go on: a frame broke a rule */
    const struct http_socket_events *events;
    void *user;
    size_t partial; /* bytes of an unfinished message */
    int64_t partial_ms, seen_ms, pinged_ms, closing_ms;
    unsigned n_messages; /* in this second */
};

static atomic_size_t partial_bytes;

static void sockets_count(int n)
{
    cs_metric_add(cs_gauge("cs_edge_sockets", NULL, "open WebSockets"), n);
}

static void sockets_cut_count(void)
{
    cs_metric_add(cs_counter("cs_edge_sockets_cut_total", NULL,
                             "WebSockets that were cut: silent, or too slow a reader or writer"),
                  1);
}

static int64_t socket_now(const struct http_socket *s)
{
    return (int64_t)h2o_now(s->loop->ctx.loop);
}

static void mark_dirty(struct http_socket *s)
{
    if (!list_linked(&s->dirty))
        list_add(&s->loop->sockets_dirty, &s->dirty);
}

static void partial_add(struct http_socket *s, size_t n)
{
    if (s->partial == 0)
        s->partial_ms = socket_now(s);
    s->partial += n;
    atomic_fetch_add(&partial_bytes, n);
}

static void partial_end(struct http_socket *s)
{
    atomic_fetch_sub(&partial_bytes, s->partial);
    s->partial = 0;
}

/* ---- the end ---- */

static void socket_told(struct http_socket *s)
{
    if (s->told)
        return;
    s->told = true;
    s->events->closed(s->user);
}

static void socket_free(struct http_socket *s)
{
    h2o_socket_t *sock = s->sock;

    partial_end(s);
    list_remove(&s->link);
    list_remove(&s->dirty);
    socket_told(s);
    sockets_count(-1);
    wslay_event_context_free(s->wslay);
    cs_buf_free(&s->out[0]);
    cs_buf_free(&s->out[1]);
    free(s);
    if (sock)
        h2o_socket_close(sock);
}

/* The peer gets what was written before: a reset would take our close frame with it. */
static void socket_leave(struct http_socket *s)
{
    if (s->sock && s->connection->refused < 0)
        s->connection->refused = linger_dup(s->sock);
    socket_free(s);
}

/* The read callback of the socket then ends it. */
static void socket_cut(struct http_socket *s)
{
    sockets_cut_count();
    s->closing = true;
    s->closing_ms = socket_now(s);
    if (s->sock)
        shutdown(h2o_socket_get_fd(s->sock), SHUT_RDWR);
}

/* ---- out ---- */

static ssize_t on_wslay_send(wslay_event_context_ptr ctx, const uint8_t *data, size_t len,
                             int flags, void *user)
{
    (void)flags;
    struct http_socket *s = user;
    struct cs_buf *out = &s->out[s->filling];

    if (out->len >= OUT_MAX) {
        wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    cs_buf_add(out, data, len);
    return (ssize_t)len;
}

static void on_written(h2o_socket_t *sock, const char *err)
{
    struct http_socket *s = sock->data;

    s->writing = false;
    cs_buf_free(&s->out[!s->filling]); /* an idle socket holds no buffer */
    if (err)
        socket_free(s);
    else
        mark_dirty(s);
}

/* For such a fault wslay closes without a code, so the frame is written past it. */
static void socket_break(struct http_socket *s)
{
    static const char protocol_error[] = {(char)0x88, 2, 1002 >> 8, (char)(1002 & 0xff)};

    if (!s->closing)
        cs_buf_add(&s->out[s->filling], protocol_error, sizeof(protocol_error));
    s->broken = s->closing = true;
    s->closing_ms = socket_now(s);
    socket_told(s);
}

/* False: the socket is gone. */
static bool socket_flush(struct http_socket *s)
{
    if (!s->sock || s->writing)
        return true;
    if (!s->broken && wslay_event_send(s->wslay) != 0) {
        socket_free(s);
        return false;
    }
    struct cs_buf *full = &s->out[s->filling];
    if (full->len) {
        h2o_iovec_t v = h2o_iovec_init(full->data, full->len);
        s->filling = !s->filling;
        s->writing = true;
        h2o_socket_write(s->sock, &v, 1, on_written);
    } else if (s->broken || wslay_event_get_close_sent(s->wslay)) {
        socket_leave(s);
        return false;
    }
    return true;
}

bool http_sockets_flush(struct http_loop *loop)
{
    struct list round;
    bool any = !list_empty(&loop->sockets_dirty);

    list_init(&round);
    list_move(&round, &loop->sockets_dirty);
    while (!list_empty(&round)) {
        struct http_socket *s = LIST_OF(round.next, struct http_socket, dirty);
        list_remove(&s->dirty);
        socket_flush(s);
    }
    return any;
}

bool http_socket_send(struct http_socket *s, const char *text, size_t len)
{
    struct wslay_event_msg m = {WSLAY_TEXT_FRAME, (const uint8_t *)text, len};
    size_t pending = wslay_event_get_queued_msg_length(s->wslay) + s->out[0].len + s->out[1].len;

    if (s->closing)
        return false;
    if (pending && pending + len > HTTP_STREAM_MAX) {
        socket_cut(s);
        return false;
    }
    mark_dirty(s);
    return wslay_event_queue_msg(s->wslay, &m) == 0;
}

void http_socket_close(struct http_socket *s, int code, const char *reason)
{
    if (s->closing)
        return;
    s->closing = true;
    s->closing_ms = socket_now(s);
    wslay_event_queue_close(s->wslay, (uint16_t)code, (const uint8_t *)reason, strlen(reason));
    mark_dirty(s);
}

/* ---- in ---- */

static ssize_t on_wslay_recv(wslay_event_context_ptr ctx, uint8_t *buf, size_t len, int flags,
                             void *user)
{
    (void)flags;
    struct http_socket *s = user;
    size_t n = s->sock->input->size < len ? s->sock->input->size : len;

    if (n == 0) {
        wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(buf, s->sock->input->bytes, n);
    h2o_buffer_consume(&s->sock->input, n);
    return (ssize_t)n;
}

static void on_wslay_chunk(wslay_event_context_ptr ctx,
                           const struct wslay_event_on_frame_recv_chunk_arg *arg, void *user)
{
    (void)ctx;
    struct http_socket *s = user;

    partial_add(s, arg->data_length);
    if (atomic_load(&partial_bytes) > HTTP_SOCKET_PARTIAL)
        http_socket_close(s, 1013, "Too many messages come in. Try again later.");
}

static void on_wslay_message(wslay_event_context_ptr ctx,
                             const struct wslay_event_on_msg_recv_arg *arg, void *user)
{
    (void)ctx;
    struct http_socket *s = user;

    partial_end(s);
    if (s->closing)
        return;
    if (++s->n_messages > MESSAGES_A_SECOND)
        http_socket_close(s, 1008, "Too many messages a second.");
    else if (arg->opcode == WSLAY_BINARY_FRAME)
        http_socket_close(s, 1003, "Messages must be text.");
    else if (arg->opcode == WSLAY_TEXT_FRAME)
        s->events->message(s->user, (const char *)arg->msg, arg->msg_length);
}

static void on_socket_read(h2o_socket_t *sock, const char *err)
{
    struct http_socket *s = sock->data;

    s->seen_ms = socket_now(s);
    if (err) {
        socket_free(s);
        return;
    }
    if (wslay_event_recv(s->wslay) != 0 && !s->broken)
        socket_break(s);
    if (sock->input->size == 0) { /* an idle socket holds no buffer */
        h2o_buffer_dispose(&sock->input);
        h2o_buffer_init(&sock->input, &h2o_socket_buffer_prototype);
    }
    if (!wslay_event_want_read(s->wslay) && !s->closing) { /* the peer closes, or broke a rule */
        s->closing = true;
        s->closing_ms = s->seen_ms;
        socket_told(s);
    }
    mark_dirty(s);
}

/* ---- the handshake ---- */

bool http_socket_wanted(const struct http_request *r, const char **ret_fault)
{
    h2o_req_t *req = r->impl->req;
    const char *key = NULL;
    int rc = req->version >= 0x200 ? -1 : h2o_is_websocket_handshake(req, &key);

    *ret_fault = rc != 0 ? "Sec-WebSocket-Version must be 13, with a Sec-WebSocket-Key." : NULL;
    return rc != 0 || key;
}

static void on_upgraded(void *user, h2o_socket_t *sock, size_t request_size)
{
    struct http_socket *s = user;

    s->sock = sock;
    if (!sock) {
        socket_free(s);
        return;
    }
    sock->data = s;
    h2o_buffer_consume(&sock->input, request_size);
    h2o_socket_read_start(sock, on_socket_read);
    if (sock->input->size) /* what came with the handshake */
        on_socket_read(sock, NULL);
    else
        mark_dirty(s);
}

/* RFC 6455 1.3 */
static void accept_key(const char *key, char out[KEY + 1])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char text[KEY_GIVEN + sizeof(guid) - 1], digest[SHA_DIGEST_LENGTH];

    memcpy(text, key, KEY_GIVEN);
    memcpy(text + KEY_GIVEN, guid, sizeof(guid) - 1);
    SHA1(text, sizeof(text), digest);
    EVP_EncodeBlock((unsigned char *)out, digest, sizeof(digest));
}

static void upgrade_headers(struct http_request *r, const char *protocol)
{
    char accept[KEY + 1] = "";
    const char *key = NULL;

    h2o_is_websocket_handshake(r->impl->req, &key);
    accept_key(key, accept);
    http_set_header(r, "upgrade", "websocket");
    http_set_header(r, "sec-websocket-accept", accept);
    if (protocol)
        http_set_header(r, "sec-websocket-protocol", protocol);
}

struct http_socket *http_socket_open(struct http_request *r, const char *protocol,
                                     const struct http_socket_events *e, void *user)
{
    const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_wslay_recv,
        .send_callback = on_wslay_send,
        .on_frame_recv_chunk_callback = on_wslay_chunk,
        .on_msg_recv_callback = on_wslay_message,
    };
    struct http_socket *s = calloc(1, sizeof(*s));

    if (!s || wslay_event_context_server_init(&s->wslay, &callbacks, s) != 0)
        abort();
    wslay_event_config_set_max_recv_msg_length(s->wslay, HTTP_SOCKET_MESSAGE);
    s->loop = r->loop;
    s->connection = r->impl->connection;
    s->connection->upgraded = true;
    s->events = e;
    s->user = user;
    s->seen_ms = s->pinged_ms = socket_now(s);
    list_add(&s->loop->sockets, &s->link);
    sockets_count(1);
    r->answered = true;
    r->impl->req->res.status = 101;
    r->impl->req->res.reason = "Switching Protocols";
    upgrade_headers(r, protocol);
    h2o_http1_upgrade(r->impl->req, NULL, 0, on_upgraded, s);
    return s;
}

/* ---- time ---- */

static void socket_check(struct http_socket *s, int64_t now)
{
    const struct wslay_event_msg ping = {WSLAY_PING, NULL, 0};

    s->n_messages = 0;
    if (now - s->seen_ms > SILENT_MS || (s->partial && now - s->partial_ms > MESSAGE_MS) ||
        (s->closing && now - s->closing_ms > CLOSING_MS)) {
        socket_cut(s);
    } else if (!s->closing && now - s->pinged_ms > PING_MS) {
        s->pinged_ms = now;
        if (wslay_event_queue_msg(s->wslay, &ping) == 0)
            mark_dirty(s);
    }
}

void http_sockets_tick(struct http_loop *loop, int64_t now)
{
    for (struct list *l = loop->sockets.next, *next; l != &loop->sockets; l = next) {
        next = l->next;
        socket_check(LIST_OF(l, struct http_socket, link), now);
    }
}

/* A socket from its handshake to its end; what a client says is read in socket_say.c. */
#include "edge/socket.h"

#include "edge/ask.h"
#include "edge/request.h"
#include "edge/rights.h"
#include "edge/channel.h"
#include "edge/socket_say.h"
#include "edge/socket_text.h"

#include "base/clock.h"
#include "bus/share.h"
#include "obs/metrics.h"
#include "obs/trace.h"

#include <stdlib.h>
#include <string.h>

#define PROTOCOL "chatsphere.v1"
#define BEARER "bearer."

enum {
    AUTH_MS = 10 * 1000,    /* for the first message of a stranger */
    RECHECK_MS = 30 * 1000, /* of a token, while the socket is idle */
    FRESH_MS = 2000,        /* so long a check is good for the next message */
    WAITING_MAX = 1024 * 1024,
};

static struct cs_share of_process = CS_SHARE_INIT("sockets");
static struct cs_share of_holders = CS_SHARE_INIT("holders_sockets");
static size_t all_limit, tenant_limit, address_limit;

void sockets_limits(size_t n_all, size_t n_tenant, size_t n_address)
{
    all_limit = n_all;
    tenant_limit = n_tenant;
    address_limit = n_address;
}

void identity_copy(struct identity *to, const struct identity *from)
{
    *to = (struct identity){
        .carrier = from->carrier,
        .tenant = from->tenant ? strdup(from->tenant) : NULL,
        .principal = from->principal ? strdup(from->principal) : NULL,
        .roles = from->roles ? strdup(from->roles) : NULL,
        .session = from->session ? strdup(from->session) : NULL,
        .origin = from->origin ? strdup(from->origin) : NULL,
    };
}

void identity_free(struct identity *who)
{
    free((char *)who->tenant);
    free((char *)who->principal);
    free((char *)who->roles);
    free((char *)who->session);
    free((char *)who->origin);
    *who = (struct identity){0};
}

/* ---- out ---- */

void socket_send(struct socket *s, const char *text, size_t len)
{
    http_socket_send(s->http, text, len);
}

void socket_problem(struct socket *s, const Problem *p, const char *client_id)
{
    struct cs_arena *a = &s->edge->scratch;
    const char *data = cs_printf(a, "{\"problem\":%s}", problem_text(a, p, s->request_id));
    size_t len;

    if (p->retry_after_ms > 0)
        data = cs_printf(a, "%.*s,\"retry_after\":%lld}", (int)strlen(data) - 1, data,
                         (long long)(p->retry_after_ms + 999) / 1000);
    const char *text = socket_write(a, "error", 0, NULL, client_id, data, strlen(data), &len);
    socket_send(s, text, len);
}

/* ---- the share ---- */

/* Of a stranger or a visitor it is the address's, of a member the workspace's. */
static bool socket_count(struct socket *s, const struct identity *who)
{
    bool member = who->carrier == CARRIER_USER || who->carrier == CARRIER_KEY;
    const char *holder = member ? who->tenant : s->limit_key;

    if (!cs_share_take(&of_holders, holder, member ? tenant_limit : address_limit))
        return false;
    s->counted = true;
    return true;
}

static void socket_uncount(struct socket *s)
{
    bool member = s->who.carrier == CARRIER_USER || s->who.carrier == CARRIER_KEY;

    if (s->counted)
        cs_share_return(&of_holders, member ? s->who.tenant : s->limit_key);
    s->counted = false;
}

/* ---- checking ---- */

static void socket_ready(struct socket *s)
{
    struct cs_buf waiting = s->waiting;
    uint32_t n;

    s->state = SOCKET_READY;
    s->checked_ms = cs_mono_ms();
    s->waiting = (struct cs_buf){0};
    for (size_t at = 0; at < waiting.len; at += n) {
        memcpy(&n, waiting.data + at, sizeof(n));
        at += sizeof(n);
        socket_heard(s, waiting.data + at, n);
    }
    cs_buf_free(&waiting);
    cs_arena_reset(&s->edge->scratch);
}

static void socket_refuse(struct socket *s, int status)
{
    switch (status) {
    case CS_UNAUTHENTICATED:
        http_socket_close(s->http, 4401, "The token is invalid or has expired.");
        break;
    case CS_FORBIDDEN:
        http_socket_close(s->http, 4403, "The caller may not use this conversation.");
        break;
    case CS_NOT_FOUND: http_socket_close(s->http, 4404, "The conversation does not exist."); break;
    default: http_socket_close(s->http, 1013, "Try again later."); break;
    }
}

static void on_socket_looked(void *user, const struct bridge_reply *reply)
{
    struct socket *s = user;

    if (reply->status) {
        socket_refuse(s, reply->status);
        return;
    }
    snprintf(s->conversation, sizeof(s->conversation), "%s", s->id);
    channel_join(s);
    socket_ready(s);
}

/* Whose conversation is it? */
static void socket_look(struct socket *s)
{
    ConversationRequest req = CONVERSATION_REQUEST_INIT;
    struct cs_arena *a = &s->edge->scratch;
    void *packed;

    req.conversation_id = s->id;
    packed = pbjson_pack(a, &req.base, &s->look.len);
    free(s->looked);
    s->looked = malloc(s->look.len + 1);
    if (!s->looked)
        abort();
    memcpy(s->looked, packed, s->look.len);
    s->look = (struct bridge_call){
        .rpc = RPC_CHAT_GET_CONVERSATION,
        .data = s->looked,
        .len = s->look.len,
        .request_id = s->request_id,
        .traceparent = s->traceparent,
        .tenant = s->who.tenant,
        .principal = s->who.principal,
        .roles = s->who.roles,
        .session = s->who.session,
        .repeatable = true,
        .done = on_socket_looked,
        .user = s,
    };
    bridge_send(s->edge->bridge, &s->look);
}

/* A visitor's conversation is the session that the token is for. */
static void socket_visit(struct socket *s)
{
    static const char visitor[] = "visitor:";

    if (s->who.principal && strncmp(s->who.principal, visitor, sizeof(visitor) - 1) == 0 &&
        !s->channel) {
        snprintf(s->conversation, sizeof(s->conversation), "%s",
                 s->who.principal + sizeof(visitor) - 1);
        channel_join(s);
    }
    socket_ready(s);
}

static void on_socket_checked(void *user, int status, const struct identity *who)
{
    struct socket *s = user;
    int refusal = status;

    if (!status && rights_refusal(s->route, who, s->origin, &refusal))
        status = refusal;
    if (status) {
        socket_refuse(s, status);
        return;
    }
    if (s->who.carrier != CARRIER_NONE) { /* checked once more */
        socket_ready(s);
        return;
    }
    socket_uncount(s);
    identity_copy(&s->who, who);
    if (!socket_count(s, who))
        http_socket_close(s->http, 1013, "Too many sockets of this workspace are open.");
    else if (s->visitors)
        socket_visit(s);
    else
        socket_look(s);
}

void socket_check(struct socket *s)
{
    s->state = SOCKET_CHECKING;
    s->check = (struct token_check){
        .bearer = s->bearer,
        .request_id = s->request_id,
        .traceparent = s->traceparent,
        .address = s->limit_key,
        .network = s->limit_network,
        .done = on_socket_checked,
        .user = s,
    };
    list_init(&s->check.link);
    tokens_check(s->edge->tokens, &s->check);
}

void socket_authenticate(struct socket *s, const char *token)
{
    free(s->bearer);
    s->bearer = strdup(token);
    socket_check(s);
}

void socket_opened(struct socket *s)
{
    if (!s->opening)
        return;
    s->opening = false;
    if (s->state == SOCKET_CHECKING && !list_linked(&s->check.link) && !s->bearer)
        socket_ready(s);
}

void socket_adopt(struct socket *s, const char *session, const char *visitor_token)
{
    snprintf(s->conversation, sizeof(s->conversation), "%s", session);
    channel_join(s);
    s->opening = false;
    if (visitor_token)
        socket_authenticate(s, visitor_token);
}

bool socket_must_wait(struct socket *s, const char *text, size_t len)
{
    uint32_t n = (uint32_t)len;

    if (s->state == SOCKET_READY && !s->opening && s->bearer &&
        cs_mono_ms() - s->checked_ms > FRESH_MS)
        socket_check(s); /* may be done at once */
    if (s->state != SOCKET_CHECKING && !s->opening)
        return false;
    if (s->waiting.len + len > WAITING_MAX) {
        http_socket_close(s->http, 1008, "Too many messages wait for an answer.");
        return true;
    }
    if (s->opening)
        s->state = SOCKET_CHECKING;
    cs_buf_add(&s->waiting, &n, sizeof(n));
    cs_buf_add(&s->waiting, text, len);
    return true;
}

/* ---- life ---- */

static void on_socket_message(void *user, const char *text, size_t len)
{
    struct socket *s = user;

    socket_heard(s, text, len);
    cs_arena_reset(&s->edge->scratch);
}

static void on_socket_closed(void *user)
{
    struct socket *s = user;

    tokens_forget(&s->check);
    bridge_cancel(s->edge->bridge, &s->look, false);
    socket_calls_drop(s);
    channel_leave(s);
    list_remove(&s->link);
    channels_count(s->edge->channels, -1);
    socket_uncount(s);
    cs_share_return(&of_process, "all");
    identity_free(&s->who);
    cs_buf_free(&s->waiting);
    free(s->looked);
    free(s->bearer);
    free(s->address);
    free(s->origin);
    free(s->host);
    free(s->limit_key);
    free(s->limit_network);
    free(s);
}

static const struct http_socket_events socket_events = {
    .message = on_socket_message,
    .closed = on_socket_closed,
};

static char *heap_copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static struct socket *socket_new(struct request *r)
{
    struct socket *s = calloc(1, sizeof(*s));
    struct cs_arena *a = r->http->arena;

    if (!s)
        abort();
    s->edge = r->edge;
    s->route = r->route;
    s->visitors = (r->route->flags & ROUTE_PUBLIC) != 0;
    list_init(&s->resumed);
    list_init(&s->calls);
    list_init(&s->check.link);
    snprintf(s->id, sizeof(s->id), "%.36s", r->match.params[0].value);
    snprintf(s->traceparent, sizeof(s->traceparent), "%s", r->traceparent);
    cs_id_new(s->request_id);
    s->address = heap_copy(r->address);
    s->origin = heap_copy(r->origin);
    s->host = heap_copy(http_header(r->http, "host"));
    s->limit_key = heap_copy(address_limit_key(a, r->address));
    s->limit_network = heap_copy(address_limit_network(a, r->address));
    s->bearer = heap_copy(r->who.carrier == CARRIER_NONE ? NULL : r->check.bearer);
    s->since_ms = cs_mono_ms();
    identity_copy(&s->who, &r->who);
    list_add(&s->edge->sockets, &s->link);
    channels_count(s->edge->channels, 1);
    return s;
}

static void socket_open(struct request *r, const char *protocol)
{
    struct socket *s;

    if (!cs_share_take(&of_process, "all", all_limit)) {
        answer_limited(r, CS_SHARE_RETRY_MS, "limited");
        return;
    }
    s = socket_new(r);
    if (!socket_count(s, &r->who)) {
        on_socket_closed(s);
        answer_limited(r, CS_SHARE_RETRY_MS, "limited");
        return;
    }
    r->status = 101;
    s->http = http_socket_open(r->http, protocol, &socket_events, s);
    if (s->visitors) {
        socket_visit(s);
    } else if (s->who.carrier != CARRIER_NONE) {
        snprintf(s->conversation, sizeof(s->conversation), "%s", s->id);
        channel_join(s);
        socket_ready(s);
    }
}

/* ---- the handshake ---- */

/* One of the subprotocols that are offered: the rest of the first that begins with prefix, in the arena. */
static const char *protocol_offered(struct request *r, const char *prefix)
{
    const char *list = http_header(r->http, "sec-websocket-protocol");
    size_t n = strlen(prefix);

    while (list && *list) {
        list += strspn(list, ", \t");
        size_t len = strcspn(list, ", \t");
        if (len >= n && strncmp(list, prefix, n) == 0)
            return cs_strndup(r->http->arena, list + n, len - n);
        list += len;
    }
    return NULL;
}

const char *socket_bearer(struct request *r)
{
    return protocol_offered(r, BEARER);
}

static const char *chosen_protocol(struct request *r)
{
    const char *rest = protocol_offered(r, PROTOCOL);

    return rest && !*rest ? PROTOCOL : NULL;
}

static void on_socket_found(void *user, const struct bridge_reply *reply)
{
    struct request *r = user;
    ProtobufCMessage *msg = ask_reply(r, r->route->rpc, reply);

    if (msg && !request_may_show(r, msg))
        answer_error(r, CS_FORBIDDEN, "The bot's allowed_origins do not include this page's.");
    else if (msg)
        socket_open(r, chosen_protocol(r));
}

void socket_begin(struct request *r)
{
    const char *fault;

    if (!http_socket_wanted(r->http, &fault)) {
        answer_error(r, CS_INVALID, "This path is for WebSocket. Send Upgrade: websocket.");
    } else if (fault) {
        answer_error(r, CS_INVALID, fault);
    } else if (http_header(r->http, "sec-websocket-protocol") && !chosen_protocol(r)) {
        answer_error(r, CS_INVALID, "The subprotocols must include chatsphere.v1.");
    } else if (!(r->route->flags & ROUTE_PUBLIC) && r->origin && !request_from_page(r)) {
        answer_error(r, CS_FORBIDDEN, "Pages of this origin may not use the API.");
    } else if (r->edge->leaving) {
        answer_error(r, CS_OVERLOADED, "The server is stopping. Retry the request.");
    } else if (!(r->route->flags & ROUTE_PUBLIC) && r->who.carrier == CARRIER_NONE) {
        socket_open(r, chosen_protocol(r)); /* its first message says who it is */
    } else {
        r->call.done = on_socket_found;
        r->call.user = r;
        ask_service(r, &r->call, r->route->rpc, r->msg);
    }
}

/* ---- time ---- */

void socket_may_leave(struct socket *s)
{
    if (s->edge->leaving && !channel_busy(s))
        http_socket_close(s->http, 1001, "The server is stopping.");
}

void sockets_leave(struct edge *e)
{
    e->leaving = true;
    for (struct list *l = e->sockets.next; l != &e->sockets; l = l->next)
        socket_may_leave(LIST_OF(l, struct socket, link));
}

void sockets_tick(struct edge *e)
{
    int64_t now = cs_mono_ms();

    for (struct list *l = e->sockets.next, *next; l != &e->sockets; l = next) {
        struct socket *s = LIST_OF(l, struct socket, link);
        next = l->next;
        if (s->state == SOCKET_STRANGER && now - s->since_ms > AUTH_MS)
            socket_refuse(s, CS_UNAUTHENTICATED);
        else if (s->state == SOCKET_READY && s->bearer && !s->opening &&
                 now - s->checked_ms > RECHECK_MS)
            socket_check(s);
    }
    cs_arena_reset(&e->scratch);
}

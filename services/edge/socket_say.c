/* A function for each kind of message, behind the limits of the socket's owner. */
#include "edge/socket_say.h"

#include "edge/limit.h"
#include "edge/request.h"
#include "edge/channel.h"
#include "edge/socket_text.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

static void say_error(struct socket *s, int status, const char *detail, const char *client_id)
{
    Problem p = PROBLEM_INIT;

    p.status = status;
    p.detail = (char *)detail;
    socket_problem(s, &p, client_id);
}

/* ---- how often ---- */

static bool say_take(struct socket *s, enum limit_class c, const char *who, const char *client_id)
{
    struct limits *limits = s->edge->shared->limits;
    int64_t now = cs_mono_ms(), wait = who ? limit_take(limits, c, who, now) : 0;
    Problem p = PROBLEM_INIT;

    if (!wait)
        return true;
    p.status = CS_LIMITED;
    p.code = (char *)limit_code(limits, c, who, now);
    p.detail = (char *)"Too many requests. Retry after the time in retry_after.";
    p.retry_after_ms = wait;
    socket_problem(s, &p, client_id);
    return false;
}

/* Visitors count by their address, others by principal and workspace. */
static bool say_within_limit(struct socket *s, enum limit_class c, const char *client_id)
{
    if (s->visitors)
        return say_take(s, c, s->limit_key, client_id) &&
               say_take(s, limit_wide(c), s->limit_network, client_id);
    return say_take(s, c, s->who.principal, client_id) &&
           say_take(s, limit_wide(c), s->who.tenant, client_id);
}

/* ---- message ---- */

static void say_visitors_message(struct socket *s, const struct socket_message *m)
{
    struct cs_arena *a = &s->edge->scratch;
    PublicMessageRequest *req = PublicMessageRequest_new(a);

    req->bot_id = s->id;
    req->message = (char *)m->content;
    req->session_id = *s->conversation ? s->conversation : NULL;
    request_observe(a, &req->base, "origin", s->origin);
    request_observe(a, &req->base, "address", s->address);
    request_observe(a, &req->base, "host", s->host);
    s->opening = !*s->conversation;
    channel_ask(s, RPC_CHAT_PUBLIC_MESSAGE, &req->base, m->content, m->client_id);
}

static void say_message(struct socket *s, const struct socket_message *m)
{
    SendMessageRequest req = SEND_MESSAGE_REQUEST_INIT;

    if (s->edge->leaving) {
        http_socket_close(s->http, 1001, "The server is stopping.");
        return;
    }
    cs_id_new(s->request_id);
    if (!say_within_limit(s, s->visitors ? LIMIT_PUBLIC : LIMIT_CHAT, m->client_id))
        return;
    if (s->visitors) {
        say_visitors_message(s, m);
        return;
    }
    req.conversation_id = s->conversation;
    req.content = (char *)m->content;
    channel_ask(s, RPC_CHAT_SEND_MESSAGE, &req.base, m->content, m->client_id);
}

/* ---- cancel ---- */

struct socket_call {
    struct list link;
    struct socket *socket;
    struct bridge_call call;
    void *data;
};

static void socket_call_free(struct socket_call *c)
{
    list_remove(&c->link);
    free(c->data);
    free(c);
}

void socket_calls_drop(struct socket *s)
{
    while (!list_empty(&s->calls)) {
        struct socket_call *c = LIST_OF(s->calls.next, struct socket_call, link);
        bridge_cancel(s->edge->bridge, &c->call, false);
        socket_call_free(c);
    }
}

static void on_cancelled(void *user, const struct bridge_reply *reply)
{
    struct socket_call *c = user;
    struct socket *s = c->socket;
    struct cs_arena *a = &s->edge->scratch;

    list_remove(&c->link); /* what is told below may end the socket, which drops its calls */
    if (reply->status)
        socket_problem(s, problem_of_reply(a, reply), NULL);
    cs_arena_reset(a);
    socket_call_free(c);
}

static void say_cancel(struct socket *s, const struct socket_message *m)
{
    TurnRequest req = TURN_REQUEST_INIT;
    struct socket_call *c;
    void *packed;
    size_t len;

    if (!say_within_limit(s, LIMIT_WRITE, NULL))
        return;
    if (!s->who.principal || !cs_id_valid(m->turn_id)) {
        say_error(s, CS_NOT_FOUND, "The turn does not exist.", NULL);
        return;
    }
    c = calloc(1, sizeof(*c));
    req.turn_id = (char *)m->turn_id;
    packed = pbjson_pack(&s->edge->scratch, &req.base, &len);
    if (!c || !(c->data = malloc(len + 1)))
        abort();
    memcpy(c->data, packed, len);
    c->socket = s;
    list_add(&s->calls, &c->link);
    c->call = (struct bridge_call){
        .rpc = RPC_CHAT_CANCEL_TURN,
        .data = c->data,
        .len = len,
        .request_id = s->request_id,
        .traceparent = s->traceparent,
        .tenant = s->who.tenant,
        .principal = s->who.principal,
        .roles = s->who.roles,
        .session = s->who.session,
        .done = on_cancelled,
        .user = c,
    };
    bridge_send(s->edge->bridge, &c->call);
}

/* ---- all kinds ---- */

static void say_wrong(struct socket *s, const struct pbjson_errors *errors, const char *client_id)
{
    struct cs_arena *a = &s->edge->scratch;
    Problem p = PROBLEM_INIT;

    p.status = CS_INVALID;
    p.detail =
        (char *)pbjson_errors_detail(a, errors->n, errors->at[0].field, errors->at[0].message);
    p.errors = CS_NEW(a, FieldError *, errors->n);
    for (int i = 0; i < errors->n; i++) {
        FieldError *e = p.errors[p.n_errors++] = FieldError_new(a);
        e->field = cs_strdup(a, errors->at[i].field);
        e->message = cs_strdup(a, errors->at[i].message);
    }
    socket_problem(s, &p, client_id);
}

static void say_auth(struct socket *s, const struct socket_message *m)
{
    if (s->who.carrier != CARRIER_NONE || *s->conversation)
        say_error(s, CS_CONFLICT, "The socket has a token already.", NULL);
    else
        socket_authenticate(s, m->token);
}

void socket_heard(struct socket *s, const char *text, size_t len)
{
    struct cs_arena *a = &s->edge->scratch;
    struct pbjson_errors errors = {.n = 0};
    struct socket_message m;
    size_t n;

    if (socket_must_wait(s, text, len))
        return;
    bool ok = socket_read(a, text, len, &m, &errors);
    if (s->state == SOCKET_STRANGER && !(ok && m.kind == SOCKET_AUTH)) {
        http_socket_close(s->http, 4401, "The first message must be auth with a token.");
        return;
    }
    if (!ok) {
        say_wrong(s, &errors, m.client_id);
        return;
    }
    switch (m.kind) {
    case SOCKET_AUTH: say_auth(s, &m); break;
    case SOCKET_MESSAGE: say_message(s, &m); break;
    case SOCKET_CANCEL: say_cancel(s, &m); break;
    case SOCKET_RESUME:
        if (say_within_limit(s, LIMIT_READ, NULL))
            channel_resume(s, m.turn_id, m.after);
        break;
    case SOCKET_PING:
        text = socket_write(a, "pong", 0, NULL, NULL, "", 0, &n);
        socket_send(s, text, n);
        break;
    }
}

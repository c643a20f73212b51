/* A request's way from its headers to a service, and the answer's way back. */
#include "edge/request.h"

#include "edge/answer.h"
#include "edge/ask.h"
#include "edge/content.h"
#include "edge/kept.h"
#include "edge/rights.h"
#include "edge/socket.h"
#include "edge/site.h"
#include "edge/stream.h"
#include "edge/transcode.h"
#include "edge/part.h"
#include "edge/upload.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "nats/wire.h"
#include "obs/metrics.h"
#include "obs/otlp.h"

#include <stdatomic.h>
#include <string.h>

enum { ROUTES_MAX = 256, IDEMPOTENCY_MAX = 255, USER_AGENT_MAX = 256 };

/* ---- the end ---- */

static void request_count(const struct request *r)
{
    static _Atomic(struct cs_metric *) seconds[ROUTES_MAX], totals[ROUTES_MAX][6];
    size_t i = r->route ? (size_t)(r->route - routes) + 1 : 0;
    int class_ = r->status / 100;
    char labels[160];

    if (i >= ROUTES_MAX || class_ < 0 || class_ > 5)
        return;
    const char *path = r->route ? r->route->path : "none";
    const char *method = r->route ? http_method_name(r->route->method) : "any";
    if (!seconds[i]) {
        snprintf(labels, sizeof(labels), "method=\"%s\",route=\"%s\"", method, path);
        seconds[i] = cs_histogram("cs_http_request_seconds", labels, "time to answer");
    }
    if (!totals[i][class_]) {
        snprintf(labels, sizeof(labels), "method=\"%s\",route=\"%s\",status=\"%dxx\"", method, path,
                 class_);
        totals[i][class_] = cs_counter("cs_http_requests_total", labels, "answered requests");
    }
    cs_metric_observe_us(seconds[i], cs_mono_us() - r->began_us);
    cs_metric_add(totals[i][class_], 1);
}

static void end_span(struct request *r)
{
    const char *method = http_method_name(r->http->method), *route = r->route ? r->route->path : "";

    if (!r->span)
        return;
    cs_span_name(r->span, "%s%s%s", method, *route ? " " : "", route);
    cs_span_text(r->span, "http.request.method", method);
    cs_span_text(r->span, "http.route", route);
    cs_span_text(r->span, "url.path", r->http->path);
    if (r->status)
        cs_span_status(r->span, "http.response.status_code", r->status, CS_INTERNAL);
    cs_span_end(r->span);
}

static void on_request_gone(void *user)
{
    struct request *r = user;
    bool tell = r->route && !(r->route->flags & ROUTE_TURN);
    char trace_id[CS_TRACE_ID_SIZE];

    tokens_forget(&r->check);
    bridge_cancel(r->edge->bridge, &r->call, tell && !r->status);
    if (r->abandon)
        r->abandon(r);
    request_count(r);
    end_span(r);
    cs_trace_id(r->traceparent, trace_id);
    cs_log_scope(r->id, trace_id);
    cs_log(CS_DEBUG, "request", "method", http_method_name(r->http->method), "route",
           r->route ? r->route->path : NULL, "status", cs_log_int(r->status), "us",
           cs_log_int(cs_mono_us() - r->began_us), NULL);
    cs_log_scope(NULL, NULL);
}

/* ---- the route serves it ---- */

bool request_from_page(const struct request *r)
{
    const char *host = strstr(r->origin, "://");

    return cors_allowed(&r->edge->shared->cors, r->origin, false) ||
           (host && strcasecmp(host + 3, http_header(r->http, "host")) == 0);
}

/* a page of the platform sends no Origin */
bool request_may_show(const struct request *r, const ProtobufCMessage *msg)
{
    const ChatConfig *c = (const ChatConfig *)msg;

    if (r->route->rpc != RPC_BOT_STORE_GET_CHAT_CONFIG || !r->origin || c->n_allowed_origins == 0 ||
        request_from_page(r))
        return true;
    for (size_t i = 0; i < c->n_allowed_origins; i++)
        if (strcasecmp(c->allowed_origins[i], r->origin) == 0)
            return true;
    return false;
}

static void on_request_reply(void *user, const struct bridge_reply *reply)
{
    struct request *r = user;
    ProtobufCMessage *msg = ask_reply(r, r->route->rpc, reply);

    if (msg && (r->route->flags & ROUTE_KEPT))
        kept_answer(r, msg);
    else if (msg)
        answer_message(r, r->route->status, msg);
}

static void request_ask(struct request *r)
{
    r->call.done = on_request_reply;
    r->call.user = r;
    r->call.idempotency_key = r->idempotency_key;
    if (r->route->flags & ROUTE_TURN) {
        r->call.turn = r->turn;
        r->call.timeout_ms = CS_TURN_MS;
    }
    ask_service(r, &r->call, r->route->rpc, r->msg);
}

/* The header as far as it is valid UTF-8, cut to a bounded length. */
static const char *user_agent(struct request *r)
{
    const char *text = http_header(r->http, "user-agent");
    size_t n = text ? strlen(text) : 0;

    if (n == 0)
        return NULL;
    n = cs_utf8_check(text, n);
    return cs_strndup(r->http->arena, text, cs_utf8_cut(text, n, USER_AGENT_MAX));
}

void request_observe(struct cs_arena *a, ProtobufCMessage *msg, const char *name, const char *value)
{
    const ProtobufCMessageDescriptor *d = msg->descriptor;
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(d, name);

    if (value && f && f->type == PROTOBUF_C_TYPE_STRING &&
        cs_message_meta(d)->fields[f - d->fields].internal)
        *(char **)((char *)msg + f->offset) = cs_strdup(a, value);
}

static void fill_observed(struct request *r, const char *name, const char *value)
{
    request_observe(r->http->arena, r->msg, name, value);
}

/* ---- how often ---- */

/* who NULL: nobody to count */
static bool request_within_limit(struct request *r, enum limit_class c, const char *who)
{
    struct limits *limits = r->edge->shared->limits;
    int64_t now = cs_mono_ms(), wait = who ? limit_take(limits, c, who, now) : 0;

    if (wait)
        answer_limited(r, wait, limit_code(limits, c, who, now));
    return wait == 0;
}

static bool within_address_limit(struct request *r)
{
    struct cs_arena *a = r->http->arena;
    enum limit_class c = r->route->limit;

    return request_within_limit(r, c, address_limit_key(a, r->address)) &&
           request_within_limit(r, limit_wide(c), address_limit_network(a, r->address));
}

/* A workspace counts with all its members and keys; visitors are not its members. */
static bool within_principal_limit(struct request *r)
{
    enum limit_class c = r->route->limit;

    if (!r->who.principal)
        return within_address_limit(r);
    return request_within_limit(r, c, r->who.principal) &&
           request_within_limit(r, limit_wide(c),
                                r->who.carrier == CARRIER_VISITOR ? NULL : r->who.tenant);
}

/* Passwords of one account are not guessed faster from many addresses. */
static bool within_account_limit(struct request *r)
{
    const LoginRequest *login = (const LoginRequest *)r->msg;
    char *name;

    if (r->route->rpc != RPC_AUTH_LOGIN)
        return true;
    name = cs_strdup(r->http->arena, login->email ? login->email : login->username);
    for (char *p = name; p && *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p);
    return request_within_limit(r, LIMIT_ACCOUNT, name);
}

static void request_dispatch(struct request *r)
{
    const char *accept = http_header(r->http, "accept");
    unsigned flags = r->route->flags;
    bool stream;

    if (r->route->local) {
        r->route->local(r);
        return;
    }
    if (flags & ROUTE_UPLOAD) {
        upload_begin(r);
        return;
    }
    if (flags & ROUTE_PART) {
        part_begin(r);
        return;
    }
    if (!transcode_in(r) || !within_account_limit(r))
        return;
    if (flags & ROUTE_TURN)
        cs_id_new(r->turn);
    fill_observed(r, "origin", r->origin);
    fill_observed(r, "host", http_header(r->http, "host"));
    fill_observed(r, "token_origin", r->who.origin);
    fill_observed(r, "address", r->address);
    fill_observed(r, "user_agent", user_agent(r));
    fill_observed(r, "last_event_id", http_header(r->http, "last-event-id"));
    stream = (accept && strstr(accept, "text/event-stream")) || transcode_wants_stream(r->msg);
    if (flags & ROUTE_CONTENT)
        content_begin(r);
    else if (flags & ROUTE_WATCH)
        watch_begin(r);
    else if (flags & ROUTE_SOCKET)
        socket_begin(r);
    else if (flags & ROUTE_FOLLOW)
        turn_stream_follow(r);
    else if ((flags & ROUTE_TURN) && stream)
        turn_stream_begin(r);
    else
        request_ask(r);
}

/* ---- who, and may they ---- */

static bool limit_by_address(enum limit_class c)
{
    return c == LIMIT_AUTH || c == LIMIT_PUBLIC;
}

static void on_identity(struct request *r)
{
    int status;
    const char *refusal = rights_refusal(r->route, &r->who, r->origin, &status);

    /* a socket may say who it is by its first message */
    if (refusal && !((r->route->flags & ROUTE_SOCKET) && r->who.carrier == CARRIER_NONE)) {
        answer_error(r, status, refusal);
        return;
    }
    if (limit_by_address(r->route->limit) || within_principal_limit(r))
        request_dispatch(r);
}

static void on_token_checked(void *user, int status, const struct identity *who)
{
    struct request *r = user;
    struct cs_arena *a = r->http->arena;

    if (status == CS_LIMITED) {
        answer_limited(r, r->check.wait_ms, "limited_minute");
        return;
    }
    if (status == CS_UNAUTHENTICATED) {
        answer_error(r, status, "The token is invalid or has expired.");
        return;
    }
    if (status) {
        answer_error(r, status, "The token cannot be verified at the moment.");
        return;
    }
    r->who = (struct identity){
        .carrier = who->carrier,
        .tenant = cs_strdup(a, who->tenant),
        .principal = cs_strdup(a, who->principal),
        .roles = cs_strdup(a, who->roles),
        .session = cs_strdup(a, who->session),
        .origin = cs_strdup(a, who->origin),
    };
    on_identity(r);
}

static void request_authenticate(struct request *r)
{
    bool looked_at = !(r->route->flags & ROUTE_PUBLIC) || (r->route->flags & ROUTE_VISITOR);
    const char *header = looked_at ? http_header(r->http, "authorization") : NULL;
    const char *offered = !header && (r->route->flags & ROUTE_SOCKET) ? socket_bearer(r) : NULL;

    if (!header && !offered) {
        on_identity(r);
        return;
    }
    r->check = (struct token_check){
        .bearer = header ? token_bearer(header) : offered,
        .request_id = r->id,
        .traceparent = r->traceparent,
        .address = address_limit_key(r->http->arena, r->address),
        .network = address_limit_network(r->http->arena, r->address),
        .done = on_token_checked,
        .user = r,
    };
    if (r->check.bearer)
        tokens_check(r->edge->tokens, &r->check);
    else
        answer_error(r, CS_UNAUTHENTICATED, "The Authorization header must be Bearer and a token.");
}

/* ---- the beginning ---- */

static const char *request_id(struct http_request *http)
{
    const char *given = http_header(http, "x-request-id");
    size_t n = given ? strlen(given) : 0;

    if (n && n < CS_REQUEST_ID_SIZE &&
        strspn(given, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == n)
        return given;
    char *id = cs_alloc(http->arena, CS_ID_SIZE);
    cs_id_new(id);
    return id;
}

static bool take_idempotency_key(struct request *r)
{
    bool looked_at = r->route->method == HTTP_POST && !(r->route->flags & ROUTE_UNKEYED);
    const char *key = looked_at ? http_header(r->http, "idempotency-key") : NULL;

    if (!key)
        return true;
    size_t n = strlen(key);
    for (size_t i = 0; i < n; i++)
        if (key[i] < ' ' || key[i] > '~')
            n = 0;
    if (n == 0 || n > IDEMPOTENCY_MAX) {
        answer_error(r, CS_INVALID, "Idempotency-Key must be 1 to 255 printable ASCII characters.");
        return false;
    }
    r->idempotency_key = key;
    return true;
}

static bool find_route(struct request *r)
{
    struct http_request *http = r->http;
    char allow[ROUTE_ALLOW_SIZE];

    r->route = r->match.route;
    if (!r->route && r->match.methods == 0 && site_page_wanted(r))
        r->route = route_fallback;
    if (r->route)
        return true;
    if (r->match.methods == 0) {
        answer_error(r, CS_NOT_FOUND, "No resource exists at this path.");
        return false;
    }
    route_allow(r->match.methods, allow);
    http_set_header(http, "allow", allow);
    answer_error(r, CS_METHOD, "Method not allowed. See the Allow header.");
    return false;
}

static void set_headers(struct request *r, bool any_origin)
{
    http_set_header(r->http, "x-request-id", r->id);
    http_set_header(r->http, "x-content-type-options", "nosniff");
    http_set_header(r->http, "cache-control", "no-store");
    http_set_header(r->http, "content-security-policy",
                    "default-src 'none'; frame-ancestors 'none'");
    cors_vary(r->http);
    r->any_origin = any_origin;
    if (r->origin && request_from_page(r))
        cors_answer(r->http, r->origin);
}

/* any route of the path with a method the page may have in mind */
static bool any_origin(struct request *r)
{
    struct route_match m = r->match;

    for (int method = HTTP_GET; !m.route && method < HTTP_HEAD; method++)
        route_find((enum http_method)method, r->http->path, &m);
    return m.route && (m.route->flags & ROUTE_ANY_ORIGIN);
}

static void request_options(struct request *r)
{
    route_find(HTTP_OPTIONS, r->http->path, &r->match);
    set_headers(r, any_origin(r));
    if (r->match.methods == 0) {
        answer_error(r, CS_NOT_FOUND, "No resource exists at this path.");
        return;
    }
    r->status = 204;
    if (r->any_origin && r->origin)
        cors_answer(r->http, r->origin); /* which bot allows it the request itself will learn */
    cors_preflight(r->http, r->match.methods | 1u << HTTP_OPTIONS);
}

void request_begin(struct edge *e, struct http_request *http)
{
    struct request *r = CS_NEW(http->arena, struct request, 1);
    const char *parent = http_header(http, "traceparent");

    r->http = http;
    r->edge = e;
    r->began_us = cs_mono_us();
    http->user = r;
    http->gone = on_request_gone;
    list_init(&r->check.link);
    r->id = request_id(http);
    r->origin = http_header(http, "origin");
    r->address = address_client(http->arena, &e->shared->proxies, http_peer(http),
                                http_header(http, "x-forwarded-for"));
    /* a trace that the client began goes on, and is sampled or not as the client said */
    cs_trace_child(parent, r->traceparent);
    if (!cs_trace_valid(parent) && cs_otlp_on())
        cs_trace_sample(r->traceparent, e->shared->trace_share);
    r->span = cs_span_new(CS_SPAN_SERVER, r->traceparent, parent);
    if (http->method == HTTP_OPTIONS && !http->refused) {
        request_options(r);
        return;
    }
    route_find(http->method, http->path, &r->match);
    set_headers(r, any_origin(r));
    if (http->refused) {
        answer_error(r, CS_INVALID, http->refused);
        return;
    }
    if (http_crowded(http)) {
        answer_error(r, http_crowded(http),
                     http_crowded(http) == CS_LIMITED
                         ? "Too many large uploads of this workspace or address are running."
                         : "Too many large uploads are running. Retry the request.");
        return;
    }
    if (!find_route(r) || !take_idempotency_key(r))
        return;
    if (limit_by_address(r->route->limit) && !within_address_limit(r))
        return;
    request_authenticate(r);
}

/* One exchange of JSON-RPC, and what is made of it: connecting, listing, calling, leaving. */
#include "chat/tool/mcp.h"

#include "base/log.h"
#include "bot/schema.h"
#include "bus/client.h"
#include "http/engine.h"
#include "http/sse_parse.h"
#include "pbjson/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    REPLY_MAX = 1 << 20,
    TREE_MAX = 8 << 20,
    SESSION_MAX = 512,
    PAGES = 8,
    TOOLS = 64, /* of one server */
    LIST_MS = 10 * 1000,
    DESCRIPTION = 1024,
    REMOTE_MAX = 128,
};

static const char LEGACY[] = "2025-11-25", MODERN[] = "2026-07-28";

struct mcp {
    struct turn *turn;
    const struct cs_tool *conf;
    const char *const *headers; /* the owner's */
    const char *version;        /* that was agreed on */
    const char *session;        /* NULL: none */
    bool modern;
    int id; /* of the latest request */
    /* of a list */
    struct toolbox *box;
    int (*listed)(struct cs_call *, void *);
    void *state;
    int pages;
    size_t n;
};

typedef int mcp_next_fn(struct mcp *server, void *state, const json_t *answer, int status);

struct exchange {
    struct mcp *server;
    mcp_next_fn *next;
    void *state;
    struct cs_buf body;
    struct cs_sse sse;
    bool begun, is_stream, too_large;
    json_t *answer; /* owned */
};

/* ---- an exchange ---- */

/* An answer to our request; notifications and requests of the server are neither. */
static void exchange_take(struct exchange *x, const char *text, size_t len)
{
    json_t *root = x->answer ? NULL : pbjson_load(text, len, 0, TREE_MAX, NULL, NULL);
    const json_t *id = json_object_get(root, "id");

    if (root && !json_object_get(root, "method") &&
        (json_is_null(id) || !id || json_integer_value(id) == x->server->id))
        x->answer = root;
    else
        json_decref(root);
}

static void on_exchange_event(void *state, const struct cs_sse_event *e)
{
    exchange_take(state, e->data, e->data_len);
}

static size_t on_exchange_data(void *state, const char *data, size_t len)
{
    struct exchange *x = state;
    size_t i = 0;

    while (!x->begun && i < len && isspace((unsigned char)data[i]))
        i++;
    if (!x->begun && i < len) {
        x->begun = true;
        x->is_stream = data[i] != '{' && data[i] != '[';
    }
    if (x->is_stream)
        cs_sse_feed(&x->sse, data, len);
    else
        cs_buf_add(&x->body, data, len);
    return x->body.len + cs_sse_held(&x->sse);
}

/* A server may leave the stream open behind the answer. */
static bool on_exchange_tick(void *state)
{
    struct exchange *x = state;

    return turn_tick(x->server->turn) && !x->answer && !x->sse.too_large;
}

static int on_exchange_over(struct cs_call *call, void *state, const struct cs_http_reply *rep)
{
    struct exchange *x = state;
    struct mcp *s = x->server;
    int r, status = x->answer ? 200 : rep->status;

    if (x->is_stream)
        cs_sse_end(&x->sse);
    else if (rep->status / 100 == 2)
        exchange_take(x, x->body.data ? x->body.data : "", x->body.len);
    else
        exchange_take(x, rep->body ? rep->body : "", rep->body_len);
    const char *session = rep->headers[0];
    if (session && !s->session && *session && strlen(session) <= SESSION_MAX)
        s->session = cs_strdup(call->arena, session);
    json_t *answer = x->answer;
    cs_sse_free(&x->sse);
    cs_buf_free(&x->body);
    r = x->next(s, x->state, answer, status);
    json_decref(answer);
    return r;
}

static const char *const *exchange_headers(struct mcp *s, const char *method, const char *name)
{
    struct cs_arena *a = s->turn->call->arena;
    const char **headers = CS_NEW(a, const char *, CS_TOOL_HEADERS + 16);
    size_t n = 0;

    for (const char *const *h = s->headers; *h; h++)
        headers[n++] = *h;
    if (s->version)
        headers[n++] = cs_printf(a, "MCP-Protocol-Version: %s", s->version);
    if (s->session)
        headers[n++] = cs_printf(a, "Mcp-Session-Id: %s", s->session);
    if (s->modern)
        headers[n++] = cs_printf(a, "Mcp-Method: %s", method);
    if (s->modern && name)
        headers[n++] = cs_printf(a, "Mcp-Name: %s", name);
    return headers;
}

static void params_add_meta(json_t *params)
{
    json_t *meta = json_object();

    json_object_set_new(params, "_meta", meta);
    json_object_set_new(meta, "io.modelcontextprotocol/protocolVersion", json_string(MODERN));
    json_object_set_new(meta, "io.modelcontextprotocol/clientInfo",
                        json_pack("{s:s,s:s}", "name", "chatsphere", "version", "1"));
    json_object_set_new(meta, "io.modelcontextprotocol/clientCapabilities", json_object());
}

/* Takes params. name: of the tool, or NULL. notification: no answer is expected. Returns as cs_http_then(). */
static int mcp_ask(struct mcp *s, const char *method, json_t *params, bool notification,
                   int64_t timeout_ms, mcp_next_fn *next, void *state)
{
    static const char *const wanted[] = {"mcp-session-id", NULL};
    struct cs_arena *a = s->turn->call->arena;
    struct exchange *x = CS_NEW(a, struct exchange, 1);
    const char *name = cs_strdup(a, json_string_value(json_object_get(params, "name")));

    if (s->modern)
        params_add_meta(params);
    json_t *message =
        json_pack("{s:s,s:s,s:o}", "jsonrpc", "2.0", "method", method, "params", params);
    if (!notification)
        json_object_set_new(message, "id", json_integer(++s->id));
    char *text = json_dumps(message, JSON_COMPACT);
    const char *body = cs_strdup(a, text ? text : "{}");
    free(text);
    json_decref(message);
    *x = (struct exchange){.server = s, .next = next, .state = state};
    cs_sse_init(&x->sse, REPLY_MAX, on_exchange_event, x);
    int r = cs_http_then(s->turn->call,
                         &(struct cs_http_request){
                             .method = "POST",
                             .url = s->conf->url,
                             .headers = exchange_headers(s, method, name),
                             .wanted = wanted,
                             .body = body,
                             .body_len = strlen(body),
                             .timeout_ms = timeout_ms,
                             .max_body = REPLY_MAX,
                             .on_data = on_exchange_data,
                             .on_tick = on_exchange_tick,
                         },
                         on_exchange_over, x);
    if (r == CS_LATER)
        return r;
    cs_sse_free(&x->sse);
    cs_ask_clear(s->turn->call);
    return next(s, state, NULL, 0);
}

static int mcp_error(const json_t *answer)
{
    return (int)json_integer_value(json_object_get(json_object_get(answer, "error"), "code"));
}

/* ---- connecting ---- */

/* What is done once there is a session. */
struct connecting {
    int64_t timeout_ms;
    mcp_next_fn *then; /* answer NULL and status 0: it failed */
    void *state;
};

static int on_initialized(struct mcp *s, void *state, const json_t *answer, int status)
{
    const struct connecting *c = state;

    (void)answer;
    return c->then(s, c->state, NULL, status / 100 == 2 ? 200 : 0);
}

static int on_initialize(struct mcp *s, void *state, const json_t *answer, int status)
{
    const struct connecting *c = state;
    const json_t *result = json_object_get(answer, "result");
    const char *version = json_string_value(json_object_get(result, "protocolVersion"));
    int error = mcp_error(answer);

    if (status / 100 == 4 &&
        ((error <= -32020 && error >= -32099) || (status == 404 && error == -32601))) {
        s->modern = true; /* it has no handshake */
        s->version = MODERN;
        return c->then(s, c->state, NULL, 200);
    }
    if (!version || strlen(version) > 32 || version[strspn(version, "0123456789-")])
        return c->then(s, c->state, NULL, 0);
    s->version = cs_strdup(s->turn->call->arena, version);
    return mcp_ask(s, "notifications/initialized", json_object(), true, c->timeout_ms,
                   on_initialized, state);
}

static int mcp_connect(struct mcp *s, int64_t timeout_ms, mcp_next_fn *then, void *state)
{
    struct connecting *c = CS_NEW(s->turn->call->arena, struct connecting, 1);

    *c = (struct connecting){timeout_ms, then, state};
    s->session = s->version = NULL;
    json_t *params = json_pack("{s:s,s:{},s:{s:s,s:s}}", "protocolVersion", LEGACY, "capabilities",
                               "clientInfo", "name", "chatsphere", "version", "1");
    return mcp_ask(s, "initialize", params, false, timeout_ms, on_initialize, c);
}

/* ---- the list ---- */

static int mcp_list_over(struct mcp *s, const char *why)
{
    if (why)
        cs_log(CS_WARN, "an MCP server cannot be used", "bot", s->turn->bot_id, "tool",
               s->conf->name, "reason", why, NULL);
    return s->listed(s->turn->call, s->state);
}

/* <server>_<tool>, with letters that every model takes. */
static const char *mcp_name(struct cs_arena *a, const char *server, const char *remote)
{
    char *name = cs_printf(a, "%s_%s", server, remote);

    for (char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-')
            *p = '_';
    if (strlen(name) > CS_TOOL_NAME)
        name[CS_TOOL_NAME] = '\0';
    return name;
}

static void mcp_take_tool(struct mcp *s, const json_t *t)
{
    struct cs_arena *a = s->turn->call->arena;
    const char *remote = json_string_value(json_object_get(t, "name"));
    const char *about = json_string_value(json_object_get(t, "description"));
    const json_t *schema = json_object_get(t, "inputSchema");
    char *parameters;

    if (!remote || !*remote || strlen(remote) > REMOTE_MAX || s->n == TOOLS)
        return;
    for (const char *p = remote; *p; p++)
        if (*p <= ' ' || *p >= 0x7f)
            return;
    parameters = cs_schema_fault(a, schema) ? NULL : json_dumps(schema, JSON_COMPACT);
    struct tool *tool = CS_NEW(a, struct tool, 1);
    *tool = (struct tool){
        .conf = s->conf,
        .name = mcp_name(a, s->conf->name, remote),
        .remote = cs_strdup(a, remote),
        .description =
            about ? cs_strndup(a, about, strlen(about) < DESCRIPTION ? strlen(about) : DESCRIPTION)
                  : NULL,
        .parameters = cs_strdup(a, parameters ? parameters : "{\"type\":\"object\"}"),
        .write = s->conf->write || json_is_true(json_object_get(json_object_get(t, "annotations"),
                                                                "destructiveHint")),
        .server = s,
    };
    free(parameters);
    for (size_t i = 0; i < s->box->n; i++)
        if (strcmp(s->box->tools[i].name, tool->name) == 0)
            return;
    s->n += toolbox_add(s->box, tool);
}

static int on_list(struct mcp *s, void *state, const json_t *answer, int status);

static int mcp_ask_list(struct mcp *s, const char *cursor)
{
    json_t *params = cursor ? json_pack("{s:s}", "cursor", cursor) : json_object();

    return mcp_ask(s, "tools/list", params, false, LIST_MS, on_list, NULL);
}

static int on_list(struct mcp *s, void *state, const json_t *answer, int status)
{
    const json_t *result = json_object_get(answer, "result");
    const json_t *tools = json_object_get(result, "tools");
    const char *cursor = json_string_value(json_object_get(result, "nextCursor"));

    (void)state;
    if (!json_is_array(tools))
        return mcp_list_over(s, status == 401 ? "it refused the credentials"
                                              : "it sent no list of tools");
    for (size_t i = 0; i < json_array_size(tools); i++)
        mcp_take_tool(s, json_array_get(tools, i));
    if (cursor && *cursor && strlen(cursor) < 1024 && ++s->pages < PAGES && s->n < TOOLS)
        return mcp_ask_list(s, cursor);
    return mcp_list_over(s, NULL);
}

static int on_connected(struct mcp *s, void *state, const json_t *answer, int status)
{
    (void)state;
    (void)answer;
    return status ? mcp_ask_list(s, NULL) : mcp_list_over(s, "it cannot be connected to");
}

int mcp_list(struct toolbox *box, const struct cs_tool *conf,
             int (*next)(struct cs_call *call, void *state), void *state)
{
    static const char *const ours[] = {"Content-Type: application/json",
                                       "Accept: application/json, text/event-stream", NULL};
    struct mcp *s = CS_NEW(box->turn->call->arena, struct mcp, 1);

    *s = (struct mcp){.turn = box->turn, .conf = conf, .box = box, .listed = next, .state = state};
    s->headers = tool_headers(box->turn, conf, ours);
    if (!s->headers) {
        cs_log(CS_WARN, "an MCP server cannot be used", "bot", box->turn->bot_id, "tool",
               conf->name, "reason", "its headers are not stored", NULL);
        return 0;
    }
    return mcp_connect(s, LIST_MS, on_connected, NULL);
}

/* ---- a call ---- */

static void result_put(struct cs_buf *b, const json_t *content)
{
    for (size_t i = 0; i < json_array_size(content); i++) {
        const json_t *item = json_array_get(content, i);
        const char *type = json_string_value(json_object_get(item, "type"));
        const char *text = json_string_value(json_object_get(item, "text"));

        if (b->len)
            cs_buf_adds(b, "\n");
        if (text && type && strcmp(type, "text") == 0)
            cs_buf_adds(b, text);
        else
            cs_buf_addf(b, "[%s is not shown]", type ? type : "content");
    }
}

static int mcp_answer(struct tool_run *run, const json_t *answer, int status)
{
    const json_t *result = json_object_get(answer, "result");
    const char *error =
        json_string_value(json_object_get(json_object_get(answer, "error"), "message"));
    CS_BUF_AUTO struct cs_buf b = {0};

    if (error)
        return tool_fails(
            run, cs_printf(run->turn->call->arena, "The server refused the call: %s", error));
    if (!json_is_object(result))
        return tool_fails(run, status == 401 ? "The server refused the credentials of the tool."
                                             : "The server did not answer the call.");
    result_put(&b, json_object_get(result, "content"));
    tool_says(run, b.data ? b.data : "", b.len);
    run->failed = json_is_true(json_object_get(result, "isError"));
    return 0;
}

static int mcp_call(struct tool_run *run, mcp_next_fn *next)
{
    json_t *params = json_pack("{s:s,s:O}", "name", run->tool->remote, "arguments", run->values);

    return mcp_ask(run->tool->server, "tools/call", params, false, run->timeout_ms, next, run);
}

static int on_called_again(struct mcp *s, void *state, const json_t *answer, int status)
{
    (void)s;
    mcp_answer(state, answer, status);
    return tool_done(state);
}

static int on_reconnected(struct mcp *s, void *state, const json_t *answer, int status)
{
    (void)s;
    (void)answer;
    if (status)
        return mcp_call(state, on_called_again);
    mcp_answer(state, NULL, 0);
    return tool_done(state);
}

static int on_called(struct mcp *s, void *state, const json_t *answer, int status)
{
    struct tool_run *run = state;

    if (status == 404 && s->session) /* the session has expired */
        return mcp_connect(s, run->timeout_ms, on_reconnected, run);
    mcp_answer(run, answer, status);
    return tool_done(run);
}

int tool_mcp(struct tool_run *run)
{
    return mcp_call(run, on_called);
}

/* ---- leaving ---- */

struct leaving {
    char *url, *lines[CS_TOOL_HEADERS + 8];
    size_t n;
};

static void on_left(void *state, const struct cs_http_reply *rep)
{
    struct leaving *l = state;

    (void)rep;
    for (size_t i = 0; i < l->n; i++)
        free(l->lines[i]);
    free(l->url);
    free(l);
}

static void mcp_end_session(struct mcp *s)
{
    enum { LEAVE_MS = 5000 };
    const char *const *headers = exchange_headers(s, "", NULL);
    struct leaving *l = calloc(1, sizeof(*l));

    if (!l || !(l->url = strdup(s->conf->url)))
        abort();
    while (headers[l->n] && l->n + 1 < sizeof(l->lines) / sizeof(l->lines[0])) {
        if (!(l->lines[l->n] = strdup(headers[l->n])))
            abort();
        l->n++;
    }
    struct cs_http_request req = {
        .method = "DELETE",
        .url = l->url,
        .headers = (const char *const *)l->lines,
        .timeout_ms = LEAVE_MS,
    };
    s->session = NULL;
    if (!cs_http_send(s->turn->call->tenant, &req, on_left, l))
        on_left(l, NULL);
}

void mcp_leave(const struct toolbox *box)
{
    for (size_t i = 0; i < box->n; i++)
        if (box->tools[i].server && box->tools[i].server->session)
            mcp_end_session(box->tools[i].server);
}

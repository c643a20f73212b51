/* JSON-RPC by hand: what is checked is what a client must send. */
#include "mcp.h"

#include "last.h"
#include "reply.h"

#include "base/buf.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char SESSION[] = "session-1", MODERN[] = "2026-07-28";

static const char *header_of(h2o_req_t *req, const char *name)
{
    ssize_t i = h2o_find_header_by_str(&req->headers, name, strlen(name), -1);

    if (i < 0)
        return "";
    return h2o_strdup(&req->pool, req->headers.entries[i].value.base,
                      req->headers.entries[i].value.len)
        .base;
}

static void send_text(h2o_req_t *req, int status, const char *type, const char *text)
{
    req->res.status = status;
    req->res.reason = "It";
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, type, strlen(type));
    h2o_send_inline(req, text, strlen(text));
}

static void send_rpc(h2o_req_t *req, int status, const json_t *id, const char *member,
                     json_t *value, bool stream)
{
    json_t *answer = json_pack("{s:s,s:O?,s:o}", "jsonrpc", "2.0", "id", id, member, value);
    char *text = json_dumps(answer, stream ? JSON_COMPACT : JSON_INDENT(1));
    CS_BUF_AUTO struct cs_buf b = {0};

    if (stream)
        cs_buf_addf(&b,
                    "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/"
                    "progress\",\"params\":{}}\n\nevent: message\ndata: %s\n\n",
                    text);
    send_text(req, status, stream ? "text/event-stream" : "application/json",
              stream ? b.data : text);
    free(text);
    json_decref(answer);
}

static void send_error(h2o_req_t *req, int status, const json_t *id, int code, const char *message)
{
    send_rpc(req, status, id, "error", json_pack("{s:i,s:s}", "code", code, "message", message),
             false);
}

static json_t *tool_list(const char *cursor)
{
    if (!cursor)
        return json_pack("{s:[{s:s,s:s,s:{s:s,s:{s:{s:s},s:{s:s}},s:[s,s]}}],s:s}", "tools", "name",
                         "add", "description", "Adds two numbers.", "inputSchema", "type", "object",
                         "properties", "a", "type", "number", "b", "type", "number", "required",
                         "a", "b", "nextCursor", "2");
    return json_pack("{s:[{s:s,s:{s:s}},{s:s,s:{s:s},s:{s:b}}]}", "tools", "name", "fail",
                     "inputSchema", "type", "object", "name", "wipe.all", "inputSchema", "type",
                     "object", "annotations", "destructiveHint", 1);
}

static json_t *tool_result(const char *name, const json_t *arguments)
{
    char text[64];

    if (strcmp(name, "fail") == 0)
        return json_pack("{s:[{s:s,s:s}],s:b}", "content", "type", "text", "text", "It failed.",
                         "isError", 1);
    snprintf(text, sizeof(text), "The sum is %g.",
             json_number_value(json_object_get(arguments, "a")) +
                 json_number_value(json_object_get(arguments, "b")));
    return json_pack("{s:[{s:s,s:s},{s:s}],s:b}", "content", "type", "text", "text",
                     strcmp(name, "add") == 0 ? text : "All is gone.", "type", "image", "isError",
                     0);
}

/* NULL when the request has what the newer protocol wants. */
static const char *modern_fault(h2o_req_t *req, const json_t *body, const char *method)
{
    const json_t *params = json_object_get(body, "params");
    const char *version = json_string_value(json_object_get(
        json_object_get(params, "_meta"), "io.modelcontextprotocol/protocolVersion"));
    const char *name = json_string_value(json_object_get(params, "name"));

    if (!version || strcmp(version, MODERN) != 0)
        return "no version";
    if (strcmp(header_of(req, "mcp-protocol-version"), MODERN) != 0 ||
        strcmp(header_of(req, "mcp-method"), method) != 0 ||
        (name && strcmp(header_of(req, "mcp-name"), name) != 0))
        return "headers differ";
    return NULL;
}

static void serve_method(h2o_req_t *req, const json_t *body, const char *method, bool modern)
{
    const json_t *id = json_object_get(body, "id"), *params = json_object_get(body, "params");
    const char *name = json_string_value(json_object_get(params, "name"));

    if (strcmp(method, "tools/list") == 0)
        send_rpc(req, 200, id, "result",
                 tool_list(json_string_value(json_object_get(params, "cursor"))), false);
    else if (strcmp(method, "tools/call") == 0 && name)
        send_rpc(req, 200, id, "result", tool_result(name, json_object_get(params, "arguments")),
                 true);
    else
        send_error(req, modern ? 404 : 200, id, -32601, "Method not found");
}

static void serve_modern(h2o_req_t *req, const json_t *body, const char *method)
{
    const char *why = strcmp(method, "initialize") == 0 ? NULL : modern_fault(req, body, method);

    if (why)
        send_error(req, 400, json_object_get(body, "id"), -32020, why);
    else
        serve_method(req, body, method, true);
}

static void serve_legacy(h2o_req_t *req, const json_t *body, const char *method)
{
    const json_t *id = json_object_get(body, "id");

    if (strcmp(method, "initialize") == 0) {
        h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("mcp-session-id"), 0, NULL,
                              SESSION, strlen(SESSION));
        send_rpc(req, 200, id, "result",
                 json_pack("{s:s,s:{s:{}},s:{s:s,s:s}}", "protocolVersion", "2025-06-18",
                           "capabilities", "tools", "serverInfo", "name", "test", "version", "1"),
                 false);
    } else if (strcmp(header_of(req, "mcp-session-id"), SESSION) != 0 ||
               strcmp(header_of(req, "mcp-protocol-version"), "2025-06-18") != 0) {
        send_error(req, 400, id, -32600, "no session");
    } else if (!id) {
        send_text(req, 202, "text/plain", "");
    } else {
        serve_method(req, body, method, false);
    }
}

static void serve_echo(h2o_req_t *req)
{
    json_t *body = json_loadb(req->entity.base ? req->entity.base : "", req->entity.len, 0, NULL);

    last_keep(req, body);
    reply_json(req, 200,
               json_pack("{s:s%,s:s%,s:s,s:o?}", "method", req->method.base, req->method.len,
                         "path", req->path.base, req->path.len, "authorization",
                         header_of(req, "authorization"), "body", body));
}

bool mcp_serve(h2o_req_t *req)
{
    h2o_iovec_t path = req->path_normalized;
    bool modern = h2o_memis(path.base, path.len, H2O_STRLIT("/mcp-modern"));

    if (path.len >= 5 && memcmp(path.base, "/echo", 5) == 0) {
        serve_echo(req);
        return true;
    }
    if (!modern && !h2o_memis(path.base, path.len, H2O_STRLIT("/mcp")))
        return false;
    json_auto_t *body =
        json_loadb(req->entity.base ? req->entity.base : "", req->entity.len, 0, NULL);
    const char *method = json_string_value(json_object_get(body, "method"));
    last_keep(req, body);
    if (strcmp(header_of(req, "authorization"), "Bearer mcp-secret") != 0)
        send_text(req, 401, "text/plain", "no");
    else if (!method)
        send_text(req,
                  h2o_memis(req->method.base, req->method.len, H2O_STRLIT("DELETE")) ? 204 : 405,
                  "text/plain", "");
    else if (modern)
        serve_modern(req, body, method);
    else
        serve_legacy(req, body, method);
    return true;
}

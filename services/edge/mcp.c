/*
 * mcp: the MCP server: bots as tools, over Streamable HTTP without a session. Each request is answered by itself, in both
 * generations of the protocol: with a handshake before it, or with the version in the request. Errors are those of
 * JSON-RPC. A tool acts in the name of the caller, and what a bot answers is kept nowhere.
 */
#include "edge/local.h"

#include "edge/answer.h"
#include "edge/ask.h"
#include "edge/mcp_name.h"
#include "edge/request.h"

#include "base/buf.h"
#include "nats/wire.h"
#include "pbjson/pbjson.h"

#include "chatsphere/v1/names.h"

#include <stdlib.h>
#include <string.h>

enum {
    PARSE = -32700,
    INVALID = -32600,
    NO_METHOD = -32601,
    NO_TOOL = -32602,
    HEADERS_DIFFER = -32020,
    VERSION = -32022,
    BOTS_PAGE = 100,
    PAGES = 20,
    BOTS = 500,
};

static const char MODERN[] = "2026-07-28", LEGACY[] = "2025-11-25";

struct mcp {
    struct request *r;
    json_t *body; /* owned */
    const json_t *id, *params;
    const char *method;
    bool modern;
    Bot **bots;
    const char **slugs;
    size_t n;
    int pages;
    bool searching; /* the tool of the call */
};

/* ---- answers ---- */

static void on_mcp_abandon(struct request *r)
{
    struct mcp *m = r->work;

    json_decref(m->body);
    m->body = NULL;
}

/* Takes value. */
static void mcp_answer(struct mcp *m, int status, const char *member, json_t *value)
{
    json_t *answer = json_pack("{s:s,s:O?,s:o}", "jsonrpc", "2.0", "id", m->id, member, value);
    char *text = json_dumps(answer, JSON_COMPACT);
    const char *copy = cs_strdup(m->r->http->arena, text ? text : "{}");

    if (!m->id)
        copy = cs_printf(m->r->http->arena, "{\"id\":null,%s", copy + 1);
    free(text);
    json_decref(answer);
    answer_body(m->r, status, "application/json", copy, strlen(copy));
}

static void mcp_error(struct mcp *m, int status, int code, const char *message)
{
    mcp_answer(m, status, "error", json_pack("{s:i,s:s}", "code", code, "message", message));
}

/* Takes result. list: it may be kept for a minute, for this caller alone. */
static void mcp_result(struct mcp *m, json_t *result, bool list)
{
    if (m->modern) {
        json_object_set_new(result, "resultType", json_string("complete"));
        json_object_set_new(result, "_meta",
                            json_pack("{s:{s:s,s:s}}", "io.modelcontextprotocol/serverInfo", "name",
                                      "chatsphere", "version", "1.0.0"));
    }
    if (m->modern && list) {
        json_object_set_new(result, "ttlMs", json_integer(60000));
        json_object_set_new(result, "cacheScope", json_string("private"));
    }
    mcp_answer(m, 200, "result", result);
}

/* What a tool says, which may be that it failed. */
static void mcp_says(struct mcp *m, const char *text, bool failed)
{
    mcp_result(m,
               json_pack("{s:[{s:s,s:s}],s:b}", "content", "type", "text", "text", text, "isError",
                         failed),
               false);
}

/* ---- tools ---- */

static void mcp_ask(struct mcp *m, const struct cs_rpc *rpc, const ProtobufCMessage *msg,
                    void (*done)(void *user, const struct bridge_reply *reply))
{
    m->r->call = (struct bridge_call){.done = done, .user = m};
    if (rpc == RPC_CHAT_COMPLETE) {
        cs_id_new(m->r->turn);
        m->r->call.turn = m->r->turn;
        m->r->call.timeout_ms = CS_TURN_MS;
    }
    ask_service(m->r, &m->r->call, rpc, msg);
}

/* The reply, or NULL after the problem was told as the result of the tool. */
static const ProtobufCMessage *mcp_reply(struct mcp *m, const struct cs_rpc *rpc,
                                         const struct bridge_reply *reply)
{
    struct cs_arena *a = m->r->http->arena;
    const ProtobufCMessage *msg =
        reply->status ? NULL : pbjson_unpack(a, rpc->output, reply->data, reply->len);

    if (msg)
        return msg;
    const Problem *p = reply->status ? problem_of_reply(a, reply) : NULL;
    mcp_says(m, p && p->detail ? p->detail : "The bot cannot be asked at the moment.", true);
    return NULL;
}

static void on_mcp_answered(void *user, const struct bridge_reply *reply)
{
    struct mcp *m = user;
    const Turn *turn = (const Turn *)mcp_reply(m, RPC_CHAT_COMPLETE, reply);
    CS_BUF_AUTO struct cs_buf b = {0};

    if (!turn)
        return;
    cs_buf_adds(&b, turn->message && turn->message->content ? turn->message->content : "");
    for (size_t i = 0; turn->message && i < turn->message->n_sources; i++) {
        const Source *s = turn->message->sources[i];
        cs_buf_addf(&b, "%s[%d] %s", i ? "\n" : "\n\nSources:\n", s->index,
                    s->document_name ? s->document_name : "");
    }
    mcp_says(m, b.data ? b.data : "", false);
}

static void on_mcp_found(void *user, const struct bridge_reply *reply)
{
    struct mcp *m = user;
    const SearchReply *found = (const SearchReply *)mcp_reply(m, RPC_RETRIEVE_SEARCH, reply);
    CS_BUF_AUTO struct cs_buf b = {0};

    if (!found)
        return;
    for (size_t i = 0; i < found->n_items; i++) {
        const Hit *hit = found->items[i];
        cs_buf_addf(&b, "%s[%zu] %s%s%s\n%s", i ? "\n\n" : "", i + 1,
                    hit->document_name ? hit->document_name : "", hit->heading_path ? ", " : "",
                    hit->heading_path ? hit->heading_path : "", hit->text ? hit->text : "");
    }
    mcp_says(m, b.data ? b.data : "Nothing was found.", false);
}

static void mcp_call_bot(struct mcp *m, Bot *bot)
{
    struct cs_arena *a = m->r->http->arena;
    const json_t *arguments = json_object_get(m->params, "arguments");
    const char *text =
        json_string_value(json_object_get(arguments, m->searching ? "query" : "message"));

    if (!text || !*text) {
        mcp_says(m,
                 m->searching ? "The argument query must be a text."
                              : "The argument message must be a text.",
                 true);
    } else if (m->searching) {
        SearchRequest *req = SearchRequest_new(a);
        req->bot_id = bot->id;
        req->query = cs_strdup(a, text);
        mcp_ask(m, RPC_RETRIEVE_SEARCH, &req->base, on_mcp_found);
    } else {
        CompleteRequest *req = CompleteRequest_new(a);
        req->bot_id = bot->id;
        req->n_messages = 1;
        req->messages = CS_NEW(a, CompleteMessage *, 1);
        req->messages[0] = CompleteMessage_new(a);
        CompleteMessage_set_role(req->messages[0], MESSAGE_ROLE_USER);
        req->messages[0]->content = cs_strdup(a, text);
        mcp_ask(m, RPC_CHAT_COMPLETE, &req->base, on_mcp_answered);
    }
}

static void mcp_call_tool(struct mcp *m)
{
    const char *name = json_string_value(json_object_get(m->params, "name"));
    const char *slug = name && strncmp(name, "ask_", 4) == 0      ? name + 4
                       : name && strncmp(name, "search_", 7) == 0 ? name + 7
                                                                  : "";

    m->searching = name && *name == 's';
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->slugs[i], slug) == 0) {
            mcp_call_bot(m, m->bots[i]);
            return;
        }
    mcp_error(m, 200, NO_TOOL, "There is no tool of this name.");
}

static void tool_add(json_t *list, const char *verb, const char *slug, const char *about,
                     const char *argument)
{
    json_t *schema = json_pack("{s:s,s:{s:{s:s}},s:[s]}", "type", "object", "properties", argument,
                               "type", "string", "required", argument);

    json_array_append_new(list, json_pack("{s:s+,s:s,s:o,s:{s:b}}", "name", verb, slug,
                                          "description", about, "inputSchema", schema,
                                          "annotations", "readOnlyHint", 1));
}

static void mcp_list_tools(struct mcp *m)
{
    struct cs_arena *a = m->r->http->arena;
    json_t *list = json_array();

    for (size_t i = 0; i < m->n; i++) {
        const Bot *bot = m->bots[i];
        const char *about = bot->description ? bot->description : "";

        tool_add(list, "ask_", m->slugs[i],
                 cs_printf(a, "Ask the bot %s. %s", bot->name ? bot->name : "", about), "message");
        tool_add(list, "search_", m->slugs[i],
                 cs_printf(a, "Search the documents of the bot %s.", bot->name ? bot->name : ""),
                 "query");
    }
    mcp_result(m, json_pack("{s:o}", "tools", list), true);
}

/* ---- the bots, page by page ---- */

static void on_mcp_bots(void *user, const struct bridge_reply *reply);

static void mcp_ask_bots(struct mcp *m, char *cursor)
{
    ListBotsRequest *req = ListBotsRequest_new(m->r->http->arena);

    ListBotsRequest_set_limit(req, BOTS_PAGE);
    req->cursor = cursor;
    mcp_ask(m, RPC_BOT_STORE_LIST_BOTS, &req->base, on_mcp_bots);
}

static void mcp_take_bots(struct mcp *m, const BotList *list)
{
    Bot **all = CS_NEW(m->r->http->arena, Bot *, m->n + list->n_items + 1);

    for (size_t i = 0; i < m->n; i++)
        all[i] = m->bots[i];
    for (size_t i = 0; i < list->n_items && m->n < BOTS; i++)
        all[m->n++] = list->items[i];
    m->bots = all;
}

static void on_mcp_bots(void *user, const struct bridge_reply *reply)
{
    struct mcp *m = user;
    struct cs_arena *a = m->r->http->arena;
    const BotList *list = reply->status == 0
                              ? (const BotList *)pbjson_unpack(a, RPC_BOT_STORE_LIST_BOTS->output,
                                                               reply->data, reply->len)
                              : NULL;

    if (!list) {
        answer_problem(m->r, problem_of_reply(a, reply));
        return;
    }
    mcp_take_bots(m, list);
    if (list->next_cursor && m->n < BOTS && ++m->pages < PAGES) {
        mcp_ask_bots(m, list->next_cursor);
        return;
    }
    m->slugs = mcp_slugs(a, m->bots, m->n);
    if (strcmp(m->method, "tools/list") == 0)
        mcp_list_tools(m);
    else
        mcp_call_tool(m);
}

/* ---- requests ---- */

static void mcp_initialize(struct mcp *m)
{
    static const char *const known[] = {LEGACY, "2025-06-18", "2025-03-26"};
    const char *wanted = json_string_value(json_object_get(m->params, "protocolVersion"));
    const char *version = LEGACY;

    for (size_t i = 0; wanted && i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i], wanted) == 0)
            version = known[i];
    mcp_result(m,
               json_pack("{s:s,s:{s:{}},s:{s:s,s:s}}", "protocolVersion", version, "capabilities",
                         "tools", "serverInfo", "name", "chatsphere", "version", "1.0.0"),
               false);
}

static void mcp_discover(struct mcp *m)
{
    m->modern = true;
    mcp_result(m,
               json_pack("{s:[s,s],s:{s:{}}}", "supportedVersions", MODERN, LEGACY, "capabilities",
                         "tools"),
               true);
}

static void mcp_dispatch(struct mcp *m)
{
    if (strcmp(m->method, "tools/list") == 0 || strcmp(m->method, "tools/call") == 0)
        mcp_ask_bots(m, NULL);
    else if (strcmp(m->method, "initialize") == 0 && !m->modern)
        mcp_initialize(m);
    else if (strcmp(m->method, "ping") == 0 && !m->modern)
        mcp_result(m, json_object(), false);
    else if (strcmp(m->method, "server/discover") == 0)
        mcp_discover(m);
    else
        mcp_error(m, m->modern ? 404 : 200, NO_METHOD, "Method not found.");
}

static bool header_is(const struct mcp *m, const char *name, const char *value)
{
    const char *header = http_header(m->r->http, name);

    return header && value && strcmp(header, value) == 0;
}

/* True when a request with the version in it may go on. */
static bool mcp_modern_valid(struct mcp *m, const char *version)
{
    const char *name = json_string_value(json_object_get(m->params, "name"));

    m->modern = true;
    if (!header_is(m, "mcp-protocol-version", version) || !header_is(m, "mcp-method", m->method) ||
        (strcmp(m->method, "tools/call") == 0 && !header_is(m, "mcp-name", name))) {
        mcp_error(m, 400, HEADERS_DIFFER,
                  "The headers MCP-Protocol-Version, Mcp-Method and Mcp-Name must be those of the "
                  "request.");
        return false;
    }
    if (strcmp(version, MODERN) == 0)
        return true;
    mcp_answer(m, 400, "error",
               json_pack("{s:i,s:s,s:{s:[s,s],s:s}}", "code", VERSION, "message",
                         "The protocol version is not supported.", "data", "supported", MODERN,
                         LEGACY, "requested", version));
    return false;
}

static void mcp_take(struct mcp *m)
{
    const json_t *id = json_object_get(m->body, "id");
    const char *version;

    m->method = json_string_value(json_object_get(m->body, "method"));
    m->params = json_object_get(m->body, "params");
    if (json_is_string(id) || json_is_integer(id))
        m->id = id;
    version = json_string_value(json_object_get(json_object_get(m->params, "_meta"),
                                                "io.modelcontextprotocol/protocolVersion"));
    if (json_is_object(m->body) && !id)
        answer_body(m->r, 202, NULL, NULL, 0); /* a notification, or an answer to nothing of ours */
    else if (!m->method || !m->id)
        mcp_error(m, 400, INVALID, "The body must be one JSON-RPC request.");
    else if (!version || mcp_modern_valid(m, version))
        mcp_dispatch(m);
}

void mcp_post(struct request *r)
{
    struct mcp *m = CS_NEW(r->http->arena, struct mcp, 1);
    struct pbjson_errors errors = {.n = 0};

    m->r = r;
    r->work = m;
    r->abandon = on_mcp_abandon;
    if (r->origin && !request_from_page(r)) {
        answer_error(r, CS_FORBIDDEN, "The origin of the page is not allowed.");
        return;
    }
    if (r->http->body_len <= HTTP_LARGE)
        m->body = pbjson_parse(r->http->arena, r->http->body ? r->http->body : "",
                               r->http->body_len, &errors);
    if (m->body)
        mcp_take(m);
    else
        mcp_error(m, 400, PARSE, "The body must be JSON of at most 1 MiB.");
}

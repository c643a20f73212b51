/* Arguments checked by their schema, and the kinds of tools. */
#include "chat/tool/tool.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "bot/schema.h"
#include "bus/client.h"
#include "chat/tool/calculator.h"
#include "pbjson/json.h"
#include "provider/access.h"

#include <string.h>

int tool_says(struct tool_run *run, const char *text, size_t len)
{
    CS_BUF_AUTO struct cs_buf out = {0};
    const char *end = text + (len < TOOL_RESULT ? len : TOOL_RESULT);

    while (text < end) {
        size_t n = cs_utf8_next(text, (size_t)(end - text), NULL);
        if (n == 0)
            cs_buf_adds(&out, "?");
        else
            cs_buf_add(&out, *text ? text : " ", n);
        text += n ? n : 1;
    }
    if (len > TOOL_RESULT)
        cs_buf_adds(&out, "\n[The rest was cut off.]");
    run->result = cs_strdup(run->turn->call->arena, out.data ? out.data : "");
    return 0;
}

int tool_fails(struct tool_run *run, const char *why)
{
    run->failed = true;
    return tool_says(run, why, strlen(why));
}

const char *tool_argument(const struct tool_run *run, const char *name)
{
    const char *s = json_string_value(json_object_get(run->values, name));

    return s ? s : "";
}

int tool_done(struct tool_run *run)
{
    json_decref(run->values);
    run->values = NULL;
    return run->done(run->turn->call, run->state);
}

bool tool_tick(void *state)
{
    struct tool_run *run = state;

    return turn_tick(run->turn);
}

const char *const *tool_headers(struct turn *t, const struct cs_tool *conf, const char *const *ours)
{
    struct cs_call *call = t->call;
    const char **headers = CS_NEW(call->arena, const char *, CS_TOOL_HEADERS + 8);
    struct cs_access access = {0};
    const char *name;
    json_t *value;
    size_t n = 0;

    while (*ours)
        headers[n++] = *ours++;
    if (!conf->has_headers)
        return headers;
    if (cs_access_of(call, t->bot_id, cs_tool_secret(call->arena, conf->name), &access) < 0) {
        cs_ask_clear(call);
        return NULL;
    }
    json_t *secret = json_loads(access.api_key ? access.api_key : "", 0, NULL);
    json_object_foreach(secret, name, value)
        if (json_is_string(value))
            headers[n++] = cs_printf(call->arena, "%s: %s", name, json_string_value(value));
    json_decref(secret);
    return headers;
}

static int tool_calculator(struct tool_run *run)
{
    const char *why;
    const char *value =
        calculator_value(run->turn->call->arena, tool_argument(run, "expression"), &why);

    return value ? tool_says(run, value, strlen(value)) : tool_fails(run, why);
}

/* NULL when the arguments are as the tool wants them. */
static const char *tool_arguments_fault(struct tool_run *run)
{
    enum { TREE = 1 << 20 };
    struct cs_arena *a = run->turn->call->arena;
    const char *text = run->arguments, *why;

    run->values = pbjson_load(text, strlen(text), 0, TREE, NULL, NULL);
    if (!json_is_object(run->values))
        return "The arguments are not a JSON object.";
    json_t *schema = json_loads(run->tool->parameters, 0, NULL);
    why = cs_schema_fault(a, schema) ? NULL : cs_schema_mismatch(a, schema, run->values);
    json_decref(schema);
    return why ? cs_printf(a, "The arguments do not fit the tool: %s", why) : NULL;
}

int tool_start(struct tool_run *run)
{
    static int (*const kinds[])(struct tool_run *) = {
        [CS_TOOL_SEARCH_DOCUMENTS] = tool_search_documents,
        [CS_TOOL_SEARCH_CONVERSATIONS] = tool_search_conversations,
        [CS_TOOL_CURRENT_TIME] = tool_current_time,
        [CS_TOOL_CALCULATOR] = tool_calculator,
        [CS_TOOL_HTTP_GET] = tool_http_get,
        [CS_TOOL_HTTP] = tool_http,
        [CS_TOOL_MCP] = tool_mcp,
    };
    const char *why = tool_arguments_fault(run);
    int r = why ? tool_fails(run, why) : kinds[run->tool->conf->kind](run);

    if (r == CS_LATER)
        return r;
    json_decref(run->values);
    run->values = NULL;
    return 0;
}

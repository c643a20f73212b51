/* Tools read from the configuration, and those of its MCP servers one server after the other. */
#include "chat/agent/toolbox.h"

#include "chat/tool/mcp.h"

#include <stdlib.h>
#include <string.h>

bool toolbox_add(struct toolbox *box, const struct tool *tool)
{
    if (box->n == TOOLBOX_MAX)
        return false;
    box->tools[box->n] = *tool;
    box->shown[box->n++] = (struct cs_chat_tool){
        .name = tool->name,
        .description = tool->description,
        .parameters = tool->parameters,
    };
    return true;
}

static int toolbox_next_server(struct toolbox *box);

static int on_server_listed(struct cs_call *call, void *state)
{
    (void)call;
    return toolbox_next_server(state);
}

static int toolbox_next_server(struct toolbox *box)
{
    while (box->at < box->n_servers) {
        int r = mcp_list(box, box->servers[box->at++], on_server_listed, box);
        if (r == CS_LATER)
            return r;
    }
    return box->filled(box->turn->call, box->state);
}

int toolbox_fill(struct toolbox *box, struct turn *t, int (*filled)(struct cs_call *, void *),
                 void *state)
{
    const BotConfiguration *c = t->bot->configuration;
    struct cs_arena *a = t->call->arena;

    box->turn = t;
    box->filled = filled;
    box->state = state;
    box->tools = CS_NEW(a, struct tool, TOOLBOX_MAX);
    box->shown = CS_NEW(a, struct cs_chat_tool, TOOLBOX_MAX);
    box->servers = CS_NEW(a, struct cs_tool *, c->n_tools + 1);
    for (size_t i = 0; i < c->n_tools; i++) {
        struct cs_tool *tool = cs_tool_read(a, c->tools[i]->text, "", NULL);

        if (tool && tool->kind == CS_TOOL_MCP)
            box->servers[box->n_servers++] = tool;
        else if (tool) /* what an older version has stored may be none */
            toolbox_add(box, &(struct tool){.conf = tool,
                                            .name = tool->name,
                                            .description = tool->description,
                                            .parameters = tool->parameters,
                                            .write = tool->write});
    }
    return toolbox_next_server(box);
}

/* Whether it is the name that a server gave its tool, alone or behind the server's own. */
static bool tool_also_named(const struct tool *t, const char *name)
{
    size_t n = strlen(t->conf->name);

    if (!t->remote)
        return false;
    if (strcmp(t->remote, name) == 0)
        return true;
    if (strncmp(t->conf->name, name, n) != 0)
        return false;
    name += n;
    return *name && strcmp(name + strspn(name, "_.:/-"), t->remote) == 0;
}

const struct tool *toolbox_find(const struct toolbox *box, const char *name)
{
    const struct tool *found = NULL;

    for (size_t i = 0; i < box->n; i++)
        if (strcmp(box->tools[i].name, name) == 0)
            return &box->tools[i];
    for (size_t i = 0; i < box->n; i++) {
        if (!tool_also_named(&box->tools[i], name))
            continue;
        if (found)
            return NULL; /* two servers have it */
        found = &box->tools[i];
    }
    return found;
}

const char *toolbox_names(const struct toolbox *box, struct cs_arena *a)
{
    const char *names = "";

    for (size_t i = 0; i < box->n; i++)
        names = cs_printf(a, "%s%s%s", names, i ? ", " : "", box->tools[i].name);
    return names;
}

const char *toolbox_single(struct cs_arena *a, const struct tool *tool, const char *text)
{
    json_t *schema = json_loads(tool->parameters, 0, NULL);
    json_t *properties = json_object_get(schema, "properties");
    const char *name = json_object_iter_key(json_object_iter(properties));
    const char *arguments = "{}";

    if (json_object_size(properties) == 1 && *text) {
        json_t *v = json_pack("{s:s}", name, text);
        char *json = json_dumps(v, JSON_COMPACT);
        if (json)
            arguments = cs_strdup(a, json);
        free(json);
        json_decref(v);
    }
    json_decref(schema);
    return arguments;
}

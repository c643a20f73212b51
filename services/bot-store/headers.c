/* Values taken out of the tools and sealed as one box a tool. */
#include "bot-store/headers.h"

#include "bot-store/key.h"
#include "base/clock.h"
#include "bot/tool.h"
#include "bus/service.h"
#include "pg/pg.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* One tool with headers, while its bot is saved. */
struct hiding {
    struct cs_call *call;
    const Bot *bot;
    const struct cs_tool *tool;
    const char *path, *provider;
    json_t *stored; /* its values until now; NULL: not read yet */
    bool read, wrong;
};

static bool value_hidden(const json_t *value)
{
    const char *s = json_string_value(value);

    return s && strcmp(s, CS_TOOL_HIDDEN) == 0;
}

/* scheme://host:port are those of the other address. */
static bool same_server(const char *a, const char *b)
{
    const char *at = a ? strstr(a, "://") : NULL;
    size_t n = at ? (size_t)(at - a) + 3 + strcspn(at + 3, "/?#") : 0;

    return n > 0 && strncmp(a, b, n) == 0 && strchr("/?#", b[n]);
}

/* The values that are stored, unless they were for another server. */
static const json_t *stored_values(struct hiding *h, bool fresh)
{
    struct sealed_key sealed;
    char *text;

    if (h->read || fresh)
        return h->stored;
    h->read = true;
    if (!store_tool_box(h->call, h->bot, h->provider, &sealed) ||
        !same_server(sealed.base_url, h->tool->url))
        return NULL;
    text = key_open(h->call->arena, h->bot, h->provider, sealed.box, sealed.len);
    h->stored = text ? json_loads(text, 0, NULL) : NULL;
    return h->stored;
}

/* The tool with its values hidden, and a box with them. */
static void tool_hide(struct hiding *h, json_t *object, bool fresh, struct tool_box *box)
{
    json_t *headers = json_object_get(object, "headers"), *value, *secret = json_object();
    const char *name;
    void *next;

    json_object_foreach_safe(headers, next, name, value) {
        const json_t *kept =
            value_hidden(value) ? json_object_get(stored_values(h, fresh), name) : value;
        if (!kept) {
            h->wrong = true;
            cs_fail_field(h->call, cs_printf(h->call->arena, "%s.headers.%s", h->path, name),
                          "The value must be given: none is stored for this tool and server.");
            continue;
        }
        json_object_set_new(secret, name, json_string(json_string_value(kept)));
        json_object_set_new(headers, name, json_string(CS_TOOL_HIDDEN));
    }
    char *text = json_dumps(secret, JSON_COMPACT);
    box->provider = h->provider;
    box->url = h->tool->url;
    box->box = key_seal(h->call->arena, h->bot, h->provider, text ? text : "{}", &box->len);
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
    json_decref(secret);
}

/* One tool of the configuration, if it has headers; false: a wrong field was noted. */
static bool config_hide(struct cs_call *call, const Bot *bot, size_t i, bool fresh,
                        struct tool_box *box)
{
    Json *json = bot->configuration->tools[i];
    struct hiding h = {.call = call,
                       .bot = bot,
                       .path = cs_printf(call->arena, "configuration.tools[%zu]", i),
                       .tool = cs_tool_read(call->arena, json->text, "", NULL)};
    char *text;

    if (!h.tool || !h.tool->has_headers)
        return true;
    h.provider = cs_tool_secret(call->arena, h.tool->name);
    json_t *object = json_loads(json->text, 0, NULL);
    tool_hide(&h, object, fresh, box);
    text = json_dumps(object, JSON_COMPACT);
    json->text = cs_strdup(call->arena, text ? text : "{}");
    free(text);
    json_decref(object);
    json_decref(h.stored);
    return !h.wrong;
}

int headers_hide(struct cs_call *call, Bot *bot, bool fresh, struct hidden_headers *ret)
{
    size_t n = bot->configuration ? bot->configuration->n_tools : 0;
    bool wrong = false;

    *ret = (struct hidden_headers){.at = CS_NEW(call->arena, struct tool_box, n + 1)};
    for (size_t i = 0; i < n; i++) {
        struct tool_box *box = &ret->at[ret->n];

        wrong |= !config_hide(call, bot, i, fresh, box);
        ret->n += box->provider != NULL;
    }
    if (wrong)
        cs_pg_rollback(call->pg);
    return wrong ? -CS_INVALID : 0;
}

void headers_store(struct cs_call *call, const Bot *bot, const struct hidden_headers *hidden)
{
    char **names = CS_NEW(call->arena, char *, hidden->n + 1);

    for (size_t i = 0; i < hidden->n; i++) {
        store_tool_box_put(call, bot, &hidden->at[i]);
        names[i] = (char *)hidden->at[i].provider;
    }
    store_tool_boxes_keep(call, bot, names, hidden->n);
}

#include "bot-store/config.h"

#include "base/utf8.h"
#include "pbjson/merge.h"

#include <string.h>

enum { QUESTION_MAX = 200, TOOL_NAME_MAX = 64 };

/* The one place that knows the defaults; as texts of their fields. */
static const struct {
    const char *field, *text;
} defaults[] = {
    {"agent_type", "rag"},         {"llm_provider", "builtin"}, {"retriever_k", "5"},
    {"chat_history_length", "10"}, {"max_steps", "6"},          {"show_sources", "true"},
};

/* how documents are cut when nothing is said; only to compare one set value with */
enum { CHUNK_SIZE = 1000, CHUNK_OVERLAP = 100 };

void config_tidy(BotConfiguration *c)
{
    if (c->embedding_provider && strcmp(c->embedding_provider, "none") == 0)
        c->embedding_provider = NULL;
}

static bool empty(const char *s)
{
    return !s || !*s;
}

static void check_llm(const BotConfiguration *c, const struct provider_keys *keys,
                      struct pbjson_errors *errors)
{
    const char *provider = c->llm_provider ? c->llm_provider : "builtin";

    if (!provider_usable(provider, PROVIDER_CHAT, keys))
        pbjson_error(errors, "configuration.llm_provider", provider_names(PROVIDER_CHAT));
    if (strcmp(provider, "builtin") != 0 && empty(c->llm_model))
        pbjson_error(errors, "configuration.llm_model",
                     "is required unless llm_provider is builtin");
    if (c->has_agent_type && c->agent_type == AGENT_TYPE_UNSPECIFIED)
        pbjson_error(errors, "configuration.agent_type", "must be rag, react or tool_using");
}

static void check_embedding(const BotConfiguration *c, const struct provider_keys *keys,
                            struct pbjson_errors *errors)
{
    if (!c->embedding_provider)
        return;
    if (!provider_usable(c->embedding_provider, PROVIDER_EMBED, keys))
        pbjson_error(errors, "configuration.embedding_provider", provider_names(PROVIDER_EMBED));
    if (empty(c->embedding_model))
        pbjson_error(errors, "configuration.embedding_model",
                     "is required with an embedding_provider");
}

static void check_rerank(const Rerank *r, const struct provider_keys *keys,
                         struct pbjson_errors *errors)
{
    if (!r)
        return;
    if (empty(r->provider) || !provider_usable(r->provider, PROVIDER_RERANK, keys))
        pbjson_error(errors, "configuration.rerank.provider", provider_names(PROVIDER_RERANK));
    if (empty(r->model))
        pbjson_error(errors, "configuration.rerank.model", "is required");
}

static void check_chunking(const Chunking *c, struct pbjson_errors *errors)
{
    int size, overlap;

    if (!c)
        return;
    size = c->has_size ? c->size : CHUNK_SIZE;
    overlap = c->has_overlap ? c->overlap : CHUNK_OVERLAP;
    if (overlap >= size)
        pbjson_error(errors, "configuration.chunking.overlap", "must be less than size");
}

/* the tool's name, in the arena; NULL when the value is neither a name nor an object with one */
static const char *tool_name(struct cs_arena *a, const Json *tool)
{
    json_t *v = tool->text ? json_loads(tool->text, JSON_DECODE_ANY, NULL) : NULL;
    const char *name =
        cs_strdup(a, json_string_value(json_is_object(v) ? json_object_get(v, "name") : v));

    json_decref(v);
    return name;
}

static bool tool_name_valid(const char *s)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t n = strlen(s);

    return n > 0 && n <= TOOL_NAME_MAX && strspn(s, allowed) == n;
}

static bool seen(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (names[i] && strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void check_tools(struct cs_arena *a, const BotConfiguration *c, struct pbjson_errors *errors)
{
    const char **names = CS_NEW(a, const char *, c->n_tools);

    for (size_t i = 0; i < c->n_tools; i++) {
        const char *at = cs_printf(a, "configuration.tools[%zu]", i);

        names[i] = tool_name(a, c->tools[i]);
        if (!names[i])
            pbjson_error(errors, at, "must be a name, or an object with a name");
        else if (!tool_name_valid(names[i]))
            pbjson_error(errors, at,
                         "the name must be 1 to 64 letters, digits, dashes or underscores");
        else if (seen(names, i, names[i]))
            pbjson_error(errors, at, "this name is given twice");
    }
}

static void check_questions(struct cs_arena *a, const BotConfiguration *c,
                            struct pbjson_errors *errors)
{
    for (size_t i = 0; i < c->n_suggested_questions; i++) {
        const char *s = c->suggested_questions[i];
        size_t n = cs_utf8_count(s, strlen(s));

        if (n == 0 || n > QUESTION_MAX)
            pbjson_error(errors, cs_printf(a, "configuration.suggested_questions[%zu]", i),
                         "must have 1 to 200 characters");
    }
}

void config_check(struct cs_arena *a, const BotConfiguration *c, const struct provider_keys *keys,
                  struct pbjson_errors *errors)
{
    if (!c)
        return;
    if (strlen(config_text(a, &c->base)) > CONFIG_MAX)
        pbjson_error(errors, "configuration", "must not be longer than 131072 bytes as JSON");
    check_llm(c, keys, errors);
    check_embedding(c, keys, errors);
    check_rerank(c->rerank, keys, errors);
    check_chunking(c->chunking, errors);
    check_tools(a, c, errors);
    check_questions(a, c, errors);
}

void widget_check(const Widget *w, struct pbjson_errors *errors)
{
    if (!w)
        return;
    if (w->color && (w->color[0] != '#' || strlen(w->color) != 7 ||
                     strspn(w->color + 1, "0123456789abcdefABCDEF") != 6))
        pbjson_error(errors, "widget.color", "must be a colour as #rrggbb");
    if (w->position && strcmp(w->position, "left") != 0 && strcmp(w->position, "right") != 0)
        pbjson_error(errors, "widget.position", "must be left or right");
}

const char *config_text(struct cs_arena *a, const ProtobufCMessage *msg)
{
    size_t len;

    return msg ? pbjson_text(a, msg, &len) : "{}";
}

bool config_parse(struct cs_arena *a, const char *text, ProtobufCMessage *ret)
{
    struct pbjson_errors errors = {0};
    json_t *object = pbjson_parse(a, text, strlen(text), &errors);
    bool ok = object && pbjson_read(a, object, ret, &errors);

    json_decref(object);
    pbjson_merge_clear(ret, "clear"); /* an empty list was read as one that is cleared */
    return ok;
}

BotConfiguration *config_show(struct cs_arena *a, const BotConfiguration *stored)
{
    BotConfiguration *c = BotConfiguration_new(a);
    struct pbjson_errors errors = {0};

    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        (void)pbjson_set_text(a, &c->base, defaults[i].field, defaults[i].text, &errors);
    if (stored)
        pbjson_merge(a, &c->base, &stored->base);
    return c;
}

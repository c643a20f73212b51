/* Tools read from their JSON, a function for each kind. */
#include "bot/tool.h"

#include "bot/schema.h"

#include <ctype.h>
#include <curl/curl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTION_MAX = 1024, URL_MAX = 2000, HEADER_NAME_MAX = 64, HEADER_MAX = 2048 };

/* What is read, and where errors go. */
struct reading {
    struct cs_arena *arena;
    const char *path;
    struct pbjson_errors *errors;
    struct cs_tool *tool;
    json_t *object; /* borrowed */
    bool wrong;
};

#define QUERY(name_, text_)                                                                        \
    "{\"type\":\"object\",\"properties\":{\"" name_                                                \
    "\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":2000,\"description\":\"" text_          \
    "\"}},\"required\":[\"" name_ "\"],\"additionalProperties\":false}"

static const struct cs_tool builtins[] = {
    {.kind = CS_TOOL_SEARCH_DOCUMENTS,
     .name = "search_documents",
     .description = "Search the bot's documents and get the passages that fit best.",
     .parameters = QUERY("query", "The words or the question to search for.")},
    {.kind = CS_TOOL_SEARCH_CONVERSATIONS,
     .name = "search_conversations",
     .description = "Search the earlier conversations of this user with the bot.",
     .parameters = QUERY("query", "The words or the question to search for.")},
    {.kind = CS_TOOL_CURRENT_TIME,
     .name = "current_time",
     .description = "Get the current date and time.",
     .parameters = "{\"type\":\"object\",\"properties\":{\"timezone\":{\"type\":\"string\","
                   "\"maxLength\":64,\"description\":\"A name such as Europe/Berlin; UTC if "
                   "absent.\"}},\"additionalProperties\":false}"},
    {.kind = CS_TOOL_CALCULATOR,
     .name = "calculator",
     .description = "Calculate an expression with + - * / % ^, parentheses, pi, e, and the "
                    "functions abs, ceil, cos, exp, floor, ln, log, max, min, round, sin, sqrt "
                    "and tan.",
     .parameters = QUERY("expression", "The expression, such as (2 + 3) * 4.")},
    {.kind = CS_TOOL_HTTP_GET,
     .name = "http_get",
     .description = "Read the text at a web address.",
     .parameters = QUERY("url", "The address, beginning with http:// or https://.")},
};

static void reading_wrong(struct reading *r, const char *member, const char *message)
{
    r->wrong = true;
    if (r->errors)
        pbjson_error(r->errors, *member ? cs_printf(r->arena, "%s.%s", r->path, member) : r->path,
                     message);
}

/* NULL when absent; one of another type or too long is an error. */
static const char *reading_text(struct reading *r, const char *member, size_t max)
{
    const json_t *v = json_object_get(r->object, member);
    const char *s = json_string_value(v);

    if (!v)
        return NULL;
    if (s && *s && strlen(s) <= max)
        return cs_strdup(r->arena, s);
    reading_wrong(r, member,
                  cs_printf(r->arena, "The value must be a text of 1 to %zu bytes.", max));
    return NULL;
}

static void reading_members(struct reading *r, const char *const *known)
{
    const char *name;
    json_t *value;

    json_object_foreach(r->object, name, value) {
        size_t i = 0;
        while (known[i] && strcmp(known[i], name) != 0)
            i++;
        if (!known[i])
            reading_wrong(r, name, "The field is unknown.");
    }
}

/* ---- what several kinds have ---- */

static bool name_valid(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    return *name && strlen(name) <= CS_TOOL_NAME && !name[strspn(name, letters)] &&
           (isalpha((unsigned char)*name) || *name == '_');
}

static const struct cs_tool *builtin_find(const char *name)
{
    for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
        if (strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    return NULL;
}

static void reading_own_name(struct reading *r)
{
    const char *name = reading_text(r, "name", CS_TOOL_NAME);

    if (!name && !json_object_get(r->object, "name"))
        reading_wrong(r, "name", "The field is required.");
    else if (name && !name_valid(name))
        reading_wrong(r, "name",
                      "The name must be 1 to 64 letters, digits, dashes or underscores, with a "
                      "letter or an underscore first.");
    else if (name && builtin_find(name))
        reading_wrong(r, "name", "The name is that of a built-in tool.");
    r->tool->name = name;
}

static void reading_limits(struct reading *r)
{
    const json_t *write = json_object_get(r->object, "write");
    const json_t *seconds = json_object_get(r->object, "timeout_s");

    if (write && !json_is_boolean(write))
        reading_wrong(r, "write", "The value must be true or false.");
    r->tool->write = json_is_true(write);
    r->tool->timeout_s = CS_TOOL_SECONDS_DEFAULT;
    if (!seconds)
        return;
    if (!json_is_integer(seconds) || json_integer_value(seconds) < 1 ||
        json_integer_value(seconds) > CS_TOOL_SECONDS)
        reading_wrong(r, "timeout_s", "The value must be a whole number from 1 to 60.");
    else
        r->tool->timeout_s = (int)json_integer_value(seconds);
}

/* A name that a request may bear without changing its meaning. */
static bool header_name_valid(const char *name)
{
    static const char *const ours[] = {
        "host", "content-length", "transfer-encoding", "connection", "upgrade",
        "te",   "trailer",        "content-type",      "accept",     "mcp-session-id"};
    static const char marks[] = "!#$%&'*+-.^_`|~";
    size_t n = strlen(name);

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (strcasecmp(ours[i], name) == 0)
            return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr(marks, name[i]))
            return false;
    return n > 0 && n <= HEADER_NAME_MAX;
}

static bool header_value_valid(const char *value)
{
    if (!value || !*value || strlen(value) > HEADER_MAX)
        return false;
    while (*value >= ' ' && *value < 0x7f)
        value++;
    return !*value;
}

static void reading_headers(struct reading *r)
{
    json_t *headers = json_object_get(r->object, "headers"), *value;
    const char *name;

    if (!headers)
        return;
    if (!json_is_object(headers) || json_object_size(headers) > CS_TOOL_HEADERS) {
        reading_wrong(r, "headers", "The value must be an object with at most 8 headers.");
        return;
    }
    r->tool->has_headers = json_object_size(headers) > 0;
    json_object_foreach(headers, name, value) {
        if (!header_name_valid(name))
            reading_wrong(r, "headers",
                          "A header must have a name of 1 to 64 characters that the request does "
                          "not set itself.");
        else if (!header_value_valid(json_string_value(value)))
            reading_wrong(r, cs_printf(r->arena, "headers.%s", name),
                          "The value must be printable ASCII of 1 to 2048 characters.");
    }
}

/* ---- addresses ---- */

/* Whether it is an address of a server, without user and fragment. */
static bool url_valid(const char *url)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL, *fragment = NULL;
    bool valid = u && curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
                 curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                 curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                 curl_url_get(u, CURLUPART_FRAGMENT, &fragment, 0) != CURLUE_OK &&
                 (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);

    curl_free(scheme);
    curl_free(host);
    curl_free(fragment);
    curl_url_cleanup(u);
    return valid;
}

/* The part in front of the path, in which an argument would choose the server. */
static size_t url_authority(const char *url)
{
    const char *at = strstr(url, "://");

    return at ? (size_t)(at + 3 - url) + strcspn(at + 3, "/?#") : 0;
}

/* The address with 0 for each {argument}; NULL when one is no property or chooses the server. */
static const char *url_filled(struct cs_arena *a, const char *url, const json_t *properties)
{
    size_t authority = url_authority(url);
    const char *out = "", *at = url, *open;

    while ((open = strchr(at, '{'))) {
        size_t n = strcspn(open + 1, "{}");
        const char *name = cs_strndup(a, open + 1, n);

        if (open[1 + n] != '}' || (size_t)(open - url) <= authority ||
            !json_object_get(properties, name))
            return NULL;
        out = cs_printf(a, "%s%.*s0", out, (int)(open - at), at);
        at = open + n + 2;
    }
    return cs_printf(a, "%s%s", out, at);
}

static void reading_url(struct reading *r, const json_t *properties)
{
    const char *url = reading_text(r, "url", URL_MAX), *filled = url;

    if (!url) {
        if (!json_object_get(r->object, "url"))
            reading_wrong(r, "url", "The field is required.");
        return;
    }
    for (const char *p = url; *p; p++)
        if (*p <= ' ' || *p >= 0x7f || strchr("\\\"<>^`|", *p))
            filled = NULL;
    if (filled && properties)
        filled = url_filled(r->arena, url, properties);
    if (!filled || strpbrk(filled, "{}") || !url_valid(filled))
        reading_wrong(r, "url",
                      properties ? "The value must be an http or https address without user, whose "
                                   "{arguments} are properties of the parameters and stand behind "
                                   "the host."
                                 : "The value must be an http or https address without user.");
    r->tool->url = url;
}

/* ---- kinds ---- */

static void reading_allow(struct reading *r)
{
    const json_t *list = json_object_get(r->object, "allow");
    size_t n = json_array_size(list);
    struct cs_tool *t = r->tool;

    if (!list)
        return;
    if (!json_is_array(list) || n > CS_TOOL_ALLOW) {
        reading_wrong(r, "allow", "The value must be a list of at most 32 addresses.");
        return;
    }
    t->allow = CS_NEW(r->arena, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const char *s = json_string_value(json_array_get(list, i));
        char *item = cs_strdup(r->arena, s ? s : "");

        for (char *p = item; *p; p++)
            *p = (char)tolower((unsigned char)*p);
        if (strlen(item) > 300 || !url_valid(cs_printf(r->arena, "http://%s/", item)) ||
            strpbrk(item, "/?#@ {}"))
            reading_wrong(r, cs_printf(r->arena, "allow[%zu]", i),
                          "The value must be a host or host:port, such as example.org:443.");
        t->allow[t->n_allow++] = item;
    }
}

static void reading_builtin(struct reading *r, const char *name)
{
    static const char *const plain[] = {"name", NULL};
    static const char *const get[] = {"name", "allow", NULL};
    const struct cs_tool *known = builtin_find(name);

    if (!known) {
        reading_wrong(r, r->object ? "name" : "",
                      "The value must be search_documents, search_conversations, current_time, "
                      "calculator or http_get, or an object with the type http or mcp.");
        return;
    }
    *r->tool = *known;
    r->tool->timeout_s = CS_TOOL_SECONDS_DEFAULT;
    if (!r->object)
        return;
    reading_members(r, known->kind == CS_TOOL_HTTP_GET ? get : plain);
    reading_allow(r);
}

static void reading_http(struct reading *r)
{
    static const char *const members[] = {"type",      "name",    "description", "method",
                                          "url",       "headers", "parameters",  "write",
                                          "timeout_s", NULL};
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    json_t *parameters = json_object_get(r->object, "parameters");
    const char *method = reading_text(r, "method", 8), *why = NULL;
    bool known = false;

    reading_members(r, members);
    reading_own_name(r);
    reading_limits(r);
    reading_headers(r);
    r->tool->kind = CS_TOOL_HTTP;
    r->tool->method = method ? method : "GET";
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        known = known || strcmp(methods[i], r->tool->method) == 0;
    if (!known)
        reading_wrong(r, "method", "The value must be GET, POST, PUT, PATCH or DELETE.");
    r->tool->parameters = "{\"type\":\"object\",\"properties\":{}}";
    if (parameters && !(why = cs_schema_fault(r->arena, parameters))) {
        char *text = json_dumps(parameters, JSON_COMPACT);
        r->tool->parameters = cs_strdup(r->arena, text ? text : "{}");
        free(text);
    } else if (parameters) {
        reading_wrong(r, "parameters", why);
    }
    json_t *properties = json_object_get(parameters, "properties");
    json_t *none = json_object();
    reading_url(r, json_is_object(properties) ? properties : none);
    json_decref(none);
}

static void reading_mcp(struct reading *r)
{
    static const char *const members[] = {"type",    "name",  "description", "url",
                                          "headers", "write", "timeout_s",   NULL};

    reading_members(r, members);
    reading_own_name(r);
    reading_limits(r);
    reading_headers(r);
    r->tool->kind = CS_TOOL_MCP;
    r->tool->method = "POST";
    reading_url(r, NULL);
}

static void reading_object(struct reading *r)
{
    const json_t *type = json_object_get(r->object, "type");
    const char *kind = json_string_value(type);
    const char *name = json_string_value(json_object_get(r->object, "name"));

    if (!type && name)
        reading_builtin(r, name);
    else if (!type)
        reading_wrong(r, "", "The value must be a name or an object with a name.");
    else if (kind && strcmp(kind, "http") == 0)
        reading_http(r);
    else if (kind && strcmp(kind, "mcp") == 0)
        reading_mcp(r);
    else
        reading_wrong(r, "type", "The value must be http or mcp.");
    const char *description =
        type ? reading_text(r, "description", DESCRIPTION_MAX) : r->tool->description;
    r->tool->description = description;
}

struct cs_tool *cs_tool_read(struct cs_arena *a, const char *text, const char *path,
                             struct pbjson_errors *errors)
{
    struct cs_tool *tool = CS_NEW(a, struct cs_tool, 1);
    struct reading r = {.arena = a, .path = path, .errors = errors, .tool = tool};
    json_t *v = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;

    if (json_is_object(v)) {
        r.object = v;
        reading_object(&r);
    } else if (json_is_string(v)) {
        reading_builtin(&r, json_string_value(v));
    } else {
        reading_wrong(&r, "", "The value must be a name or an object with a name.");
    }
    json_decref(v);
    return r.wrong ? NULL : tool;
}

const char *cs_tool_secret(struct cs_arena *a, const char *name)
{
    return cs_printf(a, CS_TOOL_SECRET "%s", name);
}

/* A channel, an operation and a message for each event, and the schemas of their bodies; written as YAML. */
#include "bus/asyncapi.h"

#include "base/buf.h"
#include "bus/catalogue.h"
#include "pbjson/contract.h"
#include "pbjson/pbjson.h"
#include "pbjson/schema.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { FLOW_MAX = 160 };

/* ---- YAML ---- */

/* Keys and texts as in JSON, which YAML reads, too. */
static void yaml_key(struct cs_buf *out, const char *key)
{
    bool plain = *key >= 'A' && strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789_-") == strlen(key);

    if (plain && strcmp(key, "null") != 0 && strcmp(key, "true") != 0 && strcmp(key, "false") != 0)
        cs_buf_adds(out, key);
    else
        pbjson_put_string(out, key);
}

static void yaml_scalar(struct cs_buf *out, const json_t *value)
{
    if (json_is_string(value)) {
        pbjson_put_string(out, json_string_value(value));
        return;
    }
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    cs_buf_adds(out, text ? text : "null");
    free(text);
}

static void yaml_value(struct cs_buf *out, json_t *value, int depth);

static void yaml_indent(struct cs_buf *out, int depth)
{
    cs_buf_addf(out, "\n%*s", depth * 2, "");
}

static void yaml_members(struct cs_buf *out, json_t *object, int depth)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value) {
        yaml_indent(out, depth);
        yaml_key(out, key);
        cs_buf_adds(out, ":");
        yaml_value(out, value, depth + 1);
    }
}

static void yaml_items(struct cs_buf *out, json_t *array, int depth)
{
    json_t *value;
    size_t i;

    json_array_foreach(array, i, value) {
        yaml_indent(out, depth);
        cs_buf_adds(out, "-");
        yaml_value(out, value, depth + 1);
    }
}

/* What is short stands on the line of its key, as JSON. */
static bool yaml_flow(struct cs_buf *out, json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    bool small = text && strlen(text) <= FLOW_MAX;

    if (small)
        cs_buf_addf(out, " %s", text);
    free(text);
    return small;
}

static void yaml_value(struct cs_buf *out, json_t *value, int depth)
{
    if (yaml_flow(out, value))
        return;
    if (json_object_size(value) > 0) {
        yaml_members(out, value, depth);
    } else if (json_array_size(value) > 0) {
        yaml_items(out, value, depth);
    } else {
        cs_buf_adds(out, " ");
        yaml_scalar(out, value);
    }
}

/* ---- the document ---- */

static json_t *asyncapi_ref(const char *folder, const char *name)
{
    char text[256];

    snprintf(text, sizeof(text), "#/%s/%s", folder, name);
    return json_pack("{s:s}", "$ref", text);
}

static json_t *header_text(const char *about, const char *example)
{
    return json_pack("{s:s, s:s, s:[s]}", "type", "string", "description", about, "examples",
                     example);
}

/* CloudEvents in binary mode: each attribute is a header with the prefix ce-. */
static json_t *header_schema(void)
{
    json_t *all = json_object();
    static const struct {
        const char *name, *about, *example;
    } headers[] = {
        {"ce-specversion", "Version of CloudEvents.", "1.0"},
        {"ce-id", "Id of the event. An event that comes again has the same one.",
         "01a21d26-488e-78d7-bf87-87a1f2af30f3"},
        {"ce-type", "Type of the event.", "io.chatsphere.bot.updated.v1"},
        {"ce-source", "Workspace of the event, with its bot if it is about one.",
         "/tenants/01a21d26-4100-7cf1-99dd-2d015c279620"},
        {"ce-subject", "Id of what the event is about.", "01a21d26-488a-7cc2-8f15-2a9086862895"},
        {"ce-time", "Time of the change, RFC 3339.", "2026-01-02T03:04:05.678Z"},
        {"ce-datacontenttype", "Media type of the body.", "application/protobuf"},
        {"ce-dataschema", "Message of the body.", "urn:protobuf:chatsphere.v1.BotEvent"},
        {"ce-tenantid", "Id of the workspace.", "01a21d26-4100-7cf1-99dd-2d015c279620"},
        {"ce-partitionkey", "Events of the same key are in order.",
         "01a21d26-488a-7cc2-8f15-2a9086862895"},
        {"ce-aggregateversion", "Version of the subject after the change; absent without versions.",
         "7"},
    };

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        json_object_set_new(all, headers[i].name,
                            header_text(headers[i].about, headers[i].example));
    return json_pack("{s:s, s:s, s:o, s:[s, s, s, s, s, s, s]}", "type", "object", "description",
                     "The attributes of a CloudEvent in binary mode.", "properties", all,
                     "required", "ce-specversion", "ce-id", "ce-type", "ce-source", "ce-subject",
                     "ce-time", "ce-dataschema");
}

struct document {
    json_t *channels, *operations, *messages, *schemas;
};

static void event_describe(struct document *d, const struct cs_catalogue_row *row,
                           const char *event)
{
    char name[64], operation[80], address[128], type[96], message[96];
    const char *body = row->body->short_name;

    snprintf(name, sizeof(name), "%s.%s", row->aggregate, event);
    snprintf(operation, sizeof(operation), "publish.%s", name);
    snprintf(address, sizeof(address), "chatsphere.event.v1.{tenant}.{bot}.%s", name);
    snprintf(type, sizeof(type), "io.chatsphere.%s.v1", name);
    snprintf(message, sizeof(message), "channels/%s/messages", name);
    json_object_set_new(d->messages, name,
                        json_pack("{s:s, s:s, s:s, s:o, s:o, s:s}", "name", type, "title", name,
                                  "contentType", "application/protobuf", "headers",
                                  asyncapi_ref("components/schemas", "CloudEventHeaders"),
                                  "payload", pbjson_schema_ref(row->body), "x-protobuf-message",
                                  row->body->name));
    json_object_set_new(d->channels, name,
                        json_pack("{s:s, s:s, s:{s:{s:s}, s:{s:s}}, s:{s:o}}", "address", address,
                                  "title", name, "parameters", "tenant", "description",
                                  "Id of the workspace.", "bot", "description",
                                  "Id of the bot, or _ for an event of no bot.", "messages", body,
                                  asyncapi_ref("components/messages", name)));
    json_object_set_new(d->operations, operation,
                        json_pack("{s:s, s:o, s:[o]}", "action", "send", "channel",
                                  asyncapi_ref("channels", name), "messages",
                                  asyncapi_ref(message, body)));
}

static json_t *document_info(void)
{
    return json_pack(
        "{s:s, s:s, s:s, s:{s:s, s:s}}", "title", "ChatSphere events", "version", "1.0.0",
        "description",
        "Every change of state of the platform as a CloudEvent. On NATS it has the attributes as "
        "headers and a protobuf body, whose message is in chatsphere/v1/events.proto "
        "(/api/proto.tar.gz). Webhooks and GET /api/v1/events show the same body as JSON, which "
        "the "
        "schemas here describe.",
        "license", "name", "Apache-2.0", "url", "https://www.apache.org/licenses/LICENSE-2.0");
}

const char *cs_asyncapi_text(struct cs_arena *a, size_t *ret_len)
{
    struct document d = {json_object(), json_object(), json_object(), json_object()};
    const struct cs_catalogue_row *row;
    CS_BUF_AUTO struct cs_buf out = {0};

    json_object_set_new(d.schemas, "CloudEventHeaders", header_schema());
    for (size_t i = 0; (row = cs_catalogue_at(i)); i++) {
        pbjson_schema_add(d.schemas, row->body);
        for (const char *const *event = row->events; *event; event++)
            event_describe(&d, row, *event);
    }
    json_t *all = json_pack("{s:s, s:o, s:s, s:o, s:o, s:{s:o, s:o}}", "asyncapi", "3.0.0", "info",
                            document_info(), "defaultContentType", "application/protobuf",
                            "channels", d.channels, "operations", d.operations, "components",
                            "messages", d.messages, "schemas", d.schemas);
    cs_buf_adds(&out, "# Made from proto/chatsphere/v1/events.proto by `chatsphere asyncapi`.");
    yaml_members(&out, all, 0);
    cs_buf_adds(&out, "\n");
    json_decref(all);
    *ret_len = out.len;
    return cs_memdup(a, out.data, out.len + 1);
}

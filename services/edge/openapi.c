/* The document in the order of OpenAPI: parameters, bodies, answers, operations, shared parts. */
#include "edge/openapi.h"

#include "edge/answer.h"
#include "edge/local.h"

#include "pbjson/schema.h"

#include "chatsphere/v1/names.h"

#include <string.h>

enum { ID_BYTES = 128 };

static const char turn_events[] =
    "Server-sent events, each with `id:` = its sequence number: start, sources, delta, usage, "
    "error, end; `data:` is the JSON of StartFrame, SourcesFrame, DeltaFrame, Usage, "
    "{\"problem\": Problem} or EndFrame. A comment line comes every 15 s of silence.";
static const char watch_events[] =
    "Server-sent events named progress with the JSON of ProgressFrame, until the document rests.";

static const char *short_name(const ProtobufCMessageDescriptor *d)
{
    const char *dot = strrchr(d->name, '.');

    return dot ? dot + 1 : d->name;
}

static json_t *reference(const char *kind, const char *name)
{
    return json_pack("{s:s++}", "$ref", "#/components/", kind, name);
}

static bool in_path(const struct route *r, const char *field)
{
    char word[64];

    snprintf(word, sizeof(word), "{%s}", field);
    return strstr(r->path, word) != NULL;
}

/* ---- parameters ---- */

static json_t *parameter(const struct route *r, const char *name, const char *where,
                         const struct cs_field_meta *meta)
{
    const ProtobufCMessageDescriptor *d = r->rpc ? r->rpc->input : NULL;
    bool path = strcmp(where, "path") == 0;
    json_t *schema = path && route_is_id(name)
                         ? json_pack("{s:s, s:s}", "type", "string", "format", "uuid")
                     : d && meta ? pbjson_schema_field(d, name)
                                 : json_pack("{s:s}", "type", "string");
    json_t *p = json_pack("{s:s, s:s, s:b, s:o}", "name", name, "in", where, "required",
                          path || (meta && meta->required), "schema", schema);

    if (meta && meta->comment)
        json_object_set_new(p, "description", json_string(meta->comment));
    return p;
}

static const struct cs_field_meta *meta_of(const struct route *r, const char *name)
{
    const struct cs_message_meta *m = r->rpc ? cs_message_meta(r->rpc->input) : NULL;

    for (unsigned i = 0; m && i < m->desc->n_fields; i++)
        if (strcmp(m->desc->fields[i].name, name) == 0)
            return &m->fields[i];
    return NULL;
}

static void add_path_parameters(json_t *list, const struct route *r)
{
    for (const char *p = strchr(r->path, '{'); p; p = strchr(p, '{')) {
        char name[64];
        size_t n = strcspn(++p, "}");
        snprintf(name, sizeof(name), "%.*s", (int)n, p);
        json_array_append_new(list, parameter(r, name, "path", meta_of(r, name)));
    }
}

static void add_query_parameters(json_t *list, const struct route *r)
{
    const struct cs_message_meta *m = r->rpc ? cs_message_meta(r->rpc->input) : NULL;

    for (unsigned i = 0; m && r->method == HTTP_GET && i < m->desc->n_fields; i++) {
        const char *name = m->desc->fields[i].name;
        if (!m->fields[i].internal && !in_path(r, name))
            json_array_append_new(list, parameter(r, name, "query", &m->fields[i]));
    }
}

static json_t *parameters(const struct route *r)
{
    json_t *list = json_array();

    add_path_parameters(list, r);
    add_query_parameters(list, r);
    if (r->method == HTTP_POST && !(r->flags & ROUTE_UNKEYED))
        json_array_append_new(list, reference("parameters/", "IdempotencyKey"));
    return list;
}

/* ---- bodies ---- */

static void without(json_t *schema, const char *name)
{
    json_t *required = json_object_get(schema, "required");

    json_object_del(json_object_get(schema, "properties"), name);
    for (size_t i = json_array_size(required); i-- > 0;)
        if (strcmp(json_string_value(json_array_get(required, i)), name) == 0)
            json_array_remove(required, i);
    if (required && json_array_size(required) == 0)
        json_object_del(schema, "required");
}

/* the message without what the path says already, as a component of its own */
static json_t *body_schema(const struct route *r, json_t *schemas)
{
    const ProtobufCMessageDescriptor *d = r->rpc->input;
    char name[ID_BYTES];

    pbjson_schema_add(schemas, d);
    if (!strchr(r->path, '{'))
        return pbjson_schema_ref(d);
    snprintf(name, sizeof(name), "%sBody", short_name(d));
    json_t *copy = json_deep_copy(json_object_get(schemas, short_name(d)));
    for (unsigned i = 0; i < d->n_fields; i++)
        if (in_path(r, d->fields[i].name))
            without(copy, d->fields[i].name);
    json_object_del(schemas, short_name(d));
    json_object_set_new(schemas, name, copy);
    return reference("schemas/", name);
}

static json_t *content(const char *type, json_t *schema)
{
    return json_pack("{s:{s:o}}", type, "schema", schema);
}

static json_t *form_schema(void)
{
    return json_pack("{s:s, s:{s:{s:s, s:{s:s, s:s}, s:s}, s:{s:s, s:s}}, s:[s]}", "type", "object",
                     "properties", "file", "type", "array", "items", "type", "string",
                     "contentMediaType", "application/octet-stream", "description",
                     "One or more files, 32 MiB each at most.", "name", "type", "string",
                     "description", "Another name, when one file is sent.", "required", "file");
}

static json_t *request_body(const struct route *r, json_t *schemas)
{
    json_t *types = content("application/json", body_schema(r, schemas));

    if (r->flags & ROUTE_UPLOAD)
        json_object_set_new(types, "multipart/form-data",
                            json_pack("{s:o}", "schema", form_schema()));
    return json_pack("{s:b, s:o}", "required", 1, "content", types);
}

/* ---- answers ---- */

static json_t *upload_schema(void)
{
    json_t *one = pbjson_schema_ref(RPC_INGEST_COMPLETE_UPLOAD->output);

    return json_pack("{s:[{s:s, s:{s:O}, s:[s]}, {s:s, s:{s:{s:s, s:o}}, s:[s]}]}", "oneOf", "type",
                     "object", "properties", "document", one, "required", "document", "type",
                     "object", "properties", "items", "type", "array", "items", one, "required",
                     "items");
}

static json_t *success_content(const struct route *r, json_t *schemas)
{
    json_t *types;

    if (!r->rpc)
        return content("application/json", json_pack("{s:s}", "type", "object"));
    pbjson_schema_add(schemas, r->rpc->output);
    if (r->flags & ROUTE_CONTENT)
        return content("application/octet-stream", json_object());
    if (r->flags & ROUTE_WATCH)
        return content("text/event-stream",
                       json_pack("{s:s, s:s}", "type", "string", "description", watch_events));
    if (r->flags & ROUTE_UPLOAD)
        return content("application/json", upload_schema());
    types = content("application/json", pbjson_schema_ref(r->rpc->output));
    if (r->flags & ROUTE_TURN)
        json_object_set_new(
            types, "text/event-stream",
            json_pack("{s:{s:s, s:s}}", "schema", "type", "string", "description", turn_events));
    return types;
}

static void add_problem(json_t *responses, int status)
{
    char text[8];

    snprintf(text, sizeof(text), "%d", status);
    json_object_set_new(responses, text, reference("responses/", "Problem"));
}

static json_t *responses(const struct route *r, json_t *schemas)
{
    json_t *all = json_object(), *success = json_pack("{s:s}", "description", "Done.");
    char status[8];

    if (r->status != 204)
        json_object_set_new(success, "content", success_content(r, schemas));
    snprintf(status, sizeof(status), "%d", r->status);
    json_object_set_new(all, status, success);
    if (r->rpc)
        add_problem(all, 400);
    if (!(r->flags & ROUTE_PUBLIC) || (r->flags & ROUTE_VISITOR)) {
        add_problem(all, 401);
        add_problem(all, 403);
    }
    if (strchr(r->path, '{'))
        add_problem(all, 404);
    if (r->limit != LIMIT_NONE)
        add_problem(all, 429);
    json_object_set_new(all, "default", reference("responses/", "Problem"));
    return all;
}

/* ---- operations ---- */

static json_t *security(const struct route *r)
{
    json_t *list = json_array();

    if (r->flags & ROUTE_PUBLIC)
        json_array_append_new(list, json_object());
    if (r->role != ROUTE_NOBODY)
        json_array_append_new(list, json_pack("{s:[]}", "token"));
    if (r->scope)
        json_array_append_new(list, json_pack("{s:[s]}", "key", r->scope));
    if (r->flags & ROUTE_VISITOR)
        json_array_append_new(list, json_pack("{s:[]}", "visitor"));
    return list;
}

static json_t *operation_id(const struct route *r)
{
    char id[ID_BYTES];
    size_t n;

    if (r->rpc)
        return json_pack("s+++", r->rpc->service, "_", r->rpc->method, "");
    n = (size_t)snprintf(id, sizeof(id), "edge%s", r->path);
    for (size_t i = 0; i < n && i < sizeof(id); i++)
        if (strchr("/.{}", id[i]))
            id[i] = '_';
    return json_string(id);
}

static json_t *operation(const struct route *r, json_t *schemas)
{
    const char *about = r->rpc ? r->rpc->comment : r->about;
    json_t *op =
        json_pack("{s:o, s:s, s:[s], s:o, s:o, s:o}", "operationId", operation_id(r), "summary",
                  about ? about : "", "tags", r->rpc ? r->rpc->service : "edge", "parameters",
                  parameters(r), "security", security(r), "responses", responses(r, schemas));

    if (r->rpc && r->method != HTTP_GET && !(r->flags & ROUTE_NO_BODY))
        json_object_set_new(op, "requestBody", request_body(r, schemas));
    return op;
}

static json_t *paths(json_t *schemas)
{
    json_t *all = json_object();

    for (size_t i = 0; i < n_routes; i++) {
        const struct route *r = &routes[i];
        json_t *item = json_object_get(all, r->path);
        char method[16];
        if (r->flags & ROUTE_PAGE)
            continue;
        if (!item) {
            item = json_object();
            json_object_set_new(all, r->path, item);
        }
        snprintf(method, sizeof(method), "%s", http_method_name(r->method));
        for (char *p = method; *p; p++)
            *p = (char)(*p | 0x20);
        json_object_set_new(item, method, operation(r, schemas));
    }
    return all;
}

/* ---- the rest ---- */

static json_t *problem_schema(void)
{
    static const char text[] =
        "{\"type\":\"object\",\"description\":\"What went wrong (RFC 9457).\",\"properties\":{"
        "\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
        "\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},"
        "\"instance\":{\"type\":\"string\",\"description\":\"The request's id.\"},"
        "\"code\":{\"type\":\"string\",\"description\":\"A stable word for programs.\"},"
        "\"errors\":{\"type\":\"array\",\"description\":\"Every wrong field.\",\"items\":{"
        "\"type\":\"object\",\"properties\":{\"field\":{\"type\":\"string\"},"
        "\"message\":{\"type\":\"string\"}},\"required\":[\"field\",\"message\"]}}},"
        "\"required\":[\"type\",\"title\",\"status\",\"detail\",\"instance\",\"code\"]}";

    return json_loads(text, 0, NULL);
}

static json_t *security_schemes(void)
{
    static const char text[] =
        "{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
        "\"description\":\"The access token of a user, from login.\"},"
        "\"key\":{\"type\":\"http\",\"scheme\":\"bearer\","
        "\"description\":\"An API key (cs_...) with the scope named.\"},"
        "\"visitor\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
        "\"description\":\"The token of a visitor, from the first message of a session.\"}}";

    return json_loads(text, 0, NULL);
}

static json_t *shared_parameters(void)
{
    return json_pack("{s:{s:s, s:s, s:s, s:{s:s, s:i, s:i}}}", "IdempotencyKey", "name",
                     "Idempotency-Key", "in", "header", "description",
                     "The same request with the same key within 24 hours has no second effect and "
                     "gets the same answer, without secrets shown once. 409: the first is under "
                     "way. 422: the key was used for another request.",
                     "schema", "type", "string", "minLength", 1, "maxLength", 255);
}

static json_t *shared_responses(void)
{
    return json_pack("{s:{s:s, s:o}}", "Problem", "description", "A problem (RFC 9457).", "content",
                     content("application/problem+json", reference("schemas/", "Problem")));
}

static void add_frames(json_t *schemas)
{
    const ProtobufCMessageDescriptor *frame = &chatsphere__v1__frame__descriptor;

    for (unsigned i = 0; i < frame->n_fields; i++)
        if (frame->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            pbjson_schema_add(schemas, frame->fields[i].descriptor);
}

json_t *openapi_build(void)
{
    json_t *schemas = json_object();
    json_t *all = paths(schemas);

    add_frames(schemas);
    json_object_set_new(schemas, "Problem", problem_schema());
    return json_pack(
        "{s:s, s:{s:s, s:s, s:s, s:{s:s, s:s}}, s:[{s:s}], s:o, s:{s:o, s:o, s:o, s:o}}", "openapi",
        "3.1.0", "info", "title", "ChatSphere", "version", "1", "description",
        "Bots that answer from documents. Lists take `limit` and `cursor`; errors are "
        "application/problem+json; every answer bears X-Request-Id.",
        "license", "name", "Apache-2.0", "identifier", "Apache-2.0", "servers", "url", "/", "paths",
        all, "components", "schemas", schemas, "responses", shared_responses(), "parameters",
        shared_parameters(), "securitySchemes", security_schemes());
}

void openapi_get(struct request *r)
{
    const struct edge_shared *shared = r->edge->shared;

    http_set_header(r->http, "cache-control", "no-cache");
    answer_body(r, 200, "application/json", shared->openapi, shared->openapi_len);
}

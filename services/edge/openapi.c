/* The document in the order of OpenAPI: parameters, bodies, answers, operations, shared parts. */
#include "edge/openapi.h"

#include "edge/answer.h"
#include "edge/local.h"
#include "edge/openapi_part.h"

#include "pbjson/schema.h"

#include "chatsphere/v1/names.h"

#include <ctype.h>
#include <string.h>

enum { ID_BYTES = 128 };

json_t *openapi_ref(const char *kind, const char *name)
{
    return json_pack("{s:s++++}", "$ref", "#/components/", kind, "/", name, "");
}

json_t *openapi_content(const char *type, json_t *schema, json_t *example)
{
    json_t *media = json_pack("{s:o}", "schema", schema);

    if (example)
        json_object_set_new(media, "example", example);
    return json_pack("{s:o}", type, media);
}

/* ---- operations ---- */

static json_t *route_security(const struct route *r)
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

/* words parted by marks, as one camelCase word: "get_bot" -> "getBot" */
static void add_camel(char id[ID_BYTES], const char *words)
{
    static const char marks[] = "_/.-{}";
    size_t n = strlen(id);
    bool up = n > 0;

    for (; *words && n + 1 < ID_BYTES; words++) {
        if (!strchr(marks, *words))
            id[n++] = up ? (char)toupper((unsigned char)*words) : *words;
        up = n > 0 && strchr(marks, *words);
    }
    id[n] = '\0';
}

/* getBot; for a route without rpc by its path: getStatus */
static json_t *operation_id(const struct route *r)
{
    const char *path = strncmp(r->path, "/api/v1/", 8) == 0 ? r->path + 8
                       : strncmp(r->path, "/api/", 5) == 0  ? r->path + 5
                                                            : r->path;
    char id[ID_BYTES] = "";

    add_camel(id, r->rpc ? r->rpc->method : "get");
    if (!r->rpc)
        add_camel(id, path);
    return json_string(id);
}

static json_t *route_operation(const struct route *r, json_t *schemas, json_t *inputs)
{
    const char *about = r->rpc ? r->rpc->comment : r->about;
    json_t *op = json_pack("{s:o, s:[s]}", "operationId", operation_id(r), "tags", openapi_tag(r));

    /* the first sentence is the summary, without its full stop; the others are the description */
    about = about ? about : "";
    const char *end = strstr(about, ". ");
    size_t n = end ? (size_t)(end - about) : strlen(about);
    if (n > 0 && about[n - 1] == '.')
        n--;
    json_object_set_new(op, "summary", json_stringn(about, n));
    json_object_set_new(op, "description", json_string(end ? end + 2 : about));
    json_object_set_new(op, "security", route_security(r));
    json_object_set_new(op, "parameters", openapi_parameters(r));
    if (openapi_has_body(r)) {
        json_object_set_new(op, "requestBody", openapi_body(r, schemas));
        pbjson_schema_add(inputs, r->rpc->input);
    }
    json_object_set_new(op, "responses", openapi_answers(r, schemas));
    return op;
}

static json_t *route_paths(json_t *schemas, json_t *inputs)
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
        json_object_set_new(item, method, route_operation(r, schemas, inputs));
    }
    return all;
}

/* ---- the rest ---- */

json_t *openapi_build(void)
{
    json_t *schemas = json_object();
    json_auto_t *inputs = json_object();
    json_t *all = route_paths(schemas, inputs);
    const ProtobufCMessageDescriptor *frame = &chatsphere__v1__frame__descriptor;

    for (unsigned i = 0; i < frame->n_fields; i++)
        if (frame->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            pbjson_schema_add(schemas, frame->fields[i].descriptor);
    /* a message that no request holds lists the fields that a response always has */
    for (size_t i = 0; i < cs_n_message_metas; i++) {
        const ProtobufCMessageDescriptor *d = cs_message_metas[i].desc;
        json_t *schema = json_object_get(schemas, d->short_name);
        if (schema && !json_object_get(inputs, d->short_name))
            pbjson_schema_require_present(schema, d);
    }
    json_object_set_new(schemas, "Problem", openapi_problem_schema());
    return json_pack("{s:s, s:o, s:[{s:s, s:s}], s:o, s:o, s:{s:o, s:o, s:o, s:o, s:o}}", "openapi",
                     "3.1.0", "info", openapi_info(), "servers", "url", "/", "description",
                     "The server that serves this document.", "tags", openapi_tags(), "paths", all,
                     "components", "schemas", schemas, "responses", openapi_shared_answers(),
                     "parameters", openapi_shared_parameters(), "headers", openapi_shared_headers(),
                     "securitySchemes", openapi_security_schemes());
}

void openapi_get(struct request *r)
{
    const struct edge_shared *shared = r->edge->shared;

    http_set_header(r->http, "cache-control", "no-cache");
    answer_body(r, 200, "application/json", shared->openapi, shared->openapi_len);
}

/* Parameters and request bodies of the OpenAPI document. */
#include "edge/openapi_part.h"

#include "edge/local.h"

#include "nats/wire.h"
#include "pbjson/example.h"
#include "pbjson/schema.h"

#include <string.h>

enum { NAME_BYTES = 128 };

static bool in_path(const struct route *r, const char *field)
{
    char word[64];

    snprintf(word, sizeof(word), "{%s}", field);
    return strstr(r->path, word) != NULL;
}

/* ---- parameters ---- */

/* `schema` is stolen; its description moves to the parameter */
static json_t *parameter_new(const char *name, const char *where, bool required, json_t *schema,
                             const char *comment)
{
    const char *text = json_string_value(json_object_get(schema, "description"));
    json_t *p = json_pack("{s:s, s:s, s:b, s:s?}", "name", name, "in", where, "required", required,
                          "description", text ? text : comment);

    json_object_del(schema, "description");
    json_object_set_new(p, "schema", schema);
    return p;
}

static void add_path_parameters(json_t *list, const struct route *r)
{
    const struct cs_message_meta *m = r->rpc ? cs_message_meta(r->rpc->input) : NULL;

    for (const char *p = strchr(r->path, '{'); p; p = strchr(p, '{')) {
        char name[64];
        size_t n = strcspn(++p, "}");
        snprintf(name, sizeof(name), "%.*s", (int)n, p);
        const char *comment = NULL;
        for (unsigned i = 0; m && !comment && i < m->desc->n_fields; i++)
            if (strcmp(m->desc->fields[i].name, name) == 0)
                comment = m->fields[i].comment;
        json_t *schema = route_is_id(name)
                             ? json_pack("{s:s, s:s}", "type", "string", "format", "uuid")
                         : r->rpc ? pbjson_schema_field(r->rpc->input, name)
                                  : json_pack("{s:s}", "type", "string");
        json_t *one = parameter_new(name, "path", true, schema, comment);
        json_t *example = r->rpc ? pbjson_example_field(r->rpc->input, name) : NULL;
        if (example)
            json_object_set_new(one, "example", example);
        json_array_append_new(list, one);
    }
}

json_t *openapi_parameters(const struct route *r)
{
    const struct cs_message_meta *m = r->rpc ? cs_message_meta(r->rpc->input) : NULL;
    json_t *list = json_array();

    add_path_parameters(list, r);
    for (unsigned i = 0; m && r->method == HTTP_GET && i < m->desc->n_fields; i++) {
        const char *name = m->desc->fields[i].name;
        if (!m->fields[i].internal && !in_path(r, name))
            json_array_append_new(list, parameter_new(name, "query", m->fields[i].required,
                                                      pbjson_schema_field(m->desc, name), NULL));
    }
    if (r->method == HTTP_POST && !(r->flags & ROUTE_UNKEYED))
        json_array_append_new(list, openapi_ref("parameters", "IdempotencyKey"));
    return list;
}

/* ---- bodies ---- */

bool openapi_has_body(const struct route *r)
{
    return r->rpc && r->method != HTTP_GET && !(r->flags & ROUTE_NO_BODY);
}

/* the message without the fields of the path, as a component of its own */
static json_t *body_schema(const struct route *r, json_t *schemas)
{
    const ProtobufCMessageDescriptor *d = r->rpc->input;
    char name[NAME_BYTES];

    pbjson_schema_add(schemas, d);
    if (!strchr(r->path, '{'))
        return pbjson_schema_ref(d);
    snprintf(name, sizeof(name), "%sBody", d->short_name);
    json_t *copy = json_deep_copy(json_object_get(schemas, d->short_name));
    json_t *required = json_object_get(copy, "required");
    for (unsigned i = 0; i < d->n_fields; i++) {
        if (!in_path(r, d->fields[i].name))
            continue;
        json_object_del(json_object_get(copy, "properties"), d->fields[i].name);
        for (size_t k = json_array_size(required); k-- > 0;)
            if (strcmp(json_string_value(json_array_get(required, k)), d->fields[i].name) == 0)
                json_array_remove(required, k);
    }
    if (required && json_array_size(required) == 0)
        json_object_del(copy, "required");
    json_object_del(schemas, d->short_name);
    json_object_set_new(schemas, name, copy);
    return openapi_ref("schemas", name);
}

/* A request without a body is one of {}. */
static bool body_required(const struct route *r)
{
    const struct cs_message_meta *m = cs_message_meta(r->rpc->input);

    for (unsigned i = 0; i < m->desc->n_fields; i++) {
        const struct cs_field_meta *f = &m->fields[i];
        bool list = m->desc->fields[i].label == PROTOBUF_C_LABEL_REPEATED && f->min_len > 0;
        if (!f->internal && (f->required || list) && !in_path(r, m->desc->fields[i].name))
            return true;
    }
    return false;
}

static json_t *form_schema(void)
{
    static const char text[] =
        "{\"type\":\"object\",\"description\":\"A form with one or more files.\",\"properties\":{"
        "\"file\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":20,"
        "\"items\":{\"type\":\"string\",\"contentMediaType\":\"application/octet-stream\"},"
        "\"description\":\"The files, 1 to 20 of at most " CS_MAX_FILE_TEXT " each.\"},"
        "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255,"
        "\"description\":\"Name of the document instead of the file's own, for a single file.\"}},"
        "\"required\":[\"file\"]}";

    return json_loads(text, 0, NULL);
}

/* the bytes themselves */
static json_t *part_body(void)
{
    json_t *schema = json_pack("{s:s, s:s}", "description", "The bytes of the part, 1 to 524,288.",
                               "contentMediaType", "application/octet-stream");

    return json_pack("{s:b, s:o}", "required", true, "content",
                     openapi_content("application/octet-stream", schema,
                                     json_string("# Opening hours\n\nWe open at nine.")));
}

json_t *openapi_body(const struct route *r, json_t *schemas)
{
    if (r->flags & ROUTE_PART)
        return part_body();
    const ProtobufCMessageDescriptor *d = r->rpc->input;
    json_t *example = pbjson_example(d, PBJSON_REQUEST);

    for (unsigned i = 0; i < d->n_fields; i++)
        if (in_path(r, d->fields[i].name))
            json_object_del(example, d->fields[i].name);
    json_t *types = openapi_content("application/json", body_schema(r, schemas), example);
    if (r->flags & ROUTE_UPLOAD)
        json_object_update_new(
            types,
            openapi_content("multipart/form-data", form_schema(),
                            json_pack("{s:[s]}", "file", "# Opening hours\n\nWe open at nine.")));
    const bool required = (r->flags & ROUTE_UPLOAD) || body_required(r);
    return json_pack("{s:b, s:o}", "required", required, "content", types);
}

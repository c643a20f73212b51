/* A JSON Schema for each message, enum and field that the API shows. */
#include "pbjson/schema.h"

#include "pbjson/field.h"

#include <string.h>

static json_t *schema_of_type(const char *type)
{
    return json_pack("{s:s}", "type", type);
}

static json_t *schema_of_format(const char *type, const char *format)
{
    return json_pack("{s:s, s:s}", "type", type, "format", format);
}

static json_t *enum_schema(const ProtobufCEnumDescriptor *d)
{
    json_t *words = json_array();
    char word[PBJSON_WORD_SIZE];

    for (unsigned i = 0; i < d->n_values; i++)
        if (pbjson_enum_word(d, d->values[i].value, word))
            json_array_append_new(words, json_string(word));
    return json_pack("{s:s, s:o}", "type", "string", "enum", words);
}

static json_t *string_schema(const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta)
{
    const size_t len = strlen(f->name);
    /* Every id of the platform is a UUID, and is named so. */
    const bool id =
        strcmp(f->name, "id") == 0 || (len > 3 && strcmp(f->name + len - 3, "_id") == 0);
    json_t *schema = meta->uuid || id                ? schema_of_format("string", "uuid")
                     : meta->secret                  ? schema_of_format("string", "password")
                     : strcmp(f->name, "email") == 0 ? schema_of_format("string", "email")
                                                     : schema_of_type("string");
    json_t *words = NULL;
    const char *choice = meta->choice, *word;
    size_t n;

    if (meta->not_blank) /* takes more than the server does: characters without width */
        json_object_set_new(schema, "pattern", json_string("\\S"));
    if (meta->pattern)
        json_object_set_new(schema, "pattern", json_string(meta->pattern));
    if (choice)
        json_object_set_new(schema, "enum", words = json_array());
    while (choice && (word = pbjson_choice_next(&choice, &n)))
        json_array_append_new(words, json_stringn(word, n));
    return schema;
}

static void add_lengths(json_t *schema, const struct cs_field_meta *meta, const char *min,
                        const char *max)
{
    if (meta->min_len)
        json_object_set_new(schema, min, json_integer(meta->min_len));
    if (meta->max_len)
        json_object_set_new(schema, max, json_integer(meta->max_len));
}

static json_t *range_bound(const ProtobufCFieldDescriptor *f, double n)
{
    const bool real = f->type == PROTOBUF_C_TYPE_DOUBLE || f->type == PROTOBUF_C_TYPE_FLOAT;
    return real ? json_real(n) : json_integer((json_int_t)n);
}

/* One value, or one element of a list. */
static json_t *value_schema(const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING: return string_schema(f, meta);
    case PROTOBUF_C_TYPE_BYTES:
        return json_pack("{s:s, s:s}", "type", "string", "contentEncoding", "base64url");
    case PROTOBUF_C_TYPE_BOOL: return schema_of_type("boolean");
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_FLOAT: return schema_of_type("number");
    case PROTOBUF_C_TYPE_ENUM: return enum_schema(f->descriptor);
    case PROTOBUF_C_TYPE_MESSAGE:
        return pbjson_is_json(f) ? json_object() : pbjson_schema_ref(f->descriptor);
    default:
        if (meta->time)
            return schema_of_format("string", "date-time");
        return schema_of_format("integer", pbjson_width(f) == 8 ? "int64" : "int32");
    }
}

static json_t *map_schema(const ProtobufCFieldDescriptor *f)
{
    const ProtobufCMessageDescriptor *d = f->descriptor;
    const ProtobufCFieldDescriptor *value = &d->fields[1];

    return json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
                     value_schema(value, pbjson_meta(cs_message_meta(d), d, value)));
}

/* The same schema (stolen) that also takes null. */
static json_t *or_null(json_t *schema)
{
    json_t *type = json_object_get(schema, "type");

    if (!type)
        return json_object_size(schema) == 0
                   ? schema
                   : json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
    json_object_set_new(schema, "type", json_pack("[O, s]", type, "null"));
    if (json_object_get(schema, "enum"))
        json_array_append_new(json_object_get(schema, "enum"), json_null());
    return schema;
}

/* The comment of the field with the limits that have no word in JSON Schema, and for an enum a list of
 * its words with theirs. */
static json_t *field_description(const ProtobufCFieldDescriptor *f,
                                 const struct cs_field_meta *meta)
{
    const struct cs_enum_meta *e =
        f->type == PROTOBUF_C_TYPE_ENUM ? cs_enum_meta(f->descriptor) : NULL;
    const ProtobufCMessageDescriptor *d = f->descriptor;
    unsigned max_bytes = pbjson_is_json(f)
                             ? pbjson_meta(cs_message_meta(d), d, d->fields)->max_bytes
                             : meta->max_bytes;
    CS_BUF_AUTO struct cs_buf b = {0};
    char word[PBJSON_WORD_SIZE];

    cs_buf_adds(&b, meta->comment);
    if (meta->not_blank)
        cs_buf_adds(&b, " Must not be blank.");
    if (max_bytes)
        cs_buf_addf(&b, " At most %u bytes%s.", max_bytes,
                    pbjson_is_json(f) ? " as compact JSON" : " of UTF-8");
    for (size_t i = 0; e && i < e->n_values; i++)
        if (pbjson_enum_word(e->desc, e->values[i].value, word))
            cs_buf_addf(&b, "\n%s* `%s`: %s", strchr(b.data, '*') ? "" : "\n", word,
                        e->values[i].comment);
    return json_stringn(b.data, b.len);
}

static json_t *field_schema(const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta,
                            bool nullable)
{
    const bool repeated = f->label == PROTOBUF_C_LABEL_REPEATED;
    json_t *schema = repeated && meta->map ? map_schema(f) : value_schema(f, meta);

    if (repeated && !meta->map) {
        schema = json_pack("{s:s, s:o}", "type", "array", "items", schema);
        add_lengths(schema, meta, "minItems", "maxItems");
    }
    if (!repeated && (f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_BYTES))
        add_lengths(schema, meta, "minLength", "maxLength");
    if (meta->has_min)
        json_object_set_new(schema, "minimum", range_bound(f, meta->min));
    if (meta->has_max)
        json_object_set_new(schema, "maximum", range_bound(f, meta->max));
    if (f->default_value && f->type == PROTOBUF_C_TYPE_INT32)
        json_object_set_new(schema, "default", json_integer(*(const int32_t *)f->default_value));
    if (nullable)
        schema = or_null(schema);
    if (meta->comment && *meta->comment)
        json_object_set_new(schema, "description", field_description(f, meta));
    return schema;
}

json_t *pbjson_schema_ref(const ProtobufCMessageDescriptor *desc)
{
    return json_pack("{s:s+}", "$ref", "#/components/schemas/", desc->short_name);
}

json_t *pbjson_schema_field(const ProtobufCMessageDescriptor *desc, const char *field)
{
    const struct cs_message_meta *m = cs_message_meta(desc);
    const ProtobufCFieldDescriptor *f = pbjson_public_field(m, desc, field);

    return f ? field_schema(f, pbjson_meta(m, desc, f), false) : json_object();
}

/* What a field refers to; the entries of a map are no schema, only what they hold. */
static void add_used(json_t *schemas, const ProtobufCFieldDescriptor *f,
                     const struct cs_field_meta *meta)
{
    const ProtobufCMessageDescriptor *d = f->descriptor;

    if (meta->map)
        f = &d->fields[1];
    if (f->type == PROTOBUF_C_TYPE_MESSAGE && !pbjson_is_json(f))
        pbjson_schema_add(schemas, f->descriptor);
}

void pbjson_schema_add(json_t *schemas, const ProtobufCMessageDescriptor *desc)
{
    const struct cs_message_meta *m = cs_message_meta(desc);
    const bool clears = pbjson_clear_field(desc);
    json_t *schema, *properties, *required;

    if (json_object_get(schemas, desc->short_name))
        return;
    schema = schema_of_type("object");
    json_object_set_new(schemas, desc->short_name, schema);
    if (m && m->comment && *m->comment)
        json_object_set_new(schema, "description", json_string(m->comment));
    json_object_set_new(schema, "properties", properties = json_object());
    required = json_array();
    for (unsigned i = 0; i < desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &desc->fields[i];
        const struct cs_field_meta *meta = pbjson_meta(m, desc, f);

        if (meta->internal)
            continue;
        json_object_set_new(properties, f->name,
                            field_schema(f, meta, meta->nullable || (clears && !meta->required)));
        if (meta->required)
            json_array_append_new(required, json_string(f->name));
        add_used(schemas, f, meta);
    }
    if (json_array_size(required))
        json_object_set(schema, "required", required);
    json_decref(required);
}

void pbjson_schema_require_present(json_t *schema, const ProtobufCMessageDescriptor *desc)
{
    const struct cs_message_meta *m = cs_message_meta(desc);
    json_t *required = json_array();

    for (unsigned i = 0; i < desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &desc->fields[i];
        const struct cs_field_meta *meta = pbjson_meta(m, desc, f);
        if (!meta->internal &&
            (meta->always || meta->nullable || f->label == PROTOBUF_C_LABEL_REPEATED))
            json_array_append_new(required, json_string(f->name));
    }
    if (json_array_size(required))
        json_object_set(schema, "required", required);
    json_decref(required);
}

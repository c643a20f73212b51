/* Examples, composed of those of the fields. */
#include "pbjson/example.h"

#include "pbjson/field.h"

#include <ctype.h>
#include <string.h>

static const char example_time[] = "2026-01-31T12:00:00.000Z";

/* "bot" for bot_id and for the id of a Bot; "" for a field that is no id */
static void id_noun(const ProtobufCMessageDescriptor *desc, const ProtobufCFieldDescriptor *f,
                    char out[64])
{
    size_t n = strlen(f->name);

    out[0] = '\0';
    if (f->type != PROTOBUF_C_TYPE_STRING)
        return;
    if (n > 3 && n < 64 && strcmp(f->name + n - 3, "_id") == 0)
        snprintf(out, 64, "%.*s", (int)n - 3, f->name);
    else if (strcmp(f->name, "id") == 0)
        snprintf(out, 64, "%s", desc->short_name);
    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
}

static json_t *written_example(const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta)
{
    const bool text =
        f->label != PROTOBUF_C_LABEL_REPEATED &&
        (f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_ENUM || meta->time);

    return text ? json_string(meta->example) : json_loads(meta->example, JSON_DECODE_ANY, NULL);
}

/* an example that follows from the field's name and type */
static json_t *implied_example(const ProtobufCMessageDescriptor *desc,
                               const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta)
{
    const ProtobufCEnumDescriptor *d = f->type == PROTOBUF_C_TYPE_ENUM ? f->descriptor : NULL;
    unsigned long long hash = 14695981039346656037ULL;
    char noun[64], word[PBJSON_WORD_SIZE];

    id_noun(desc, f, noun);
    for (const char *c = noun; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211ULL;
    if (*noun) /* the same UUID wherever the same noun is named */
        return json_sprintf("01a1fbfc-8388-7d6a-b8cf-%012llx", hash & 0xffffffffffffULL);
    if (meta->time)
        return json_string(example_time);
    for (unsigned i = 0; d && i < d->n_values; i++)
        if (pbjson_enum_word(d, d->values[i].value, word))
            return json_string(word);
    return NULL;
}

/* NULL: the field is left out */
static json_t *field_example(const ProtobufCMessageDescriptor *desc,
                             const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta,
                             enum pbjson_use use)
{
    const bool repeated = f->label == PROTOBUF_C_LABEL_REPEATED;
    const bool needed = use == PBJSON_REQUEST ? meta->required : meta->always;
    json_t *v = NULL;

    if (meta->example)
        return written_example(f, meta);
    if (f->type == PROTOBUF_C_TYPE_MESSAGE && !meta->map && !pbjson_is_json(f))
        v = pbjson_example(f->descriptor, use);
    if (v && json_object_size(v) == 0 && !needed) {
        json_decref(v);
        v = NULL;
    }
    if (repeated && (v || use == PBJSON_RESPONSE))
        return v ? json_pack("[o]", v) : meta->map ? json_object() : json_array();
    if (!v && needed)
        v = implied_example(desc, f, meta);
    return v || !meta->nullable || use == PBJSON_REQUEST ? v : json_null();
}

json_t *pbjson_example(const ProtobufCMessageDescriptor *desc, enum pbjson_use use)
{
    const struct cs_message_meta *m = cs_message_meta(desc);
    json_t *object = json_object();

    for (unsigned i = 0; i < desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &desc->fields[i];
        const struct cs_field_meta *meta = pbjson_meta(m, desc, f);
        json_t *v = meta->internal ? NULL : field_example(desc, f, meta, use);
        if (v)
            json_object_set_new(object, f->name, v);
    }
    return object;
}

json_t *pbjson_example_field(const ProtobufCMessageDescriptor *desc, const char *field)
{
    const struct cs_message_meta *m = cs_message_meta(desc);
    const ProtobufCFieldDescriptor *f = pbjson_public_field(m, desc, field);
    const struct cs_field_meta *meta = f ? pbjson_meta(m, desc, f) : NULL;

    if (!f)
        return NULL;
    return meta->example ? written_example(f, meta) : implied_example(desc, f, meta);
}

/* Presence, width and numeric value of a field, whatever its type. */
#include "pbjson/field.h"

#include "chatsphere/v1/names.h"

#include <string.h>

const struct cs_field_meta *pbjson_meta(const struct cs_message_meta *m,
                                        const ProtobufCMessageDescriptor *desc,
                                        const ProtobufCFieldDescriptor *f)
{
    static const struct cs_field_meta none = {0};
    return m ? &m->fields[f - desc->fields] : &none;
}

const char *pbjson_choice_next(const char **at, size_t *ret_n)
{
    const char *word = *at + strspn(*at, ", ");

    *ret_n = strcspn(word, ",");
    *at = word + *ret_n;
    return *word ? word : NULL;
}

bool pbjson_is_json(const ProtobufCFieldDescriptor *f)
{
    return f->type == PROTOBUF_C_TYPE_MESSAGE && f->descriptor == &chatsphere__v1__json__descriptor;
}

const ProtobufCFieldDescriptor *pbjson_public_field(const struct cs_message_meta *m,
                                                    const ProtobufCMessageDescriptor *desc,
                                                    const char *name)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(desc, name);
    return f && !pbjson_meta(m, desc, f)->internal ? f : NULL;
}

const ProtobufCFieldDescriptor *pbjson_clear_field(const ProtobufCMessageDescriptor *desc)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(desc, "clear");
    return f && f->label == PROTOBUF_C_LABEL_REPEATED && f->type == PROTOBUF_C_TYPE_STRING ? f
                                                                                           : NULL;
}

bool pbjson_present(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f)
{
    if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *PBJSON_AT(msg, f->quantifier_offset, uint32_t) == f->id;
    if (f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE)
        return *PBJSON_AT(msg, f->offset, void *) != NULL;
    return f->label != PROTOBUF_C_LABEL_OPTIONAL ||
           *PBJSON_AT(msg, f->quantifier_offset, protobuf_c_boolean);
}

void pbjson_mark(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f)
{
    if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        *PBJSON_AT(msg, f->quantifier_offset, uint32_t) = f->id;
    else if (f->label == PROTOBUF_C_LABEL_OPTIONAL && f->type != PROTOBUF_C_TYPE_STRING &&
             f->type != PROTOBUF_C_TYPE_MESSAGE)
        *PBJSON_AT(msg, f->quantifier_offset, protobuf_c_boolean) = 1;
}

size_t pbjson_width(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE: return 8;
    case PROTOBUF_C_TYPE_BOOL: return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE: return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES: return sizeof(ProtobufCBinaryData);
    default: return 4;
    }
}

int64_t pbjson_get_int(const ProtobufCFieldDescriptor *f, const void *at)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32: return *(const uint32_t *)at;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64: return *(const int64_t *)at;
    default: return *(const int32_t *)at;
    }
}

double pbjson_get_real(const ProtobufCFieldDescriptor *f, const void *at)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_DOUBLE: return *(const double *)at;
    case PROTOBUF_C_TYPE_FLOAT: return (double)*(const float *)at;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64: return (double)*(const uint64_t *)at;
    default: return (double)pbjson_get_int(f, at);
    }
}

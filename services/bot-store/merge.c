#include "bot-store/merge.h"

#include "pbjson/pbjson.h"

#include <string.h>

#define AT(msg_, offset_, T_) ((T_ *)(void *)((char *)(msg_) + (offset_)))
#define CONST_AT(msg_, offset_, T_) ((T_ const *)(const void *)((const char *)(msg_) + (offset_)))

static size_t width(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE: return 8;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE: return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES: return sizeof(ProtobufCBinaryData);
    default: return 4;
    }
}

static bool is_pointer(const ProtobufCFieldDescriptor *f)
{
    return f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE;
}

static void merge_list(ProtobufCMessage *dst, const ProtobufCMessage *src,
                       const ProtobufCFieldDescriptor *f)
{
    size_t n = *CONST_AT(src, f->quantifier_offset, size_t);

    if (n == 0 || strcmp(f->name, "clear") == 0)
        return;
    *AT(dst, f->quantifier_offset, size_t) = n;
    *AT(dst, f->offset, void *) = *CONST_AT(src, f->offset, void *);
}

static void merge_message(struct cs_arena *a, ProtobufCMessage *dst, const ProtobufCMessage *src,
                          const ProtobufCFieldDescriptor *f)
{
    const ProtobufCMessage *over = *CONST_AT(src, f->offset, ProtobufCMessage *);
    const ProtobufCMessage *under = *CONST_AT(dst, f->offset, ProtobufCMessage *);
    ProtobufCMessage *both;

    if (!over)
        return;
    both = pbjson_new(a, f->descriptor);
    if (under)
        merge(a, both, under);
    merge(a, both, over);
    *AT(dst, f->offset, ProtobufCMessage *) = both;
}

static void merge_value(ProtobufCMessage *dst, const ProtobufCMessage *src,
                        const ProtobufCFieldDescriptor *f)
{
    if (is_pointer(f)) {
        if (*CONST_AT(src, f->offset, void *))
            *AT(dst, f->offset, void *) = *CONST_AT(src, f->offset, void *);
    } else if (*CONST_AT(src, f->quantifier_offset, protobuf_c_boolean)) {
        *AT(dst, f->quantifier_offset, protobuf_c_boolean) = true;
        memcpy(AT(dst, f->offset, char), CONST_AT(src, f->offset, char), width(f));
    }
}

void merge_clear(ProtobufCMessage *msg, const char *field)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(msg->descriptor, field);

    if (!f)
        return;
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        *AT(msg, f->quantifier_offset, size_t) = 0;
    else if (is_pointer(f))
        *AT(msg, f->offset, void *) = NULL;
    else
        *AT(msg, f->quantifier_offset, protobuf_c_boolean) = false;
}

static void take_cleared(ProtobufCMessage *dst, const ProtobufCMessage *src)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(src->descriptor, "clear");

    if (!f)
        return;
    for (size_t i = 0; i < *CONST_AT(src, f->quantifier_offset, size_t); i++)
        merge_clear(dst, (*CONST_AT(src, f->offset, char **))[i]);
}

void merge(struct cs_arena *a, ProtobufCMessage *dst, const ProtobufCMessage *src)
{
    for (unsigned i = 0; i < src->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &src->descriptor->fields[i];

        if (f->label == PROTOBUF_C_LABEL_REPEATED)
            merge_list(dst, src, f);
        else if (f->type == PROTOBUF_C_TYPE_MESSAGE)
            merge_message(a, dst, src, f);
        else
            merge_value(dst, src, f);
    }
    take_cleared(dst, src);
}

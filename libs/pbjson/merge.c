/* Field by field, into messages, and over lists as a whole. */
#include "pbjson/merge.h"

#include "pbjson/field.h"

#include <string.h>

static bool is_pointer(const ProtobufCFieldDescriptor *f)
{
    return f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE;
}

static void merge_message(struct cs_arena *a, ProtobufCMessage *dst, const ProtobufCMessage *src,
                          const ProtobufCFieldDescriptor *f)
{
    const ProtobufCMessage *over = *PBJSON_AT(src, f->offset, ProtobufCMessage *);
    const ProtobufCMessage *under = *PBJSON_AT(dst, f->offset, ProtobufCMessage *);
    ProtobufCMessage *both;

    if (!over)
        return;
    both = pbjson_new(a, f->descriptor);
    if (under)
        pbjson_merge(a, both, under);
    pbjson_merge(a, both, over);
    *PBJSON_AT(dst, f->offset, ProtobufCMessage *) = both;
}

static void merge_value(ProtobufCMessage *dst, const ProtobufCMessage *src,
                        const ProtobufCFieldDescriptor *f)
{
    if (is_pointer(f)) {
        if (*PBJSON_AT(src, f->offset, void *))
            *PBJSON_AT(dst, f->offset, void *) = *PBJSON_AT(src, f->offset, void *);
    } else if (*PBJSON_AT(src, f->quantifier_offset, protobuf_c_boolean)) {
        *PBJSON_AT(dst, f->quantifier_offset, protobuf_c_boolean) = true;
        memcpy(PBJSON_AT(dst, f->offset, char), PBJSON_AT(src, f->offset, char), pbjson_width(f));
    }
}

void pbjson_merge_clear(ProtobufCMessage *msg, const char *field)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(msg->descriptor, field);

    if (!f)
        return;
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        *PBJSON_AT(msg, f->quantifier_offset, size_t) = 0;
    else if (is_pointer(f))
        *PBJSON_AT(msg, f->offset, void *) = NULL;
    else
        *PBJSON_AT(msg, f->quantifier_offset, protobuf_c_boolean) = false;
}

void pbjson_merge(struct cs_arena *a, ProtobufCMessage *dst, const ProtobufCMessage *src)
{
    const ProtobufCFieldDescriptor *clear =
        protobuf_c_message_descriptor_get_field_by_name(src->descriptor, "clear");

    for (unsigned i = 0; i < src->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &src->descriptor->fields[i];

        if (f->label != PROTOBUF_C_LABEL_REPEATED && f->type == PROTOBUF_C_TYPE_MESSAGE) {
            merge_message(a, dst, src, f);
        } else if (f->label != PROTOBUF_C_LABEL_REPEATED) {
            merge_value(dst, src, f);
        } else if (f != clear && *PBJSON_AT(src, f->quantifier_offset, size_t) > 0) {
            *PBJSON_AT(dst, f->quantifier_offset, size_t) =
                *PBJSON_AT(src, f->quantifier_offset, size_t);
            *PBJSON_AT(dst, f->offset, void *) = *PBJSON_AT(src, f->offset, void *);
        }
    }
    for (size_t i = 0; clear && i < *PBJSON_AT(src, clear->quantifier_offset, size_t); i++)
        pbjson_merge_clear(dst, (*PBJSON_AT(src, clear->offset, char **))[i]);
}

/* A copy of the message that shares everything with it but the way to a secret field. */
#include "pbjson/redact.h"

#include "pbjson/field.h"

#include <string.h>

static void field_clear(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f)
{
    if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        if (pbjson_present(msg, f))
            *PBJSON_AT(msg, f->quantifier_offset, uint32_t) = 0;
    } else if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        *PBJSON_AT(msg, f->quantifier_offset, size_t) = 0;
    } else if (f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE) {
        *PBJSON_AT(msg, f->offset, void *) = NULL;
    } else {
        *PBJSON_AT(msg, f->quantifier_offset, protobuf_c_boolean) = 0;
    }
}

ProtobufCMessage *pbjson_redact(struct cs_arena *a, const ProtobufCMessage *msg)
{
    const ProtobufCMessageDescriptor *d = msg->descriptor;
    const struct cs_message_meta *meta = cs_message_meta(d);
    ProtobufCMessage *copy = cs_memdup(a, msg, d->sizeof_message);

    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        if (pbjson_meta(meta, d, f)->secret) {
            field_clear(copy, f);
        } else if (f->type == PROTOBUF_C_TYPE_MESSAGE && f->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t n = *PBJSON_AT(copy, f->quantifier_offset, size_t);
            ProtobufCMessage **from = *PBJSON_AT(copy, f->offset, ProtobufCMessage **);
            ProtobufCMessage **to = CS_NEW(a, ProtobufCMessage *, n);
            for (size_t k = 0; k < n; k++)
                to[k] = pbjson_redact(a, from[k]);
            *PBJSON_AT(copy, f->offset, ProtobufCMessage **) = to;
        } else if (f->type == PROTOBUF_C_TYPE_MESSAGE && pbjson_present(copy, f)) {
            *PBJSON_AT(copy, f->offset, ProtobufCMessage *) =
                pbjson_redact(a, *PBJSON_AT(copy, f->offset, ProtobufCMessage *));
        }
    }
    return copy;
}

/* Two messages compared field by field, as they would be packed. */
#include "pbjson/changed.h"

#include "pbjson/field.h"
#include "pbjson/pbjson.h"

#include <string.h>

struct changes {
    struct cs_arena *arena;
    char **names;
    size_t n;
};

/* the bytes of a message that has this field alone */
static void *field_pack(struct cs_arena *a, const ProtobufCMessage *msg,
                        const ProtobufCFieldDescriptor *f, size_t *ret_len)
{
    const bool pointer = f->label == PROTOBUF_C_LABEL_REPEATED ||
                         f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE;
    const size_t width = pointer                            ? sizeof(void *)
                         : f->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData)
                                                            : pbjson_width(f);
    ProtobufCMessage *alone = pbjson_new(a, msg->descriptor);

    memcpy(PBJSON_AT(alone, f->offset, char), PBJSON_AT(msg, f->offset, char), width);
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        *PBJSON_AT(alone, f->quantifier_offset, size_t) =
            *PBJSON_AT(msg, f->quantifier_offset, size_t);
    else if (f->quantifier_offset)
        *PBJSON_AT(alone, f->quantifier_offset, protobuf_c_boolean) =
            *PBJSON_AT(msg, f->quantifier_offset, protobuf_c_boolean);
    return pbjson_pack(a, alone, ret_len);
}

static const ProtobufCMessage *sub_message(const ProtobufCMessage *msg,
                                           const ProtobufCFieldDescriptor *f)
{
    bool is_one = f->type == PROTOBUF_C_TYPE_MESSAGE && f->label != PROTOBUF_C_LABEL_REPEATED &&
                  !pbjson_is_json(f);

    return is_one ? *PBJSON_AT(msg, f->offset, ProtobufCMessage *) : NULL;
}

static void changes_add(struct changes *c, const char *under, const ProtobufCMessage *before,
                        const ProtobufCMessage *after)
{
    for (unsigned i = 0; i < before->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &before->descriptor->fields[i];
        const ProtobufCMessage *was = sub_message(before, f), *is = sub_message(after, f);
        size_t n_was, n_is;
        const void *packed = field_pack(c->arena, before, f, &n_was),
                   *packed_now = field_pack(c->arena, after, f, &n_is);

        if (n_was == n_is && (n_was == 0 || memcmp(packed, packed_now, n_was) == 0))
            continue;
        if (!under && was && is) {
            changes_add(c, f->name, was, is);
            continue;
        }
        char **names = CS_NEW(c->arena, char *, c->n + 1);
        if (c->n > 0)
            memcpy(names, c->names, c->n * sizeof(*names));
        names[c->n++] =
            cs_printf(c->arena, "%s%s%s", under ? under : "", under ? "." : "", f->name);
        c->names = names;
    }
}

char **pbjson_changed(struct cs_arena *a, const ProtobufCMessage *before,
                      const ProtobufCMessage *after, size_t *ret_n)
{
    struct changes c = {.arena = a};

    changes_add(&c, NULL, before, after);
    *ret_n = c.n;
    return c.names;
}

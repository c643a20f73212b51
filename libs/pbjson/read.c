/* JSON -> message. */
#include "pbjson/field.h"

#include "chatsphere/v1/names.h"

#include <string.h>

/* what stays the same through one pbjson_read() */
struct reader {
    struct cs_arena *a;
    struct pbjson_errors *errors;
};

static void read_object(struct reader *r, const struct pbjson_path *path, json_t *object,
                        ProtobufCMessage *msg, const struct cs_message_meta *meta);

static void read_json(struct reader *r, const struct pbjson_path *path,
                      const ProtobufCFieldDescriptor *f, json_t *v, void *at)
{
    const ProtobufCMessageDescriptor *d = f->descriptor;
    unsigned max = pbjson_meta(cs_message_meta(d), d, &d->fields[0])->max_bytes;
    CS_BUF_AUTO struct cs_buf b = {0};
    Json *json = Json_new(r->a);

    pbjson_put_json(&b, v);
    json->text = cs_memdup(r->a, b.data, b.len + 1);
    *(Json **)at = json;
    if (max && b.len > max)
        pbjson_fail(r->a, r->errors, path, "The value must have at most %u bytes.", max);
}

static void read_value(struct reader *r, const struct pbjson_path *path,
                       const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta,
                       json_t *v, void *at)
{
    if (r->a->exceeded)
        return;
    if (pbjson_is_json(f)) {
        read_json(r, path, f, v, at);
    } else if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
        ProtobufCMessage *sub = pbjson_new(r->a, f->descriptor);
        read_object(r, path, v, sub, cs_message_meta(f->descriptor));
        *(ProtobufCMessage **)at = sub;
    } else {
        const char *wrong = pbjson_scalar_read(r->a, f, meta, v, at);
        if (wrong)
            pbjson_fail(r->a, r->errors, path, "%s", wrong);
    }
}

static void read_list(struct reader *r, const struct pbjson_path *path,
                      const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta,
                      json_t *v, ProtobufCMessage *msg)
{
    size_t n = json_array_size(v), width = pbjson_width(f);
    char *values;

    if (!json_is_array(v)) {
        pbjson_fail(r->a, r->errors, path, "The value must be a list.");
        return;
    }
    values = cs_alloc(r->a, n * width);
    for (size_t i = 0; i < n && !r->a->exceeded; i++) {
        struct pbjson_path at = {.up = path, .index = i};
        read_value(r, &at, f, meta, json_array_get(v, i), values + i * width);
    }
    *PBJSON_AT(msg, f->quantifier_offset, size_t) = n;
    *PBJSON_AT(msg, f->offset, char *) = values;
}

/* Entries of a map are messages of key (field 1) and value (field 2). */
static void read_entry(struct reader *r, const struct pbjson_path *path, const char *key, json_t *v,
                       ProtobufCMessage *entry)
{
    const ProtobufCFieldDescriptor *key_f = &entry->descriptor->fields[0];
    const ProtobufCFieldDescriptor *value_f = &entry->descriptor->fields[1];
    const struct cs_message_meta *m = cs_message_meta(entry->descriptor);
    const char *wrong = pbjson_scalar_parse(r->a, key_f, pbjson_meta(m, entry->descriptor, key_f),
                                            key, PBJSON_AT(entry, key_f->offset, void));

    if (wrong)
        pbjson_fail(r->a, r->errors, path, "%s", wrong);
    read_value(r, path, value_f, pbjson_meta(m, entry->descriptor, value_f), v,
               PBJSON_AT(entry, value_f->offset, void));
    pbjson_mark(entry, key_f);
    pbjson_mark(entry, value_f);
}

static void read_map(struct reader *r, const struct pbjson_path *path,
                     const ProtobufCFieldDescriptor *f, json_t *v, ProtobufCMessage *msg)
{
    ProtobufCMessage **entries;
    const char *key;
    json_t *value;
    size_t n = 0;

    if (!json_is_object(v)) {
        pbjson_fail(r->a, r->errors, path, "The value must be an object.");
        return;
    }
    entries = CS_NEW(r->a, ProtobufCMessage *, json_object_size(v));
    json_object_foreach(v, key, value) {
        struct pbjson_path at = {.up = path, .name = key};
        if (r->a->exceeded)
            return;
        entries[n] = pbjson_new(r->a, f->descriptor);
        read_entry(r, &at, key, value, entries[n++]);
    }
    *PBJSON_AT(msg, f->quantifier_offset, size_t) = n;
    *PBJSON_AT(msg, f->offset, ProtobufCMessage **) = entries;
}

/* A new list each time: nobody knows whether there is room behind the one that stands there. */
static void append_string(struct cs_arena *a, ProtobufCMessage *msg,
                          const ProtobufCFieldDescriptor *f, const char *text)
{
    size_t *n = PBJSON_AT(msg, f->quantifier_offset, size_t);
    char ***list = PBJSON_AT(msg, f->offset, char **);
    char **longer = CS_NEW(a, char *, *n + 1);

    if (*n)
        memcpy(longer, *list, *n * sizeof(*longer));
    longer[(*n)++] = cs_strdup(a, text);
    *list = longer;
}

static void read_single(struct reader *r, const struct pbjson_path *path,
                        const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta,
                        json_t *v, ProtobufCMessage *msg)
{
    const bool oneof = f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
    const uint32_t other = oneof ? *PBJSON_AT(msg, f->quantifier_offset, uint32_t) : 0;

    if (other) {
        pbjson_fail(r->a, r->errors, path, "The field must not be given together with %s.",
                    protobuf_c_message_descriptor_get_field(msg->descriptor, other)->name);
        return;
    }
    read_value(r, path, f, meta, v, PBJSON_AT(msg, f->offset, void));
    pbjson_mark(msg, f);
}

static void read_field(struct reader *r, const struct pbjson_path *path,
                       const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta,
                       json_t *v, ProtobufCMessage *msg)
{
    const bool repeated = f->label == PROTOBUF_C_LABEL_REPEATED;
    const json_type kind = meta->map ? JSON_OBJECT : JSON_ARRAY;
    const bool empty =
        repeated && json_typeof(v) == kind && !json_array_size(v) && !json_object_size(v);

    if (json_is_null(v) || empty) {
        /* in a message that can say so, the field is noted as cleared */
        const ProtobufCFieldDescriptor *clear = pbjson_clear_field(msg->descriptor);
        if (clear)
            append_string(r->a, msg, clear, f->name);
    } else if (repeated && meta->map) {
        read_map(r, path, f, v, msg);
    } else if (repeated) {
        read_list(r, path, f, meta, v, msg);
    } else {
        read_single(r, path, f, meta, v, msg);
    }
}

/* `what`: a sentence without its full stop */
static void refuse_unknown(struct reader *r, const struct pbjson_path *path,
                           const struct cs_message_meta *meta,
                           const ProtobufCMessageDescriptor *desc, const char *what)
{
    if (r->errors->n == PBJSON_MAX_ERRORS)
        return; /* a suggestion costs time, and there may be a hundred thousand unknown fields */
    const char *like = pbjson_suggest(meta, desc, path->name);
    if (like)
        pbjson_fail(r->a, r->errors, path, "%s. Did you mean \"%s\"?", what, like);
    else
        pbjson_fail(r->a, r->errors, path, "%s.", what);
}

static void read_object(struct reader *r, const struct pbjson_path *path, json_t *object,
                        ProtobufCMessage *msg, const struct cs_message_meta *meta)
{
    const char *key;
    json_t *v;

    if (!json_is_object(object)) {
        pbjson_fail(r->a, r->errors, path, "The value must be an object.");
        return;
    }
    json_object_foreach(object, key, v) {
        struct pbjson_path at = {.up = path, .name = key};
        const ProtobufCFieldDescriptor *f = pbjson_public_field(meta, msg->descriptor, key);
        if (f)
            read_field(r, &at, f, pbjson_meta(meta, msg->descriptor, f), v, msg);
        else
            refuse_unknown(r, &at, meta, msg->descriptor, "The body has no field of this name");
    }
}

bool pbjson_read(struct cs_arena *a, json_t *object, ProtobufCMessage *msg,
                 struct pbjson_errors *errors)
{
    struct reader r = {.a = a, .errors = errors};
    int before = errors->n;

    read_object(&r, NULL, object, msg, cs_message_meta(msg->descriptor));
    if (a->exceeded)
        pbjson_fail(a, errors, NULL, "The JSON must have fewer values.");
    return errors->n == before && before < PBJSON_MAX_ERRORS;
}

/* The text into the field's place; NULL, or what would be right. */
static const char *set_field(struct cs_arena *a, ProtobufCMessage *msg,
                             const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta,
                             const char *text)
{
    const char *wrong;

    if (f->label != PROTOBUF_C_LABEL_REPEATED) {
        wrong = pbjson_scalar_parse(a, f, meta, text, PBJSON_AT(msg, f->offset, void));
        if (!wrong)
            pbjson_mark(msg, f);
        return wrong;
    }
    if (f->type != PROTOBUF_C_TYPE_STRING)
        return "The field is not allowed here.";
    append_string(a, msg, f, text);
    return NULL;
}

bool pbjson_set_text(struct cs_arena *a, ProtobufCMessage *msg, const char *field, const char *text,
                     struct pbjson_errors *errors)
{
    const struct cs_message_meta *meta = cs_message_meta(msg->descriptor);
    const ProtobufCFieldDescriptor *f = pbjson_public_field(meta, msg->descriptor, field);
    struct reader r = {.a = a, .errors = errors};
    struct pbjson_path path = {.name = field};
    const struct cs_field_meta *m;
    const char *wrong;

    if (!f) {
        refuse_unknown(&r, &path, meta, msg->descriptor, "The query parameter does not exist here");
        return false;
    }
    m = pbjson_meta(meta, msg->descriptor, f);
    wrong = m->secret ? "The value must not be part of a URL." : set_field(a, msg, f, m, text);
    if (wrong)
        pbjson_fail(a, errors, &path, "%s", wrong);
    return !wrong;
}

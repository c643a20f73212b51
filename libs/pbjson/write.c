/* Message -> JSON text. */
#include "pbjson/field.h"

#include "base/buf.h"
#include "base/clock.h"
#include "chatsphere/v1/names.h"

#include <sodium.h>
#include <stdio.h>

enum { NUMBER_SIZE = 32, FIRST_SIZE = 512 };

static void write_message(struct cs_buf *b, const ProtobufCMessage *msg,
                          const struct cs_message_meta *meta);

static void write_int(struct cs_buf *b, const ProtobufCFieldDescriptor *f, const void *at)
{
    int64_t n = pbjson_get_int(f, at);

    if (n < 0 && (f->type == PROTOBUF_C_TYPE_UINT64 || f->type == PROTOBUF_C_TYPE_FIXED64))
        pbjson_put_real(b, pbjson_get_real(f, at)); /* beyond what readers keep exactly */
    else
        b->len += (size_t)snprintf(cs_buf_grow(b, NUMBER_SIZE), NUMBER_SIZE, "%lld", (long long)n);
}

static void write_bytes(struct cs_buf *b, const ProtobufCBinaryData *bytes)
{
    size_t size = sodium_base64_ENCODED_LEN(bytes->len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);

    cs_buf_add(b, "\"", 1);
    sodium_bin2base64(cs_buf_grow(b, size), size, bytes->data, bytes->len,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    b->len += size - 1;
    cs_buf_add(b, "\"", 1);
}

/* Text that is no JSON would spoil the whole answer. */
static void write_json(struct cs_buf *b, const Json *json)
{
    json_auto_t *v = json->text ? json_loads(json->text, JSON_DECODE_ANY, NULL) : NULL;
    cs_buf_adds(b, v ? json->text : "null");
}

static void write_value(struct cs_buf *b, const ProtobufCFieldDescriptor *f,
                        const struct cs_field_meta *meta, const struct cs_message_meta *sub,
                        const void *at)
{
    char time[CS_RFC3339_SIZE], word[PBJSON_WORD_SIZE];

    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
        pbjson_put_string(b, *(char *const *)at ? *(char *const *)at : "");
        break;
    case PROTOBUF_C_TYPE_BYTES: write_bytes(b, at); break;
    case PROTOBUF_C_TYPE_BOOL:
        cs_buf_adds(b, *(const protobuf_c_boolean *)at ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_DOUBLE: pbjson_put_real(b, *(const double *)at); break;
    case PROTOBUF_C_TYPE_FLOAT: pbjson_put_single(b, *(const float *)at); break;
    case PROTOBUF_C_TYPE_ENUM:
        if (pbjson_enum_word(f->descriptor, *(const int *)at, word))
            cs_buf_addf(b, "\"%s\"", word);
        else
            cs_buf_adds(b, "null");
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        if (pbjson_is_json(f))
            write_json(b, *(Json *const *)at);
        else
            write_message(b, *(ProtobufCMessage *const *)at, sub);
        break;
    default:
        if (meta->time) {
            cs_rfc3339(time, *(const int64_t *)at);
            cs_buf_addf(b, "\"%s\"", time);
        } else {
            write_int(b, f, at);
        }
    }
}

static const struct cs_message_meta *sub_meta(const ProtobufCFieldDescriptor *f)
{
    return f->type == PROTOBUF_C_TYPE_MESSAGE ? cs_message_meta(f->descriptor) : NULL;
}

static void write_list(struct cs_buf *b, const ProtobufCMessage *msg,
                       const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta)
{
    const struct cs_message_meta *sub = sub_meta(f);
    const size_t n = *PBJSON_AT(msg, f->quantifier_offset, size_t), width = pbjson_width(f);
    const char *values = *PBJSON_AT(msg, f->offset, char *);

    cs_buf_add(b, "[", 1);
    for (size_t i = 0; i < n; i++) {
        if (i)
            cs_buf_add(b, ",", 1);
        write_value(b, f, meta, sub, values + i * width);
    }
    cs_buf_add(b, "]", 1);
}

static void write_map(struct cs_buf *b, const ProtobufCMessage *msg,
                      const ProtobufCFieldDescriptor *f)
{
    const size_t n = *PBJSON_AT(msg, f->quantifier_offset, size_t);
    ProtobufCMessage *const *entries = *PBJSON_AT(msg, f->offset, ProtobufCMessage **);
    const ProtobufCMessageDescriptor *d = f->descriptor;
    const ProtobufCFieldDescriptor *key = &d->fields[0], *value = &d->fields[1];
    const struct cs_field_meta *meta = pbjson_meta(cs_message_meta(d), d, value);
    static const struct cs_field_meta plain = {0};
    /* JSON's names are strings, whatever type the keys have. */
    const char *quote = key->type == PROTOBUF_C_TYPE_STRING ? "" : "\"";

    cs_buf_add(b, "{", 1);
    for (size_t i = 0; i < n; i++) {
        if (i)
            cs_buf_add(b, ",", 1);
        cs_buf_adds(b, quote);
        write_value(b, key, &plain, NULL, PBJSON_AT(entries[i], key->offset, void));
        cs_buf_adds(b, quote);
        cs_buf_add(b, ":", 1);
        write_value(b, value, meta, sub_meta(value), PBJSON_AT(entries[i], value->offset, void));
    }
    cs_buf_add(b, "}", 1);
}

static void write_field(struct cs_buf *b, const ProtobufCMessage *msg,
                        const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta)
{
    char word[PBJSON_WORD_SIZE];
    const bool repeated = f->label == PROTOBUF_C_LABEL_REPEATED;
    /* An enum's zero says that nothing was given. */
    const bool shown =
        repeated || (pbjson_present(msg, f) &&
                     (f->type != PROTOBUF_C_TYPE_ENUM ||
                      pbjson_enum_word(f->descriptor, *PBJSON_AT(msg, f->offset, int), word)));

    if (!shown && !meta->nullable)
        return;
    if (b->data[b->len - 1] != '{')
        cs_buf_add(b, ",", 1);
    cs_buf_add(b, "\"", 1);
    cs_buf_adds(b, f->name);
    cs_buf_add(b, "\":", 2);
    if (!shown)
        cs_buf_adds(b, "null");
    else if (repeated && meta->map)
        write_map(b, msg, f);
    else if (repeated)
        write_list(b, msg, f, meta);
    else
        write_value(b, f, meta, sub_meta(f), PBJSON_AT(msg, f->offset, void));
}

static void write_message(struct cs_buf *b, const ProtobufCMessage *msg,
                          const struct cs_message_meta *meta)
{
    const ProtobufCMessageDescriptor *d = msg->descriptor;

    cs_buf_add(b, "{", 1);
    for (unsigned i = 0; i < d->n_fields; i++) {
        const struct cs_field_meta *field = pbjson_meta(meta, d, &d->fields[i]);
        if (!field->internal)
            write_field(b, msg, &d->fields[i], field);
    }
    cs_buf_add(b, "}", 1);
}

static void write_any(struct cs_buf *b, const ProtobufCMessage *msg)
{
    cs_buf_grow(b, FIRST_SIZE);
    if (msg->descriptor == &chatsphere__v1__json__descriptor)
        write_json(b, (const Json *)msg);
    else
        write_message(b, msg, cs_message_meta(msg->descriptor));
}

char *pbjson_text(struct cs_arena *a, const ProtobufCMessage *msg, size_t *ret_len)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    write_any(&b, msg);
    *ret_len = b.len;
    return cs_memdup(a, b.data, b.len + 1);
}

json_t *pbjson_write(const ProtobufCMessage *msg)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    write_any(&b, msg);
    return json_loadb(b.data, b.len, JSON_DECODE_ANY, NULL);
}

/* One value that is no message, from JSON or from text, into its place. */
#include "pbjson/field.h"

#include "base/clock.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const char not_whole[] = "The value must be a whole number.",
                  not_string[] = "The value must be a string.",
                  not_number[] = "The value must be a number.",
                  not_bool[] = "The value must be true or false.",
                  not_time[] = "The value must be a time such as 2026-01-31T12:00:00Z.",
                  not_base64[] = "The value must be base64url text.",
                  too_great[] = "The value is too large or too small.";

static const char *put_int(const ProtobufCFieldDescriptor *f, int64_t n, void *at)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64: *(int64_t *)at = n; return NULL;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64: *(uint64_t *)at = (uint64_t)n; return n < 0 ? too_great : NULL;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        *(uint32_t *)at = (uint32_t)n;
        return n < 0 || n > UINT32_MAX ? too_great : NULL;
    default: *(int32_t *)at = (int32_t)n; return n < INT32_MIN || n > INT32_MAX ? too_great : NULL;
    }
}

static const char *put_real(const ProtobufCFieldDescriptor *f, double n, void *at)
{
    if (f->type == PROTOBUF_C_TYPE_DOUBLE) {
        *(double *)at = n;
        return NULL;
    }
    *(float *)at = (float)n;
    return fabs(n) <= (double)FLT_MAX ? NULL : too_great;
}

static const char *put_time(const char *text, void *at)
{
    return cs_rfc3339_parse(text, at) ? NULL : not_time;
}

static const char *put_bytes(struct cs_arena *a, const char *text, size_t len, void *at)
{
    ProtobufCBinaryData *b = at;

    while (len > 0 && text[len - 1] == '=')
        len--;
    b->data = cs_alloc(a, len + 1);
    return sodium_base642bin(b->data, len + 1, text, len, NULL, &b->len, NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0
               ? NULL
               : not_base64;
}

static const char *put_enum(struct cs_arena *a, const ProtobufCFieldDescriptor *f, const char *word,
                            void *at)
{
    const ProtobufCEnumDescriptor *d = f->descriptor;
    const char *words = "";
    char known[PBJSON_WORD_SIZE];

    if (pbjson_enum_value(d, word, at))
        return NULL;
    for (unsigned i = 0; i < d->n_values; i++)
        if (pbjson_enum_word(d, d->values[i].value, known))
            words = cs_printf(a, "%s%s%s", words, *words ? ", " : "", known);
    return cs_printf(a, "The value must be one of %s.", words);
}

static const char *read_text(struct cs_arena *a, const ProtobufCFieldDescriptor *f, const json_t *v,
                             void *at)
{
    const char *text = json_string_value(v);
    size_t len = json_string_length(v);

    if (!text)
        return not_string;
    if (f->type == PROTOBUF_C_TYPE_BYTES)
        return put_bytes(a, text, len, at);
    if (f->type == PROTOBUF_C_TYPE_ENUM)
        return put_enum(a, f, text, at);
    *(char **)at = cs_memdup(a, text, len + 1);
    return NULL;
}

const char *pbjson_scalar_read(struct cs_arena *a, const ProtobufCFieldDescriptor *f,
                               const struct cs_field_meta *meta, const json_t *v, void *at)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_ENUM: return read_text(a, f, v, at);
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = json_is_true(v);
        return json_is_boolean(v) ? NULL : not_bool;
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_FLOAT:
        return json_is_number(v) ? put_real(f, json_number_value(v), at) : not_number;
    default:
        if (meta->time)
            return json_is_string(v) ? put_time(json_string_value(v), at) : not_time;
        if (json_is_integer(v))
            return put_int(f, json_integer_value(v), at);
        /* 5.0 is a whole number too, as JSON Schema has it. */
        const double d = json_is_real(v) ? json_real_value(v) : 0.5;
        return d == trunc(d) && fabs(d) <= 9007199254740992.0 ? put_int(f, (int64_t)d, at)
                                                              : not_whole;
    }
}

static const char *parse_int(const ProtobufCFieldDescriptor *f, const char *text, void *at)
{
    char *end;

    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (end == text || *end || strspn(text, "-0123456789") != strlen(text))
        return not_whole;
    return errno ? too_great : put_int(f, n, at);
}

static const char *parse_real(const ProtobufCFieldDescriptor *f, const char *text, void *at)
{
    char *end;
    double n = strtod(text, &end);

    if (end == text || *end || strspn(text, "+-.0123456789eE") != strlen(text))
        return not_number;
    return isfinite(n) ? put_real(f, n, at) : too_great;
}

const char *pbjson_scalar_parse(struct cs_arena *a, const ProtobufCFieldDescriptor *f,
                                const struct cs_field_meta *meta, const char *text, void *at)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING: *(char **)at = cs_strdup(a, text); return NULL;
    case PROTOBUF_C_TYPE_BYTES: return put_bytes(a, text, strlen(text), at);
    case PROTOBUF_C_TYPE_ENUM: return put_enum(a, f, text, at);
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = strcmp(text, "true") == 0;
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ? NULL : not_bool;
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_FLOAT: return parse_real(f, text, at);
    case PROTOBUF_C_TYPE_MESSAGE: return "The field is not allowed here.";
    default: return meta->time ? put_time(text, at) : parse_int(f, text, at);
    }
}

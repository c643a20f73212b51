/* The words that JSON has for the values of an enum. */
#include "pbjson/field.h"

#include <string.h>

static size_t prefix_length(const ProtobufCEnumDescriptor *d)
{
    const struct cs_enum_meta *meta = cs_enum_meta(d);
    return meta ? strlen(meta->prefix) : 0;
}

/* False if the value has no word. */
static bool word_of(const ProtobufCEnumValue *v, size_t prefix, char out[PBJSON_WORD_SIZE])
{
    const char *name = strlen(v->name) > prefix ? v->name + prefix : v->name;
    size_t n = 0;

    if (strcmp(name, "UNSPECIFIED") == 0)
        return false;
    for (; name[n] && n + 1 < PBJSON_WORD_SIZE; n++)
        out[n] = (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] - 'A' + 'a' : name[n]);
    out[n] = '\0';
    return true;
}

bool pbjson_enum_word(const ProtobufCEnumDescriptor *d, int value, char out[PBJSON_WORD_SIZE])
{
    const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(d, value);
    return v && word_of(v, prefix_length(d), out);
}

bool pbjson_enum_value(const ProtobufCEnumDescriptor *d, const char *word, int *ret_value)
{
    size_t prefix = prefix_length(d);
    char known[PBJSON_WORD_SIZE];

    for (unsigned i = 0; i < d->n_values; i++)
        if (word_of(&d->values[i], prefix, known) && strcmp(known, word) == 0) {
            *ret_value = d->values[i].value;
            return true;
        }
    return false;
}

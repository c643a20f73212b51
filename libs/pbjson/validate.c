/* Message -> what of it breaks the contract's limits. */
#include "pbjson/field.h"

#include "base/id.h"
#include "base/utf8.h"

#include <regex.h>
#include <string.h>

struct validator {
    struct cs_arena *a;
    struct pbjson_errors *errors;
};

static void check_message(struct validator *v, const struct pbjson_path *path,
                          const ProtobufCMessage *msg, const struct cs_message_meta *meta);

static void check_length(struct validator *v, const struct pbjson_path *path, size_t len,
                         const struct cs_field_meta *meta, const char *unit)
{
    /* a field that must be there must not be empty either */
    const uint32_t least = meta->min_len ? meta->min_len : meta->required;

    if (len < least && least == 1)
        pbjson_fail(v->a, v->errors, path, "The value must not be empty.");
    else if (len < least)
        pbjson_fail(v->a, v->errors, path, "The value must have at least %u %s.", least, unit);
    else if (meta->max_len && len > meta->max_len)
        pbjson_fail(v->a, v->errors, path, "The value must have at most %u %s.", meta->max_len,
                    unit);
}

static void check_range(struct validator *v, const struct pbjson_path *path, double n,
                        const struct cs_field_meta *meta)
{
    const bool low = meta->has_min && !(n >= meta->min), high = meta->has_max && !(n <= meta->max);

    if (!low && !high)
        return;
    if (meta->has_min && meta->has_max)
        pbjson_fail(v->a, v->errors, path, "The value must be from %g to %g.", meta->min,
                    meta->max);
    else
        pbjson_fail(v->a, v->errors, path, "The value must be at %s %g.", low ? "least" : "most",
                    low ? meta->min : meta->max);
}

/* Whether s is one of the words of `choice`. */
static bool choice_has(const char *choice, const char *s)
{
    const char *word;
    size_t n;

    while ((word = pbjson_choice_next(&choice, &n)))
        if (strlen(s) == n && strncmp(word, s, n) == 0)
            return true;
    return false;
}

/* Without REG_NEWLINE a line end in the text is no place where ^ or $ match. */
static bool pattern_matches(const char *pattern, const char *s)
{
    regex_t regex;
    bool match;

    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false; /* the contract is wrong: its test finds that */
    match = regexec(&regex, s, 0, NULL, 0) == 0;
    regfree(&regex);
    return match;
}

static void check_text(struct validator *v, const struct pbjson_path *path, const char *text,
                       const struct cs_field_meta *meta, bool lengths)
{
    size_t len = strlen(text);

    if (cs_utf8_check(text, len) < len)
        pbjson_fail(v->a, v->errors, path, "The value must be UTF-8 text.");
    else if (meta->uuid && !cs_id_valid(text))
        pbjson_fail(v->a, v->errors, path, "The value must be a UUID.");
    else if (meta->not_blank && len > 0 && cs_utf8_blank(text, len))
        pbjson_fail(v->a, v->errors, path, "The value must not be blank.");
    else if (meta->choice && !choice_has(meta->choice, text))
        pbjson_fail(v->a, v->errors, path, "The value must be one of: %s.", meta->choice);
    else if (meta->pattern && !pattern_matches(meta->pattern, text))
        pbjson_fail(v->a, v->errors, path, "The value must match %s, such as %s.", meta->pattern,
                    meta->example);
    else if (meta->max_bytes && len > meta->max_bytes)
        pbjson_fail(v->a, v->errors, path, "The value must have at most %u bytes.",
                    meta->max_bytes);
    else if (lengths)
        check_length(v, path, cs_utf8_count(text, len), meta, "characters");
}

/* Text that no reader of ours could read again is refused; the limit of Json.text stands for the field
 * that shows it. */
static void check_json(struct validator *v, const struct pbjson_path *path, const char *text,
                       const struct cs_field_meta *meta)
{
    int before = v->errors->n;

    check_text(v, path, text, meta, true);
    if (v->errors->n == before)
        json_decref(pbjson_parse_at(v->a, path, text, strlen(text), v->errors));
}

static void check_sub(struct validator *v, const struct pbjson_path *path,
                      const ProtobufCFieldDescriptor *f, const void *at)
{
    const ProtobufCMessage *sub = *(ProtobufCMessage *const *)at;
    const struct cs_message_meta *meta = cs_message_meta(f->descriptor);
    const char *text =
        pbjson_is_json(f) ? *PBJSON_AT(sub, sub->descriptor->fields[0].offset, char *) : NULL;

    if (text)
        check_json(v, path, text, pbjson_meta(meta, f->descriptor, sub->descriptor->fields));
    else
        check_message(v, path, sub, meta);
}

/* `lengths`: the length limits are of the value, not of the list it stands in */
static void check_value(struct validator *v, const struct pbjson_path *path,
                        const ProtobufCFieldDescriptor *f, const struct cs_field_meta *meta,
                        const void *at, bool lengths)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING: check_text(v, path, *(char *const *)at, meta, lengths); break;
    case PROTOBUF_C_TYPE_BYTES:
        if (lengths)
            check_length(v, path, ((const ProtobufCBinaryData *)at)->len, meta, "bytes");
        break;
    case PROTOBUF_C_TYPE_ENUM:
        if (!protobuf_c_enum_descriptor_get_value(f->descriptor, *(const int *)at))
            pbjson_fail(v->a, v->errors, path, "The value is not one of the known ones.");
        break;
    case PROTOBUF_C_TYPE_MESSAGE: check_sub(v, path, f, at); break;
    case PROTOBUF_C_TYPE_BOOL: break;
    default:
        if (meta->has_min || meta->has_max)
            check_range(v, path, pbjson_get_real(f, at), meta);
    }
}

static void check_list(struct validator *v, const struct pbjson_path *path,
                       const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
                       const struct cs_field_meta *meta)
{
    const size_t n = *PBJSON_AT(msg, f->quantifier_offset, size_t), width = pbjson_width(f);
    const char *values = *PBJSON_AT(msg, f->offset, char *);

    check_length(v, path, n, meta, "items");
    for (size_t i = 0; i < n; i++) {
        struct pbjson_path at = {.up = path, .index = i};
        check_value(v, &at, f, meta, values + i * width, false);
    }
}

/* Whether a field that must be there is; an empty list or an enum's zero says nothing. */
static bool is_given(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f)
{
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        return *PBJSON_AT(msg, f->quantifier_offset, size_t) > 0;
    if (!pbjson_present(msg, f))
        return false;
    if (f->type == PROTOBUF_C_TYPE_ENUM)
        return *PBJSON_AT(msg, f->offset, int) != 0;
    return true;
}

static void check_message(struct validator *v, const struct pbjson_path *path,
                          const ProtobufCMessage *msg, const struct cs_message_meta *meta)
{
    const ProtobufCMessageDescriptor *d = msg->descriptor;

    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        const struct cs_field_meta *field = pbjson_meta(meta, d, f);
        struct pbjson_path at = {.up = path, .name = f->name};

        if (field->required && !is_given(msg, f))
            pbjson_fail(v->a, v->errors, &at, "The field is required.");
        else if (f->label == PROTOBUF_C_LABEL_REPEATED)
            check_list(v, &at, msg, f, field);
        else if (pbjson_present(msg, f))
            check_value(v, &at, f, field, PBJSON_AT(msg, f->offset, void), true);
    }
}

bool pbjson_validate(struct cs_arena *a, const ProtobufCMessage *msg, struct pbjson_errors *errors)
{
    struct validator v = {.a = a, .errors = errors};
    int before = errors->n;

    check_message(&v, NULL, msg, cs_message_meta(msg->descriptor));
    return errors->n == before && before < PBJSON_MAX_ERRORS;
}

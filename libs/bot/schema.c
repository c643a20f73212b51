/* Schemas checked once when they are stored, and values checked by them. */
#include "bot/schema.h"

#include "base/utf8.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[] = {"object",  "array",   "string", "number",
                                         "integer", "boolean", "null"};
static const char *const lists[] = {"anyOf", "oneOf", "allOf"};

/* ---- schemas ---- */

static const char *schema_fault(struct cs_arena *a, const json_t *schema, const char *at,
                                int depth);

static bool type_known(const json_t *type)
{
    const char *name = json_string_value(type);

    for (size_t i = 0; name && i < sizeof(type_names) / sizeof(type_names[0]); i++)
        if (strcmp(type_names[i], name) == 0)
            return true;
    return false;
}

static const char *type_fault(struct cs_arena *a, const json_t *type, const char *at)
{
    bool known = !type || type_known(type) || json_array_size(type) > 0;

    for (size_t i = 0; i < json_array_size(type); i++)
        known = known && type_known(json_array_get(type, i));
    return known ? NULL
                 : cs_printf(a,
                             "The type at %s must be object, array, string, number, integer, "
                             "boolean or null.",
                             at);
}

static const char *required_fault(struct cs_arena *a, const json_t *required, const char *at)
{
    bool right = !required || json_is_array(required);

    for (size_t i = 0; i < json_array_size(required); i++)
        right = right && json_is_string(json_array_get(required, i));
    return right ? NULL : cs_printf(a, "The required at %s must be a list of names.", at);
}

static const char *limits_fault(struct cs_arena *a, const json_t *schema, const char *at)
{
    static const char *const numbers[] = {"minimum",   "maximum",  "minLength",
                                          "maxLength", "minItems", "maxItems"};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const json_t *n = json_object_get(schema, numbers[i]);
        if (n && !json_is_number(n))
            return cs_printf(a, "The %s at %s must be a number.", numbers[i], at);
    }
    if (json_object_get(schema, "enum") && json_array_size(json_object_get(schema, "enum")) == 0)
        return cs_printf(a, "The enum at %s must be a list of values.", at);
    return NULL;
}

static const char *properties_fault(struct cs_arena *a, json_t *properties, const char *at,
                                    int depth)
{
    const char *name, *why = NULL;
    json_t *one;

    if (properties && !json_is_object(properties))
        return cs_printf(a, "The properties at %s must be an object.", at);
    json_object_foreach(properties, name, one) {
        why = schema_fault(a, one, cs_printf(a, "%s.%s", at, name), depth + 1);
        if (why)
            break;
    }
    return why;
}

static const char *parts_fault(struct cs_arena *a, const json_t *schema, const char *at, int depth)
{
    static const char *const ones[] = {"items", "additionalProperties", "not"};
    const char *why = NULL;

    for (size_t i = 0; !why && i < sizeof(ones) / sizeof(ones[0]); i++) {
        const json_t *one = json_object_get(schema, ones[i]);
        if (one)
            why = schema_fault(a, one, cs_printf(a, "%s.%s", at, ones[i]), depth + 1);
    }
    for (size_t i = 0; !why && i < sizeof(lists) / sizeof(lists[0]); i++) {
        const json_t *list = json_object_get(schema, lists[i]);
        if (list && json_array_size(list) == 0)
            return cs_printf(a, "The %s at %s must be a list of schemas.", lists[i], at);
        for (size_t k = 0; !why && k < json_array_size(list); k++)
            why = schema_fault(a, json_array_get(list, k),
                               cs_printf(a, "%s.%s[%zu]", at, lists[i], k), depth + 1);
    }
    return why;
}

static const char *schema_fault(struct cs_arena *a, const json_t *schema, const char *at, int depth)
{
    const char *why;

    if (depth > CS_SCHEMA_DEPTH)
        return cs_printf(a, "The schema must not be nested more than %d levels.", CS_SCHEMA_DEPTH);
    if (json_is_boolean(schema) && depth > 0)
        return NULL;
    if (!json_is_object(schema))
        return cs_printf(a, "The schema at %s must be an object.", at);
    if (json_object_get(schema, "$ref"))
        return cs_printf(a, "The schema at %s must not use $ref.", at);
    if ((why = type_fault(a, json_object_get(schema, "type"), at)) ||
        (why = required_fault(a, json_object_get(schema, "required"), at)) ||
        (why = limits_fault(a, schema, at)) ||
        (why = properties_fault(a, json_object_get(schema, "properties"), at, depth)))
        return why;
    return parts_fault(a, schema, at, depth);
}

const char *cs_schema_fault(struct cs_arena *a, const json_t *schema)
{
    const char *type = json_string_value(json_object_get(schema, "type"));
    char *text = json_dumps(schema, JSON_COMPACT);
    bool large = !text || strlen(text) > CS_SCHEMA_BYTES;

    free(text);
    if (!json_is_object(schema) || !type || strcmp(type, "object") != 0)
        return "The value must be a JSON Schema with the type object.";
    if (large)
        return cs_printf(a, "The schema must not be longer than %d bytes.", CS_SCHEMA_BYTES);
    return schema_fault(a, schema, "the root", 0);
}

/* ---- values ---- */

static const char *value_mismatch(struct cs_arena *a, const json_t *schema, const json_t *value,
                                  const char *at, int depth);

static bool type_is(const char *name, const json_t *v)
{
    if (strcmp(name, "integer") == 0)
        return json_is_integer(v) ||
               (json_is_real(v) && floor(json_real_value(v)) == json_real_value(v));
    return (strcmp(name, "object") == 0 && json_is_object(v)) ||
           (strcmp(name, "array") == 0 && json_is_array(v)) ||
           (strcmp(name, "string") == 0 && json_is_string(v)) ||
           (strcmp(name, "number") == 0 && json_is_number(v)) ||
           (strcmp(name, "boolean") == 0 && json_is_boolean(v)) ||
           (strcmp(name, "null") == 0 && json_is_null(v));
}

static const char *type_mismatch(struct cs_arena *a, const json_t *type, const json_t *value,
                                 const char *at)
{
    const char *wanted = "";

    if (!type)
        return NULL;
    if (json_is_string(type))
        return type_is(json_string_value(type), value)
                   ? NULL
                   : cs_printf(a, "%s must be of the type %s.", at, json_string_value(type));
    for (size_t i = 0; i < json_array_size(type); i++) {
        const char *name = json_string_value(json_array_get(type, i));
        if (name && type_is(name, value))
            return NULL;
        wanted = cs_printf(a, "%s%s%s", wanted, i ? " or " : "", name ? name : "");
    }
    return cs_printf(a, "%s must be of the type %s.", at, wanted);
}

/* A size or number below the least or above the most; NULL when neither. */
static const char *range_mismatch(struct cs_arena *a, const json_t *schema, const char *least,
                                  const char *most, double n, const char *wanted)
{
    const json_t *min = json_object_get(schema, least), *max = json_object_get(schema, most);

    if (min && n < json_number_value(min))
        return cs_printf(a, "%s at least %g.", wanted, json_number_value(min));
    if (max && n > json_number_value(max))
        return cs_printf(a, "%s at most %g.", wanted, json_number_value(max));
    return NULL;
}

static const char *limits_mismatch(struct cs_arena *a, const json_t *schema, const json_t *value,
                                   const char *at)
{
    if (json_is_number(value))
        return range_mismatch(a, schema, "minimum", "maximum", json_number_value(value),
                              cs_printf(a, "%s must be", at));
    if (json_is_string(value)) {
        size_t n = cs_utf8_count(json_string_value(value), json_string_length(value));
        return range_mismatch(a, schema, "minLength", "maxLength", (double)n,
                              cs_printf(a, "The length of %s must be", at));
    }
    if (json_is_array(value))
        return range_mismatch(a, schema, "minItems", "maxItems", (double)json_array_size(value),
                              cs_printf(a, "The number of items of %s must be", at));
    return NULL;
}

static const char *choice_mismatch(struct cs_arena *a, const json_t *schema, const json_t *value,
                                   const char *at)
{
    const json_t *choices = json_object_get(schema, "enum");
    const json_t *only = json_object_get(schema, "const");
    bool found = !choices;

    for (size_t i = 0; i < json_array_size(choices) && !found; i++)
        found = json_equal(json_array_get(choices, i), value);
    if (!found || (only && !json_equal(only, value)))
        return cs_printf(a, "%s is none of the values that the schema names.", at);
    return NULL;
}

static const char *object_mismatch(struct cs_arena *a, const json_t *schema, json_t *value,
                                   const char *at, int depth)
{
    const json_t *required = json_object_get(schema, "required");
    const json_t *others = json_object_get(schema, "additionalProperties");
    const char *name, *why = NULL;
    json_t *one;

    for (size_t i = 0; i < json_array_size(required); i++) {
        name = json_string_value(json_array_get(required, i));
        if (name && !json_object_get(value, name))
            return cs_printf(a, "%s must have the member %s.", at, name);
    }
    json_object_foreach(value, name, one) {
        const json_t *is = json_object_get(json_object_get(schema, "properties"), name);
        if (!is)
            is = others;
        if (json_is_false(is))
            return cs_printf(a, "%s must not have the member %s.", at, name);
        if (is && (why = value_mismatch(a, is, one, cs_printf(a, "%s.%s", at, name), depth + 1)))
            return why;
    }
    return NULL;
}

static const char *lists_mismatch(struct cs_arena *a, const json_t *schema, const json_t *value,
                                  const char *at, int depth)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const json_t *list = json_object_get(schema, lists[i]);
        const char *why = NULL;
        size_t n = json_array_size(list), right = 0;

        for (size_t k = 0; k < n; k++) {
            const char *wrong = value_mismatch(a, json_array_get(list, k), value, at, depth + 1);
            right += !wrong;
            why = wrong ? wrong : why;
        }
        bool all = strcmp(lists[i], "allOf") == 0, one = strcmp(lists[i], "oneOf") == 0;
        if (n > 0 && one && right > 1)
            return cs_printf(a, "%s is as more than one of the schemas says.", at);
        if (n > 0 && right < (all ? n : 1))
            return why;
    }
    return NULL;
}

static const char *value_mismatch(struct cs_arena *a, const json_t *schema, const json_t *value,
                                  const char *at, int depth)
{
    const char *why;

    if (json_is_false(schema) || depth > CS_SCHEMA_DEPTH)
        return cs_printf(a, "%s is not allowed.", at);
    if (!json_is_object(schema))
        return NULL;
    if ((why = type_mismatch(a, json_object_get(schema, "type"), value, at)) ||
        (why = choice_mismatch(a, schema, value, at)) ||
        (why = limits_mismatch(a, schema, value, at)) ||
        (why = lists_mismatch(a, schema, value, at, depth)))
        return why;
    if (json_is_object(value))
        return object_mismatch(a, schema, (json_t *)value, at, depth);
    for (size_t i = 0; json_object_get(schema, "items") && i < json_array_size(value); i++)
        if ((why = value_mismatch(a, json_object_get(schema, "items"), json_array_get(value, i),
                                  cs_printf(a, "%s[%zu]", at, i), depth + 1)))
            return why;
    return NULL;
}

const char *cs_schema_mismatch(struct cs_arena *a, const json_t *schema, const json_t *value)
{
    return value_mismatch(a, schema, value, "The value", 0);
}

#pragma once
/*
 * schema: the part of JSON Schema by which arguments of tools are checked. Pure; any thread; texts in the arena.
 *
 * Checked are type, properties, required, additionalProperties, items, enum, const, minimum, maximum, minLength,
 * maxLength, minItems, maxItems, anyOf, oneOf and allOf. Other keywords, such as description, format and pattern, are
 * for the model alone. A schema is small and flat enough for a check without a limit of time.
 */
#include "base/arena.h"

#include <jansson.h>

enum { CS_SCHEMA_BYTES = 16 * 1024, CS_SCHEMA_DEPTH = 16 };

/* NULL for a schema of an object, else a sentence that says what is wrong and where. */
const char *cs_schema_fault(struct cs_arena *a, const json_t *schema);

/* NULL when the value is as the schema says, else a sentence that says what is wrong and where. */
const char *cs_schema_mismatch(struct cs_arena *a, const json_t *schema, const json_t *value);
